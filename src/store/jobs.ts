import { type SQL, and, asc, eq, sql } from 'drizzle-orm'
import type { MessageError } from '../protocol/message.ts'
import type { Platform } from '../protocol/words.ts'
import type { Database } from './database.ts'
import { isBehind, isCompanions, isOpen } from './job-conditions.ts'
import { type JobKind, channels, conversations, jobs } from './schema.ts'

export type JobRow = typeof jobs.$inferSelect

/**
 * What came of asking for a job.
 * - `claimed`: it is the caller's until its lease ends; `attempts` counts this claim too and is its fence: every later
 *   write of the caller counts only while it is still the same.
 * - `not_due`, `busy`: not yet; `waitMs` from now. `behind`: an earlier reply of the conversation goes first.
 * - `unknown_fate`: the one request that must not be repeated had begun, and nobody is waiting for its answer any more.
 *   `job.result` holds the answer where one was written down.
 * - `companions`: the companion sends it.
 * - `ended`: there is nothing to do, or no such job.
 */
export type Claim =
  | { kind: 'claimed'; job: JobRow }
  | { kind: 'not_due'; waitMs: number }
  | { kind: 'busy'; waitMs: number }
  | { kind: 'behind' }
  | { kind: 'companions' }
  | { kind: 'unknown_fate'; job: JobRow }
  | { kind: 'ended' }

/** In ms: how long a claim counts when nothing extends it. */
export type Leases = Readonly<Record<JobKind, number>>
/** Times in epoch ms. */
type Moment = { now: number; leaseMs: number }

const isJob = (tenantId: string, id: string) => and(eq(jobs.tenantId, tenantId), eq(jobs.id, id))

/** Only of the claim that gave this row: whoever claimed it later has another number of attempts. */
function isMine({ tenantId, id, attempts }: JobRow, states: SQL): SQL | undefined {
  return and(isJob(tenantId, id), eq(jobs.attempts, attempts), states)
}

/** Takes a job, one caller at a time. A compare-and-set: of any number at once, one gets it. */
export async function claimJob(
  db: Database,
  tenantId: string,
  jobId: string,
  { now, leases }: { now: number; leases: Leases },
): Promise<Claim> {
  const leaseMs = sql`case kind when 'send' then ${leases.send} when 'media' then ${leases.media} else ${leases.profile} end`
  const [job] = await db
    .update(jobs)
    .set({ state: 'running', attempts: sql`attempts + 1`, leaseUntil: sql`cast(${now} + ${leaseMs} as integer)` })
    .where(
      and(
        isJob(tenantId, jobId),
        sql`((state = 'due' and due_at <= ${now}) or (state = 'running' and lease_until <= ${now}))`,
        sql`not ${isBehind}`,
        sql`not ${isCompanions}`,
      ),
    )
    .returning()
  if (job !== undefined) return { kind: 'claimed', job }
  return (await isForCompanion(db, tenantId, jobId))
    ? { kind: 'companions' }
    : refusal(await findJob(db, tenantId, jobId), now)
}

/** Whether it is the companion that sends this reply, now that nobody else has begun to. */
export async function isForCompanion(db: Database, tenantId: string, jobId: string): Promise<boolean> {
  const row = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(isJob(tenantId, jobId), isOpen, isCompanions))
    .get()
  return row !== undefined
}

function refusal(job: JobRow | undefined, now: number): Claim {
  if (job === undefined) return { kind: 'ended' }
  const leftMs = (job.leaseUntil ?? 0) - now
  switch (job.state) {
    case 'done':
    case 'failed':
      return { kind: 'ended' }
    case 'due':
      return job.dueAt > now ? { kind: 'not_due', waitMs: job.dueAt - now } : { kind: 'behind' }
    case 'running':
      return leftMs > 0 ? { kind: 'busy', waitMs: leftMs } : { kind: 'behind' }
    case 'sending':
      return leftMs > 0 ? { kind: 'busy', waitMs: leftMs } : { kind: 'unknown_fate', job }
  }
}

export async function findJob(db: Database, tenantId: string, jobId: string): Promise<JobRow | undefined> {
  return db.select().from(jobs).where(isJob(tenantId, jobId)).get()
}

/** More time for a claim whose work takes long. False when the claim was lost. */
export async function extendLease(db: Database, job: JobRow, { now, leaseMs }: Moment): Promise<boolean> {
  return wasWritten(db, { leaseUntil: now + leaseMs }, isMine(job, sql`state = 'running'`))
}

/** From here on the work cannot be begun again. False when the claim was lost: then it must not go on. */
export async function markSending(db: Database, job: JobRow, { now, leaseMs }: Moment): Promise<boolean> {
  return wasWritten(db, { state: 'sending', leaseUntil: now + leaseMs }, isMine(job, sql`state = 'running'`))
}

/**
 * Writes an answer down before anybody is told of it. The lease ends with it: whoever comes next only has to pass the
 * answer on. False when the claim was lost.
 */
