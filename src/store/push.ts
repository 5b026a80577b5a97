import { and, asc, eq, sql } from 'drizzle-orm'
import { type Database, openDatabase } from './database.ts'
import { pushSubscriptions } from './push-schema.ts'
import { writeRows } from './write-rows.ts'

// A user's browsers, as the user sees them. What sending needs is in `push-runs.ts`.

export type PushSubscriptionRow = typeof pushSubscriptions.$inferSelect

/** Browsers of one user; a new one takes the place of the oldest. */
export const maxSubscriptions = 20

/**
 * Writes a subscription, of a browser that has one already too: then it starts afresh, and keeps its age only where it is
 * the same user's. What is owed to it is due at once; under another of our keys nothing is. The tenant's journal is pushed
 * from its head on, if it was not pushed before.
 */
export async function writeSubscription(
  d1: D1Database,
  row: PushSubscriptionRow,
): Promise<{ row: PushSubscriptionRow; isNew: boolean }> {
  const { tenantId, id, userId } = row
  const known = await findSubscription(openDatabase(d1), tenantId, id)
  const isNew = known?.userId !== userId
  const { createdAt, lastSuccessAt } = isNew ? row : known
  const owedSeq = isNew || known.vapidKeyId !== row.vapidKeyId ? null : known.owedSeq
  const retryAt = owedSeq === null ? null : row.createdAt
  const written = { ...row, createdAt, lastSuccessAt, owedSeq, retryAt }
  const makeRoom = d1
    .prepare(
      `delete from push_subscriptions where tenant_id = ?1 and id in (select id from push_subscriptions
         where tenant_id = ?1 and user_id = ?2 and id <> ?3 order by created_at desc limit -1 offset ${maxSubscriptions - 1})`,
    )
    .bind(tenantId, userId, id)
  const begin = d1
    .prepare(
      `insert into push_cursors (tenant_id, seq, epoch, lease_until)
         select ?1, seq, epoch, 0 from journal_heads where tenant_id = ?1 on conflict do nothing`,
    )
    .bind(tenantId)
  await d1.batch([...writeRows(d1, pushSubscriptions, [written], 'upsert'), makeRoom, begin])
  return { row: written, isNew }
}

async function findSubscription(db: Database, tenantId: string, id: string): Promise<PushSubscriptionRow | undefined> {
  const { tenantId: tenant, id: own } = pushSubscriptions
  return db
    .select()
    .from(pushSubscriptions)
    .where(and(eq(tenant, tenantId), eq(own, id)))
    .get()
}

/** Oldest first. */
export function selectSubscriptionsOf(db: Database, tenantId: string, userId: string) {
  return db
    .select()
    .from(pushSubscriptions)
    .where(and(eq(pushSubscriptions.tenantId, tenantId), eq(pushSubscriptions.userId, userId)))
    .orderBy(asc(pushSubscriptions.createdAt))
}

/** False when the user has no such one. */
export async function deleteOwnSubscription(
  db: Database,
  { tenantId, userId, id }: Pick<PushSubscriptionRow, 'tenantId' | 'userId' | 'id'>,
): Promise<boolean> {
  const { tenantId: tenant, userId: user, id: own } = pushSubscriptions
  const deleted = await db
    .delete(pushSubscriptions)
    .where(and(eq(tenant, tenantId), eq(own, id), eq(user, userId)))
    .returning({ id: own })
  return deleted.length > 0
}

/** Whether anybody of the tenant is pushed. */
export async function hasSubscriptions(d1: D1Database, tenantId: string): Promise<boolean> {
  const found = await openDatabase(d1)
    .select({ one: sql`1` })
    .from(pushSubscriptions)
    .where(eq(pushSubscriptions.tenantId, tenantId))
    .limit(1)
  return found.length > 0
}
