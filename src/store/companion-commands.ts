import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { MessageError } from '../protocol/message.ts'
import type { Database } from './database.ts'
import { isBehindQueue, isOpen } from './job-conditions.ts'
import type { JobRow } from './jobs.ts'
import { jobs } from './schema.ts'

/** Who pulls what. `token` is of the lease it holds; times in epoch ms. */
export type CommandTurn = {
  tenantId: string
  channelId: string
  companionId: string
  token: number
  after: number
  limit: number
  now: number
}

/**
 * Replies of a channel that nobody has begun, handed to the companion that holds the lease, with those that it was handed
 * before: open ones after a number, in their order. What is handed says so in the same statement that looks at the lease,
 * so nobody else runs it, whatever becomes of the companion.
 */
export async function takeCommands(db: Database, turn: CommandTurn): Promise<JobRow[]> {
  const { tenantId, channelId, companionId, after, limit } = turn
  const isDue = sql`kind = 'send' and ${isOpen} and state = 'due' and not ${isBehindQueue}`
  const ofChannel = and(eq(jobs.tenantId, tenantId), eq(jobs.channelId, channelId), gt(jobs.seq, after))
  const first = db.select({ id: jobs.id }).from(jobs).where(and(ofChannel, isDue)).orderBy(asc(jobs.seq)).limit(limit)
  const [, taken] = await db.batch([
    db
      .update(jobs)
      .set({ state: 'sending', handedTo: companionId, attempts: sql`attempts + 1`, leaseUntil: null })
      .where(and(eq(jobs.tenantId, tenantId), sql`id in (${first})`, isHeld(turn), isSentByCompanion(turn))),
    db
      .select()
      .from(jobs)
      .where(and(ofChannel, sql`kind = 'send' and ${isOpen}`, eq(jobs.handedTo, companionId), isHeld(turn)))
      .orderBy(asc(jobs.seq))
      .limit(limit),
  ])
  return taken
}

const isHeld = ({ tenantId, channelId, companionId, token, now }: CommandTurn) =>
  sql`exists (select 1 from companion_leases l where l.tenant_id = ${tenantId} and l.channel_id = ${channelId}
    and substr(l.companion_id, 1, 36) = ${companionId} and l.token = ${token} and l.expires_at > ${now})`

const isSentByCompanion = ({ tenantId, channelId }: CommandTurn) =>
  sql`exists (select 1 from channels c where c.tenant_id = ${tenantId} and c.id = ${channelId}
    and c.companion_sends = 1)`

/** Replies that were handed to another companion than the one that holds the lease now: nobody can tell what became of them. */
export async function listAbandonedCommands(db: Database, turn: CommandTurn): Promise<JobRow[]> {
  const { tenantId, channelId, companionId } = turn
  return db
    .select()
    .from(jobs)
    .where(
      and(
        eq(jobs.tenantId, tenantId),
        eq(jobs.channelId, channelId),
        sql`kind = 'send' and ${isOpen} and handed_to is not null and handed_to <> ${companionId}`,
        isHeld(turn),
      ),
    )
    .orderBy(asc(jobs.seq))
}

/** Replies of a channel by their ids, ended ones too. */
export async function findCommands(
  db: Database,
  { tenantId, channelId, ids }: { tenantId: string; channelId: string; ids: readonly string[] },
): Promise<ReadonlyMap<string, JobRow>> {
  const rows = await db
    .select()
    .from(jobs)
    .where(
      and(
        eq(jobs.tenantId, tenantId),
        sql`id in (select value from json_each(${JSON.stringify(ids)}))`,
        sql`channel_id = ${channelId} and kind = 'send' and handed_to is not null`,
      ),
    )
  return new Map(rows.map((row) => [row.id, row]))
}

/** Notes why an open reply waits, and until when as far as is known. */
export async function noteWaiting(
  db: Database,
  { tenantId, id }: JobRow,
  { dueAt, error }: { dueAt?: number; error: MessageError },
): Promise<void> {
  await db
    .update(jobs)
    .set({ lastError: error, ...(dueAt === undefined ? {} : { dueAt }) })
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.id, id), isOpen))
}
