import { type SQL, and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm'
import { AppError } from '../lib/app-error.ts'
import type { Database } from './database.ts'
import { journalEvents, journalHeads } from './schema.ts'

/** Where the journal stood when rows were read: apply only events after `seq`, and only while the epoch is the same. */
export type Head = { seq: number; epoch: string }

/** For the same `db.batch` as the rows it belongs to: a batch sees one moment. */
export function selectHead(db: Database, tenantId: string) {
  return db
    .select({ seq: journalHeads.seq, epoch: journalHeads.epoch })
    .from(journalHeads)
    .where(eq(journalHeads.tenantId, tenantId))
}

export function headOf(rows: readonly Head[]): Head {
  const [head] = rows
  if (head === undefined) throw new AppError('tenant.not_found', 404, 'There is no such tenant.')
  return head
}

/** Most text of one page of events, in characters: a thousand long messages must not be read at once. */
const maxPageLength = 2_000_000

/** Lines of the journal in an order, until a page is full; at least one where there are any. */
function selectEvents(db: Database, where: SQL | undefined, { order, limit }: { order: SQL; limit: number }) {
  const page = db
    .select({
      seq: journalEvents.seq,
      type: journalEvents.type,
      platform: journalEvents.platform,
      conversationId: journalEvents.conversationId,
      data: journalEvents.data,
      at: journalEvents.createdAt,
      before:
        sql<number>`sum(length(${journalEvents.data})) over (order by ${order}) - length(${journalEvents.data})`.as(
          'before',
        ),
    })
    .from(journalEvents)
    .where(where)
    .orderBy(order)
    .limit(limit)
    .as('page')
  const { seq, type, platform, conversationId, data, at } = page
  return db.select({ seq, type, platform, conversationId, data, at }).from(page).where(lt(page.before, maxPageLength))
}

/** The head, and the first events after `seq`, `limit` at most, as of one moment. No head: no such tenant. */
export async function readEventsAfter(db: Database, tenantId: string, seq: number, limit: number) {
  const where = and(eq(journalEvents.tenantId, tenantId), gt(journalEvents.seq, seq))
  const [heads, events] = await db.batch([
    selectHead(db, tenantId),
    selectEvents(db, where, { order: asc(journalEvents.seq), limit }),
  ])
  return { head: heads[0] ?? null, events }
}

/** The head, and the newest events, `limit` at most, oldest first. */
export async function readNewestEvents(db: Database, tenantId: string, limit: number) {
  const where = eq(journalEvents.tenantId, tenantId)
  const [heads, events] = await db.batch([
    selectHead(db, tenantId),
    selectEvents(db, where, { order: desc(journalEvents.seq), limit }),
  ])
  return { head: heads[0] ?? null, events: events.reverse() }
}
