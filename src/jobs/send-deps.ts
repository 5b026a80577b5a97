import type { DeliveryItem } from '../ingest/items.ts'
import { log } from '../lib/log.ts'
import type { SendDeps } from '../outbox/send-deps.ts'
import type { SendResult } from '../outbox/send-rules.ts'
import { type JobRow, endJob } from '../store/jobs.ts'
import type { JobDeps } from './job-deps.ts'

/** What sending needs, from what every job is given. */
export function sendDepsOf(deps: JobDeps): SendDeps {
  const { env, db, config, fetch, now, receive } = deps
  return {
    db,
    config,
    fetch,
    now,
    mail: env.MAIL,
    files: { bucket: env.BUCKET, config, now },
    threads: { d1: env.DB, authSecret: config.authSecret },
    deliver: (job, result) => deliver(job, result, deps),
    reportHealth: async ({ tenantId, id, platform }, health) => {
      await receive(tenantId, [{ channel: { id, platform }, item: health }])
    },
  }
}

async function deliver(job: JobRow, outcome: SendResult, { db, now, receive }: JobDeps): Promise<void> {
  const { tenantId, conversationId, messageId, id: jobId } = job
  const item: DeliveryItem = { kind: 'delivery', conversationId, messageId, jobId, at: now(), outcome }
  const [result] = await receive(tenantId, [{ item }])
  if (result?.outcome !== 'refused') return
  log('error', 'outbox.delivery_refused', { tenantId, messageId, jobId, code: result.code })
  if (!isGone(result.code)) throw new Error(`the journal does not take what became of a reply: ${result.code}`)
  // Nobody waits for this any more. An open job would be tried for ever, and hold up the replies behind it.
  await endJob(db, job, { state: outcome.kind === 'sent' ? 'done' : 'failed' })
}

function isGone(code: string | undefined): boolean {
  return code === 'message.not_found' || code === 'job.not_found' || code === 'conversation.not_found'
}
