import { errorFields, log } from '../lib/log.ts'
import { ringJobs } from '../outbox/bell.ts'
import { concludeAbandoned } from '../outbox/conclude.ts'
import { runSend } from '../outbox/run-send.ts'
import { waitBefore } from '../outbox/send-rules.ts'
import { type JobRow, type Leases, claimJob, endJob, findNextSend, postponeJob } from '../store/jobs.ts'
import { buryJob } from './bury-job.ts'
import type { JobDeps, JobVerdict } from './job-deps.ts'
import { runMedia } from './media.ts'
import { runProfile } from './profile.ts'
import { sendDepsOf } from './send-deps.ts'

/** What the queue is to do about a job: nothing more, or to ring again after `waitMs`. */
export type JobStep = { kind: 'ended' } | { kind: 'again'; waitMs: number }

/** As long as a run may take, and as long as it rests after a crash. */
export const leases: Leases = { send: 60_000, media: 10 * 60_000, profile: 2 * 60_000 }

/** Runs that an exception ended, before a job is given up. */
const maxBrokenRuns = 15

const ended: JobStep = { kind: 'ended' }
const again = (waitMs: number): JobStep => ({ kind: 'again', waitMs })

/** Claims a job and runs it. Throws only when the database or the hub is away: nothing is lost then, ring again. */
export async function runJob(deps: JobDeps, tenantId: string, jobId: string): Promise<JobStep> {
  const claim = await claimJob(deps.db, tenantId, jobId, { now: deps.now(), leases })
  switch (claim.kind) {
    case 'claimed':
      return runClaimed(claim.job, deps)
    case 'unknown_fate':
      await concludeAbandoned(claim.job, sendDepsOf(deps))
      return ringNext(claim.job, deps)
    case 'not_due':
    case 'busy':
      return again(claim.waitMs)
    case 'companions':
    case 'behind': // the end of the reply before it rings this one
    case 'ended':
      return ended
  }
}

async function runClaimed(job: JobRow, deps: JobDeps): Promise<JobStep> {
  try {
    switch (job.kind) {
      case 'send': {
        const verdict = await runSend(job, sendDepsOf(deps))
        return verdict.kind === 'ended' ? await ringNext(job, deps) : again(verdict.waitMs)
      }
      case 'media':
        return await settle(job, deps, await runMedia(job, deps))
      case 'profile':
        return await settle(job, deps, await runProfile(job, deps))
    }
  } catch (error) {
    return afterException(job, deps, error)
  }
}

async function settle(job: JobRow, deps: JobDeps, verdict: JobVerdict): Promise<JobStep> {
  switch (verdict.kind) {
    case 'done':
      await endJob(deps.db, job, { state: 'done' })
      return ended
    case 'failed':
      await endJob(deps.db, job, { state: 'failed', error: verdict.error })
      return ended
    case 'retry': {
      const { afterMs, error } = verdict
      await postponeJob(deps.db, job, { dueAt: deps.now() + afterMs, error })
      return again(afterMs)
    }
  }
}

/** A reply is left to its lease: only the row knows what may be repeated of it. The others begin again, more and more slowly. */
async function afterException(job: JobRow, deps: JobDeps, error: unknown): Promise<JobStep> {
  const { tenantId, id: jobId, kind, attempts } = job
  log('error', 'job.broke_off', { tenantId, jobId, kind, attempts, ...errorFields(error) })
  if (kind === 'send') throw error
  if (attempts >= maxBrokenRuns) {
    await buryJob(job, deps)
    return ended
  }
  const waitMs = waitBefore(attempts)
  const why = { code: 'job.broken', title: 'This broke off and is tried again.', details: null }
  await postponeJob(deps.db, job, { dueAt: deps.now() + waitMs, error: why })
  return again(waitMs)
}

/** Replies of a conversation go out one after the other: the end of one is the turn of the next. */
async function ringNext({ tenantId, conversationId }: JobRow, deps: JobDeps): Promise<JobStep> {
  try {
    const next = await findNextSend(deps.db, tenantId, conversationId)
    if (next !== undefined) await ringJobs(deps.env.JOBS, [{ tenantId, id: next.id }])
  } catch (error) {
    // The sweep rings it.
    log('error', 'job.ring_failed', { tenantId, conversationId, ...errorFields(error) })
  }
  return ended
}
