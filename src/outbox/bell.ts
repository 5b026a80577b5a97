// Trust boundary: what comes out of the queue is read here. A message only says where to look; the work itself is a row in
// `jobs`, so one that is lost, repeated or late does no harm.
import { z } from 'zod'
import { Uuid } from '../protocol/words.ts'

/** A message of the queue of jobs. */
export const Doorbell = z.object({ v: z.literal(1), tenant_id: Uuid, job_id: Uuid })
export type Doorbell = z.infer<typeof Doorbell>

/** Who reads a tenant's journal behind its hub, each with a cursor of its own. */
export const followerNames = ['push', 'webhooks'] as const
export type FollowerName = (typeof followerNames)[number]

/** A message of the queue of followers: there is something in a tenant's journal for a follower. */
export const FollowerDoorbell = z.object({ v: z.literal(1), tenant_id: Uuid, follower: z.enum(followerNames) })
export type FollowerDoorbell = z.infer<typeof FollowerDoorbell>

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

/**
 * Asks the queue to let a follower of some tenants read on.
 * @throws Error when the queue does not take the messages in time. The follower's sweep finds what they say then.
 */
export async function ringFollower(queue: Queue, tenantIds: readonly string[], follower: FollowerName): Promise<void> {
  for (let at = 0; at < tenantIds.length; at += maxBatch) {
    const bells = tenantIds
      .slice(at, at + maxBatch)
      .map((tenant_id) => ({ v: 1, tenant_id, follower }) satisfies FollowerDoorbell)
    await inTime(queue.sendBatch(bells.map((body) => ({ body }))))
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
