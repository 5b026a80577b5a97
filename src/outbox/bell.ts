// Trust boundary: what comes out of the queue is read here. A message only says where to look; the work itself is a row in
// `jobs`, so one that is lost, repeated or late does no harm.
import { z } from 'zod'
import { Uuid } from '../protocol/words.ts'

/** A queue message. */
export const Doorbell = z.object({ v: z.literal(1), tenant_id: Uuid, job_id: Uuid })
export type Doorbell = z.infer<typeof Doorbell>

/** Another one: there is something in a tenant's journal for a reader with a cursor of its own. */
export const FollowerDoorbell = z.object({ v: z.literal(1), tenant_id: Uuid, follower: z.enum(['push']) })
export type FollowerDoorbell = z.infer<typeof FollowerDoorbell>
/** Who reads a tenant's journal behind the hub, from a place of their own in it. */
export const listenerNames = ['webhooks'] as const
export type ListenerName = (typeof listenerNames)[number]

/** A queue message: there are new lines. */
export const ListenerBell = z.object({ v: z.literal(1), tenant_id: Uuid, listener: z.enum(listenerNames) })
export type ListenerBell = z.infer<typeof ListenerBell>

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

/** @throws Error when the queue does not take the message in time. The follower's sweep finds what it says then. */
export async function ringFollower(
  queue: Queue,
  tenantId: string,
  follower: FollowerDoorbell['follower'],
): Promise<void> {
  const body: FollowerDoorbell = { v: 1, tenant_id: tenantId, follower }
  await inTime(queue.sendBatch([{ body }]))
}

/**
 * Asks the queue to let listeners read on.
 * @throws Error when the queue does not take the messages in time. Their sweeps find what they have not read.
 */
export async function ringListeners(
  queue: Queue,
  tenantIds: readonly string[],
  listeners: Iterable<ListenerName>,
): Promise<void> {
  const names = [...listeners]
  const bells = tenantIds.flatMap((tenantId) => names.map((name) => ({ body: listenerBell(tenantId, name) })))
  for (let at = 0; at < bells.length; at += maxBatch) await inTime(queue.sendBatch(bells.slice(at, at + maxBatch)))
}

function listenerBell(tenantId: string, listener: ListenerName): ListenerBell {
  return { v: 1, tenant_id: tenantId, listener }
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
