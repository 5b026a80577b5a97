import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { tenantId, time } from './columns.ts'

// What the companion keeps here. The rules of `schema.ts` hold here too.

/**
 * Which companion runs a channel's account, and until when. `token` grows with every change of holder, so that whoever
 * had it before can be told from whoever has it.
 */
export const companionLeases = sqliteTable(
  'companion_leases',
  {
    tenantId,
    channelId: text('channel_id').notNull(),
    /** The companion's id; where it says which of its processes it is, that follows after a slash. */
    holder: text('companion_id').notNull(),
    token: integer('token').notNull(),
    expiresAt: time('expires_at').notNull(),
    /** When it was told that nobody runs the account; null while somebody does. */
    missedAt: time('missed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.channelId] }),
    // accounts that nobody runs any more, of every tenant
    index('directory_leases_expiry')
      .on(t.expiresAt)
      .where(sql`missed_at is null`),
  ],
)

/** What a companion would lose with its disk, sealed by a key that only it has. */
export const companionCheckpoints = sqliteTable(
  'companion_checkpoints',
  {
    tenantId,
    channelId: text('channel_id').notNull(),
    version: integer('version').notNull(),
    sealed: text('sealed').notNull(),
    storedAt: time('stored_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.channelId] })],
)
