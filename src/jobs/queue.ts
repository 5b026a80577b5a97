import { errorFields, log } from '../lib/log.ts'
import { Doorbell } from '../outbox/bell.ts'
import { findJob, isForCompanion } from '../store/jobs.ts'
import { buryJob } from './bury-job.ts'
import type { JobDeps } from './job-deps.ts'
import { runJob } from './run-job.ts'

/** Waits up to this long are left to the queue, in ms; the sweep comes by every minute for the others. */
const longestQueueWaitMs = 60_000
/** A message that waited so often is dropped: the queue would bury it as dead, and its job is alive. */
const maxWaits = 15

const failureWaitsS = [5, 10, 20, 40, 80, 160, 320, 600]

/**
 * Looks at the jobs that a batch names, each message by itself: one failing message must not make the queue repeat, or
 * bury, its neighbours. Never throws.
 */
export async function handleJobs(batch: MessageBatch, deps: JobDeps): Promise<void> {
  await Promise.all(batch.messages.map((message) => handleJob(message, deps)))
}

async function handleJob(message: Message, deps: JobDeps): Promise<void> {
  const bell = readBell(message)
  if (bell === null) return message.ack()
  const { tenant_id: tenantId, job_id: jobId } = bell
  try {
    const step = await runJob(deps, tenantId, jobId)
    const isLeftToSweep = step.kind === 'ended' || step.waitMs > longestQueueWaitMs || message.attempts > maxWaits
    if (isLeftToSweep) message.ack()
    else message.retry({ delaySeconds: Math.ceil(step.waitMs / 1000) })
  } catch (error) {
    log('error', 'queue.job_failed', { tenantId, jobId, deliveries: message.attempts, ...errorFields(error) })
    message.retry({ delaySeconds: failureWaitsS[message.attempts - 1] ?? 600 })
  }
}

/** Messages that the queue gave up. Their jobs are given up too, unless somebody else saw to them meanwhile. */
export async function handleDeadJobs(batch: MessageBatch, deps: JobDeps): Promise<void> {
  await Promise.all(batch.messages.map((message) => handleDeadJob(message, deps)))
}

async function handleDeadJob(message: Message, deps: JobDeps): Promise<void> {
  const bell = readBell(message)
  if (bell === null) return message.ack()
  const { tenant_id: tenantId, job_id: jobId } = bell
  try {
    const job = await findJob(deps.db, tenantId, jobId)
    const isDead = job !== undefined && isOverdue(job, deps.now()) && !(await isForCompanion(deps.db, tenantId, jobId))
    if (isDead) await buryJob(job, deps)
    message.ack()
  } catch (error) {
    log('error', 'queue.dead_job_failed', { tenantId, jobId, deliveries: message.attempts, ...errorFields(error) })
    message.retry({ delaySeconds: 60 })
  }
}

function isOverdue(job: NonNullable<Awaited<ReturnType<typeof findJob>>>, now: number): boolean {
  switch (job.state) {
    case 'done':
    case 'failed':
      return false
    case 'due':
      return job.dueAt <= now
    case 'running':
    case 'sending':
      return (job.leaseUntil ?? 0) <= now
  }
}

/** Null for what is none of ours; a repetition would not make it better. */
function readBell(message: Message): Doorbell | null {
  const bell = Doorbell.safeParse(message.body)
  if (bell.success) return bell.data
  log('error', 'queue.malformed', { queueMessageId: message.id })
  return null
}
