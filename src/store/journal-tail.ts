import { and, asc, desc, eq, gt } from 'drizzle-orm'
import type { Database } from './database.ts'
import { journalEvents, journalHeads } from './schema.ts'

const columns = {
  seq: journalEvents.seq,
  type: journalEvents.type,
  platform: journalEvents.platform,
  conversationId: journalEvents.conversationId,
  data: journalEvents.data,
}

const headOf = (db: Database, tenantId: string) =>
  db
    .select({ seq: journalHeads.seq, epoch: journalHeads.epoch })
    .from(journalHeads)
    .where(eq(journalHeads.tenantId, tenantId))

/** The head, and the first `limit` events after `seq`, as of one moment. No head: no such tenant. */
export async function readEventsAfter(db: Database, tenantId: string, seq: number, limit: number) {
  const [heads, events] = await db.batch([
    headOf(db, tenantId),
    db
      .select(columns)
      .from(journalEvents)
      .where(and(eq(journalEvents.tenantId, tenantId), gt(journalEvents.seq, seq)))
      .orderBy(asc(journalEvents.seq))
      .limit(limit),
  ])
  return { head: heads[0] ?? null, events }
}

/** The head, and the newest `limit` events, oldest first. */
export async function readNewestEvents(db: Database, tenantId: string, limit: number) {
  const [heads, events] = await db.batch([
    headOf(db, tenantId),
    db
      .select(columns)
      .from(journalEvents)
      .where(eq(journalEvents.tenantId, tenantId))
      .orderBy(desc(journalEvents.seq))
      .limit(limit),
  ])
  return { head: heads[0] ?? null, events: events.reverse() }
}
