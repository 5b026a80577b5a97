import { log } from '../lib/log.ts'
import { ringJobs } from '../outbox/bell.ts'
import { type OpenJob, listOverdueJobs } from '../store/jobs.ts'
import type { JobDeps } from './job-deps.ts'

const pageSize = 100
/** Most pages of one sweep; the next one goes on with whoever has waited longest. */
const maxPages = 50
/** A job that became due a moment ago has its own message on the way, in ms. */
const graceMs = 15_000

/** Rings every open job that nobody works on: what the queue lost, what waited for longer than a queue waits. */
export async function sweepJobs({ db, env, now }: JobDeps): Promise<number> {
  const at = now()
  let after: OpenJob | null = null
  let rung = 0
  for (let page = 0; page < maxPages; page++) {
    const jobs: OpenJob[] = await listOverdueJobs(db, { dueBefore: at - graceMs, now: at, after, limit: pageSize })
    await ringJobs(env.JOBS, jobs)
    rung += jobs.length
    after = jobs.at(-1) ?? null
    if (jobs.length < pageSize) break
  }
  if (rung > 0) log('info', 'jobs.swept', { jobs: rung, ms: now() - at })
  return rung
}
