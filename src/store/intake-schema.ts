import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Platform } from '../protocol/words.ts'
import { id, tenantId, time } from './columns.ts'

// What came in and waits: to be understood, or to become part of a message. The rules of `schema.ts` hold here too.

/**
 * What was signed but could not be understood or placed (G7). `tenantId` is empty while nobody owns it.
 * The id comes from the content, so the same delivery makes one row however often it is sent.
 */
export const quarantine = sqliteTable(
  'quarantine',
  {
    tenantId,
    id,
    platform: text('platform').$type<Platform>().notNull(),
    metaAppId: text('meta_app_id'),
    reason: text('reason').notNull(),
    body: text('body'),
    objectKey: text('object_key'),
    receivedAt: time('received_at').notNull(),
    replayedAt: time('replayed_at'),
    replayOutcome: text('replay_outcome'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    // newest first
    index('quarantine_newest').on(t.tenantId, t.receivedAt, t.id),
    // mails that are not kept for ever, of every tenant
    index('directory_quarantine_mails')
      .on(t.receivedAt)
      .where(sql`platform = 'email' and (reason = 'mailbox.unknown' or replayed_at is not null)`),
  ],
)

/** Files sent ahead of their message. Its index serves the sweep: the oldest ones, of every tenant. */
export const uploads = sqliteTable(
  'uploads',
  {
    tenantId,
    id,
    objectKey: text('object_key').notNull(),
    mimeType: text('mime_type'),
    size: integer('size').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] }), index('directory_uploads_oldest').on(t.createdAt)],
)
