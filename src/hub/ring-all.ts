import type { IngestOutcome } from '../ingest/items.ts'
import { errorFields, log } from '../lib/log.ts'
import { ringJobs } from '../outbox/bell.ts'
import { findAccounts } from '../store/channels.ts'
import { openDatabase } from '../store/database.ts'
import { isForCompanionOnly, ringDoorbells } from './doorbells.ts'

/**
 * Tells the queue and the companion of new work. Where neither hears it, the sweep finds the jobs, and the companion
 * pulls: nothing waits for this.
 */
export async function ringAll(
  env: Env,
  host: Parameters<typeof ringDoorbells>[0],
  tenantId: string,
  jobs: IngestOutcome['jobs'],
): Promise<void> {
  const queued = jobs.filter((job) => !isForCompanionOnly(job)).map(({ id }) => ({ tenantId, id }))
  const rings = [
    ringJobs(env.JOBS, queued),
    ringDoorbells(host, jobs, (ids) => findAccounts(openDatabase(env.DB), tenantId, ids)),
  ]
  for (const { reason, status } of (await Promise.allSettled(rings)) as PromiseRejectedResult[]) {
    if (status === 'rejected')
      log('error', 'hub.enqueue_failed', { tenantId, jobs: jobs.length, ...errorFields(reason) })
  }
}