export async function recordResult(
  db: Database,
  job: JobRow,
  result: Record<string, unknown>,
  now: number,
): Promise<boolean> {
  const answered = { state: 'sending', result, leaseUntil: now } as const
  return wasWritten(db, answered, isMine(job, sql`state in ('running', 'sending')`))
}

/** Lets a claimed job begin again at `dueAt`. False when the claim was lost, or when an answer was written down. */
export async function postponeJob(
  db: Database,
  job: JobRow,
  { dueAt, error }: { dueAt: number; error: MessageError },
): Promise<boolean> {
  const waiting = { state: 'due', dueAt, leaseUntil: null, lastError: error } as const
  return wasWritten(db, waiting, isMine(job, sql`state in ('running', 'sending') and result is null`))
}

/** Lets every reply of a channel that waits begin at `dueAt` at the earliest: it would meet the same limit. */
export async function holdSends(
  db: Database,
  { tenantId, channelId }: Pick<JobRow, 'tenantId' | 'channelId'>,
  dueAt: number,
): Promise<void> {
  const waiting = sql`kind = 'send' and ${isOpen} and state = 'due' and due_at < ${dueAt}`
  await db
    .update(jobs)
    .set({ dueAt })
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.channelId, channelId), waiting))
}

/** Ends a job. One that has ended already, by ingest perhaps, stays as it is. */
export async function endJob(
  db: Database,
  job: JobRow,
  { state, error }: { state: 'done' | 'failed'; error?: MessageError },
): Promise<boolean> {
  const ended = { state, leaseUntil: null, ...(error === undefined ? {} : { lastError: error }) }
  return wasWritten(db, ended, isMine(job, isOpen))
}

/** Lets a job that ended begin anew, with its attempts forgotten. False when it has not ended. */
export async function reopenJob(db: Database, tenantId: string, jobId: string, now: number): Promise<boolean> {
  const anew = { state: 'due', attempts: 0, dueAt: now, leaseUntil: null, result: null } as const
  return wasWritten(db, anew, and(isJob(tenantId, jobId), sql`state = 'failed'`))
}

async function wasWritten(
  db: Database,
  change: Partial<typeof jobs.$inferInsert>,
  where: SQL | undefined,
): Promise<boolean> {
  const written = await db.update(jobs).set(change).where(where).returning({ id: jobs.id })
  return written.length > 0
}

/** The conversation's reply that is first to go now; undefined when none waits. */
export async function findNextSend(
  db: Database,
  tenantId: string,
  conversationId: string,
): Promise<{ id: string } | undefined> {
  return selectNextSend(db, tenantId, conversationId).get()
}

export function selectNextSend(db: Database, tenantId: string, conversationId: string) {
  return db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.conversationId, conversationId), sql`kind = 'send'`, isOpen))
    .orderBy(asc(jobs.seq))
    .limit(1)
}

/** An open job as the sweep sees it. */
export type OpenJob = { tenantId: string; id: string; dueAt: number }

/**
 * Open jobs of every tenant that were due before `dueBefore` and that nobody works on, the longest waiting first. Those
 * that wait behind another reply are left out: its end rings them.
 */
export async function listOverdueJobs(
  db: Database,
  { dueBefore, now, after, limit }: { dueBefore: number; now: number; after: OpenJob | null; limit: number },
): Promise<OpenJob[]> {
  return selectOverdueJobs(db, { dueBefore, now, after, limit })
}

export function selectOverdueJobs(
  db: Database,
  { dueBefore, now, after, limit }: { dueBefore: number; now: number; after: OpenJob | null; limit: number },
) {
  const isLater =
    after === null ? undefined : sql`(due_at, tenant_id, id) > (${after.dueAt}, ${after.tenantId}, ${after.id})`
  return db
    .select({ tenantId: jobs.tenantId, id: jobs.id, dueAt: jobs.dueAt })
    .from(jobs)
    .where(
      and(
        isOpen,
        sql`due_at <= ${dueBefore}`,
        sql`coalesce(lease_until, 0) <= ${now}`,
        sql`not ${isBehind}`,
        sql`not ${isCompanions}`,
        isLater,
      ),
    )
    .orderBy(asc(jobs.dueAt), asc(jobs.tenantId), asc(jobs.id))
    .limit(limit)
}

/** Of its conversation, or of its channel where the conversation is gone. Undefined when neither is there. */
export async function findJobPlatform(db: Database, job: JobRow): Promise<Platform | undefined> {
  const { tenantId, conversationId, channelId } = job
  const [own, connected] = await db.batch([
    db
      .select({ platform: conversations.platform })
      .from(conversations)
      .where(and(eq(conversations.tenantId, tenantId), eq(conversations.id, conversationId))),
    db
      .select({ platform: channels.platform })
      .from(channels)
      .where(and(eq(channels.tenantId, tenantId), eq(channels.id, channelId))),
  ])
  return own[0]?.platform ?? connected[0]?.platform
}
