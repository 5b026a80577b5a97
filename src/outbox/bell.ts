// Trust boundary: what comes out of the queue is read here. A message only says where to look; the work itself is a row in
// `jobs`, so one that is lost, repeated or late does no harm.
import { z } from 'zod'
import { Uuid } from '../protocol/words.ts'

/** A queue message. */
export const Doorbell = z.object({ v: z.literal(1), tenant_id: Uuid, job_id: Uuid })
export type Doorbell = z.infer<typeof Doorbell>

/** Messages of one call to the queue; the platform takes no more. */
const maxBatch = 100
/** A call to the queue may hang; its caller must not. */
const timeoutMs = 5_000

/**
 * Asks the queue to look at jobs.
 * @throws Error when the queue does not take the messages in time. The sweep finds the jobs then.
 */
export async function ringJobs(queue: Queue, jobs: readonly { tenantId: string; id: string }[]): Promise<void> {
  for (let at = 0; at < jobs.length; at += maxBatch) {
    const bells = jobs.slice(at, at + maxBatch).map(({ tenantId, id }) => ({ body: doorbell(tenantId, id) }))
    await inTime(queue.sendBatch(bells))
  }
}

function doorbell(tenantId: string, jobId: string): Doorbell {
  return { v: 1, tenant_id: tenantId, job_id: jobId }
}

function inTime(sent: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the queue did not answer in time')), timeoutMs)
    void sent.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
