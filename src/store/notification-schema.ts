import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { id, json, tenantId, time } from './columns.ts'

// What a notification needs beside its line of the journal (decision 0011). The rules of `schema.ts` hold here too.

/** Users whom a line concerns in person, whoever its conversation belongs to. */
export const journalMentions = sqliteTable(
  'journal_mentions',
  { tenantId, userId: text('user_id').notNull(), seq: integer('seq').notNull() },
  // a user's lines, newest first
  (t) => [primaryKey({ columns: [t.tenantId, t.userId, t.seq] })],
)

/** What the staff write to each other in a conversation. */
export const notes = sqliteTable(
  'notes',
  {
    tenantId,
    id,
    conversationId: text('conversation_id').notNull(),
    authorId: text('author_id').notNull(),
    authorName: text('author_name').notNull(),
    text: text('text').notNull(),
    mentions: json<string[]>('mentions').notNull(),
    createdAt: time('created_at').notNull(),
    seq: integer('seq').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    // a conversation's notes, newest first
    index('notes_conversation').on(t.tenantId, t.conversationId, t.seq),
  ],
)

/** Users as they last signed in: whom a note can name, and who gets a test for everybody. */
export const staff = sqliteTable(
  'staff',
  {
    tenantId,
    userId: text('user_id').notNull(),
    name: text('name').notNull(),
    role: text('role').notNull(),
    seenAt: time('seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.userId] })],
)

/** `readSeq`: all up to there is read; it counts in its epoch only. */
export const notificationSettings = sqliteTable(
  'notification_settings',
  {
    tenantId,
    userId: text('user_id').notNull(),
    /** As JSON; null for a user who has only read. */
    settings: text('settings'),
    epoch: text('epoch').notNull(),
    readSeq: integer('read_seq').notNull(),
    /** When the last digest fell due, or when they were switched on; what stood in the journal then; when the next does. */
    digestAt: time('digest_at'),
    digestSeq: integer('digest_seq'),
    digestDueAt: time('digest_due_at'),
    digestSentAt: time('digest_sent_at'),
    digestAttempts: integer('digest_attempts'),
    /** Its owner has said that they want digests there. */
    confirmedAddress: text('confirmed_address'),
    addressConfirmedAt: time('address_confirmed_at'),
    /** Moves on with every mail that asks for it; too far ahead of the clock means too often. */
    confirmationPace: time('confirmation_pace'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId] }),
    // digests that are due, of every tenant
    index('directory_digests')
      .on(t.digestDueAt)
      .where(sql`digest_due_at is not null`),
  ],
)

/** What a user has read above `readSeq`, one by one. */
export const notificationReads = sqliteTable(
  'notification_reads',
  {
    tenantId,
    userId: text('user_id').notNull(),
    epoch: text('epoch').notNull(),
    seq: integer('seq').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.userId, t.epoch, t.seq] })],
)
