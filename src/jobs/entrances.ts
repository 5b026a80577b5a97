import { receive } from '../hub/call-hub.ts'
import { loadConfig } from '../lib/config.ts'
import { errorFields, log } from '../lib/log.ts'
import { openDatabase } from '../store/database.ts'
import { runChannelLife } from './channel-life.ts'
import { watchCompanions } from './companion-watch.ts'
import { sweepDigests } from './digests.ts'
import { handleFollowers } from './follower-queue.ts'
import type { JobDeps } from './job-deps.ts'
import { handleMailEvents } from './mail-events.ts'
import { tellGrownQuarantines, tellSettledChannels } from './notices.ts'
import { sweepMediaJobs } from './media-sweep.ts'
import { sweepParked } from './parked-sweep.ts'
import { sweepPushes } from './push-sweep.ts'
import { sweepQuarantine } from './quarantine-sweep.ts'
import { handleDeadJobs, handleJobs } from './queue.ts'
import { sweepJobs } from './sweep.ts'
import { sweepUploads } from './upload-sweep.ts'
import { sweepWebhooks } from './webhooks.ts'

/** What jobs work with outside of tests. */
export function jobDepsOf(env: Env): JobDeps {
  return {
    env,
    db: openDatabase(env.DB),
    config: loadConfig(env),
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
    receive: (tenantId, items) => receive(env, tenantId, items),
  }
}

/** The queues of jobs, of those that it gave up, of followers, and of what became of mail; names differ by environment. */
export async function onQueue(batch: MessageBatch, env: Env): Promise<void> {
  await handlerOf(batch.queue)(batch, jobDepsOf(env))
}

function handlerOf(queue: string): typeof handleJobs {
  if (queue.endsWith('-mail-events')) return handleMailEvents
  if (queue.endsWith('-followers')) return handleFollowers
  return queue.endsWith('-dead') ? handleDeadJobs : handleJobs
}

const everyMinute = '* * * * *'
const minutely = [sweepJobs, watchCompanions, tellSettledChannels, sweepPushes, sweepWebhooks, sweepDigests]
const hourly = [runChannelLife, sweepMediaJobs, sweepParked, sweepQuarantine, sweepUploads, tellGrownQuarantines]

/** The times of wrangler.toml: every minute what the queue has lost, every hour how the channels fare and what is left over. */
export async function onSchedule({ cron, scheduledTime }: ScheduledController, env: Env): Promise<void> {
  const deps = jobDepsOf(env)
  try {
    if (cron === everyMinute) await Promise.all(minutely.map((job) => job(deps)))
    else await Promise.all(hourly.map((job) => job(deps, scheduledTime)))
  } catch (error) {
    log('error', 'cron.failed', { cron, ...errorFields(error) })
    throw error
  }
}
