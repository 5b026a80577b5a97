import type { AttachmentItem } from '../ingest/items.ts'
import { derivedId } from '../lib/derived-id.ts'
import { log } from '../lib/log.ts'
import { concludeAbandoned } from '../outbox/conclude.ts'
import { failedResult } from '../outbox/send-rules.ts'
import type { MessageError } from '../protocol/message.ts'
import { type JobRow, endJob, findJobPlatform } from '../store/jobs.ts'
import { insertQuarantine } from '../store/quarantine.ts'
import type { JobDeps } from './job-deps.ts'
import { sendDepsOf } from './send-deps.ts'

/** Why a job's row is in quarantine; replaying it makes the job due again. */
const reason = 'job.dead'
const why: MessageError = { code: reason, title: 'This was tried too often and given up.', details: null }

/**
 * Gives a job up where everybody can see it: kept in quarantine for the operator, failed (or of unknown fate) for the
 * staff. The row in quarantine comes first, so that a repetition finds nothing left out.
 */
export async function buryJob(job: JobRow, deps: JobDeps): Promise<void> {
  const { tenantId, id: jobId, kind, attempts } = job
  await keep(job, deps)
  log('error', 'job.buried', { tenantId, jobId, kind, state: job.state, attempts })
  switch (kind) {
    case 'send':
      return buryReply(job, deps)
    case 'media':
      return buryFile(job, deps)
    case 'profile':
      await endJob(deps.db, job, { state: 'failed', error: why })
  }
}

async function keep(job: JobRow, { db, now }: JobDeps): Promise<void> {
  const { tenantId, id, dueAt } = job
  const platform = await findJobPlatform(db, job)
  if (platform === undefined) return
  const row = {
    tenantId,
    // One row for each time it was given up; a job that was replayed has another `dueAt`.
    id: derivedId('quarantine', reason, tenantId, id, String(dueAt)),
    platform,
    metaAppId: null,
    reason,
    body: JSON.stringify({ job }),
    objectKey: null,
    receivedAt: now(),
  }
  await insertQuarantine(db, [row])
}

async function buryReply(job: JobRow, deps: JobDeps): Promise<void> {
  const sendDeps = sendDepsOf(deps)
  if (job.state === 'sending') await concludeAbandoned(job, sendDeps)
  else await sendDeps.deliver(job, failedResult({ ...why, kind: 'unreachable' }))
}

async function buryFile(job: JobRow, { db, receive }: JobDeps): Promise<void> {
  const { tenantId, id: jobId, conversationId, messageId, subjectId: attachmentId } = job
  const item: AttachmentItem = {
    kind: 'attachment',
    conversationId,
    messageId,
    attachmentId,
    jobId,
    state: 'failed',
    error: why,
  }
  await receive(tenantId, [{ item }])
  await endJob(db, job, { state: 'failed', error: why })
}
