import { errorFields, log } from '../lib/log.ts'
import { type JobRow, recordResult } from '../store/jobs.ts'
import type { SendDeps, SendVerdict } from './send-deps.ts'
import { type SendResult, unknownResult } from './send-rules.ts'

/**
 * Ends a claimed job with a result: first in its own row, then in the journal. When the row cannot be written the journal
 * is told all the same, since one of the two is enough.
 */
export async function conclude(job: JobRow, deps: SendDeps, result: SendResult): Promise<SendVerdict> {
  const isMine = await record(job, deps, result)
  // Whoever took the job over decides on it; but what was sent was sent.
  if (isMine || result.kind === 'sent') await deps.deliver(job, result)
  return { kind: 'ended' }
}

async function record(job: JobRow, deps: SendDeps, result: SendResult): Promise<boolean> {
  try {
    return await recordResult(deps.db, job, result, deps.now())
  } catch (error) {
    const { tenantId, id: jobId } = job
    log('error', 'outbox.result_not_kept', { tenantId, jobId, result: result.kind, ...errorFields(error) })
    return true
  }
}

/**
 * Ends a job whose request had begun and whose owner is gone: with the answer it kept, else as unknown. It is never sent
 * again by itself.
 */
export async function concludeAbandoned(job: JobRow, deps: SendDeps): Promise<SendVerdict> {
  const kept = job.result as SendResult | null
  const result = kept ?? unknownResult('program.stopped')
  if (kept === null) {
    const { tenantId, conversationId, messageId, id: jobId } = job
    log('warn', 'outbox.unknown', { tenantId, conversationId, messageId, jobId, attempts: job.attempts })
  }
  await deps.deliver(job, result)
  return { kind: 'ended' }
}
