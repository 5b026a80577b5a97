import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { id, tenantId, time } from './columns.ts'

// Browsers that are pushed. The rules of `schema.ts` hold here too.

/** `id` is derived from the address, so a browser that subscribes twice is one row. */
export const pushSubscriptions = sqliteTable(
  'push_subscriptions',
  {
    tenantId,
    id,
    userId: text('user_id').notNull(),
    name: text('name').notNull(),
    /** Address and keys as JSON: whoever has them can push to that browser, and read what is pushed. */
    sealed: text('sealed').notNull(),
    /** Which of our keys it was made with: no other one may push to it. */
    vapidKeyId: text('vapid_key_id').notNull(),
    createdAt: time('created_at').notNull(),
    lastSuccessAt: time('last_success_at'),
    /** Pushes in a row that were not taken. */
    attempts: integer('attempts').notNull(),
    /** Nothing is sent before. */
    retryAt: time('retry_at'),
    /** The first line that it has not got, though the cursor is past it; null: none. */
    owedSeq: integer('owed_seq'),
    /** The newest test that its push service took. */
    testedSeq: integer('tested_seq'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    // a user's browsers, oldest first
    index('push_subscriptions_user').on(t.tenantId, t.userId, t.createdAt),
    // browsers that something is owed to, of every tenant
    index('directory_push_owed')
      .on(t.retryAt)
      .where(sql`owed_seq is not null`),
  ],
)

/** How far a tenant's journal was pushed; only tenants with a subscription have one. Whoever has the lease pushes. */
export const pushCursors = sqliteTable('push_cursors', {
  tenantId: text('tenant_id').primaryKey(),
  seq: integer('seq').notNull(),
  epoch: text('epoch').notNull(),
  leaseId: text('lease_id'),
  leaseUntil: integer('lease_until').notNull(),
})
