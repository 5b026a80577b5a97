import { errorFields, log } from '../lib/log.ts'
import { FollowerDoorbell, type FollowerName, ringFollower } from '../outbox/bell.ts'
import type { FollowerRun } from './follower-run.ts'
import type { JobDeps } from './job-deps.ts'
import { runPush } from './push.ts'
import { postWebhooks } from './webhooks.ts'

const runners: Readonly<Record<FollowerName, (deps: JobDeps, tenantId: string) => Promise<FollowerRun>>> = {
  push: runPush,
  webhooks: postWebhooks,
}

/** A message that waited so often is dropped: the sweep rings again. */
const maxWaits = 5
/** Whoever has the lease reads on for a moment; what it does not see any more is for this message. */
const busyWaitS = 2
const failureWaitS = 10

/** Lets readers of journals go on, one after the other: each may need most connections of an invocation. Never throws. */
export async function handleFollowers(batch: MessageBatch, deps: JobDeps): Promise<void> {
  for (const message of batch.messages) await handleFollower(message, deps)
}

async function handleFollower(message: Message, deps: JobDeps): Promise<void> {
  const { data: bell } = FollowerDoorbell.safeParse(message.body)
  if (bell === undefined) {
    log('error', 'queue.malformed', { queueMessageId: message.id })
    return message.ack()
  }
  const { tenant_id: tenantId, follower } = bell
  const isLast = message.attempts > maxWaits
  try {
    const run = await runners[follower](deps, tenantId)
    if (run.kind === 'more') await ringFollower(deps.env.FOLLOWERS, [tenantId], follower)
    if (run.kind === 'busy' && !isLast) message.retry({ delaySeconds: busyWaitS })
    else message.ack()
  } catch (error) {
    log('error', 'queue.follower_failed', { tenantId, follower, deliveries: message.attempts, ...errorFields(error) })
    if (isLast) message.ack()
    else message.retry({ delaySeconds: failureWaitS })
  }
}
