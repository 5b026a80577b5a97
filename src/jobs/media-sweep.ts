import { log } from '../lib/log.ts'
import { type EndedJob, deleteEndedJobs, findObjectsInUse, listEndedJobs } from '../store/ended-jobs.ts'
import type { JobDeps } from './job-deps.ts'
import { objectKeyOf } from './media-objects.ts'

/** Longer than any platform keeps a file to be fetched, so that no attempt can still be under way. */
const keptMs = 10 * 24 * 3_600_000
const pageSize = 500
/** R2 removes a thousand objects in one call. */
const keysPerCall = 1_000
const maxPages = 20
/** One that had failed may have been begun anew, with its attempts counted from one again; fewer than these came before. */
const leastAttempts = 24

/**
 * Forgets ended work on files, and with it whatever a crash between storing an object and reporting it has left: the row
 * says under which keys that could be. Objects first, their row last.
 */
export async function sweepMediaJobs(deps: JobDeps): Promise<number> {
  let swept = 0
  for (let page = 0; page < maxPages; page++) {
    const ended = await listEndedJobs(deps.db, { before: deps.now() - keptMs, limit: pageSize })
    if (ended.length === 0) break
    const inUse = await findObjectsInUse(deps.db, ended)
    const left = ended.flatMap((job) => objectKeysOf(job)).filter((key) => !inUse.has(key))
    for (let at = 0; at < left.length; at += keysPerCall) {
      await deps.env.BUCKET.delete(left.slice(at, at + keysPerCall))
    }
    await deleteEndedJobs(deps.db, ended)
    swept += ended.length
  }
  if (swept > 0) log('info', 'media.swept', { jobs: swept })
  return swept
}

function objectKeysOf(job: EndedJob): string[] {
  const length = job.hasFailed ? Math.max(job.attempts, leastAttempts) : job.attempts
  return Array.from({ length }, (_, at) => objectKeyOf(job, at + 1))
}
