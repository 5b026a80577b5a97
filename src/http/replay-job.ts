// Trust boundary: the job as it was kept in quarantine is only believed as far as its id.
import { z } from 'zod'
import { receive } from '../hub/call-hub.ts'
import type { StaffItem } from '../ingest/items.ts'
import { ringJobs } from '../outbox/bell.ts'
import { openDatabase } from '../store/database.ts'
import { type JobRow, findJob, reopenJob } from '../store/jobs.ts'
import type { QuarantineRow } from '../store/quarantine.ts'
import { readJson } from './read-json.ts'

/** What became of a replay. */
export type Replay = { outcome: 'stored' | 'still_refused'; received: number; reason?: string | undefined }

const Kept = z.object({ job: z.object({ id: z.string() }) })

const stored: Replay = { outcome: 'stored', received: 1 }
const refused = (reason: string): Replay => ({ outcome: 'still_refused', received: 1, reason })

/** Makes a job due again that was given up. What the staff sees of it goes back to waiting with it. */
export async function replayJob(env: Env, { tenantId }: QuarantineRow, bytes: Uint8Array): Promise<Replay> {
  const reading = readJson(bytes)
  const kept = Kept.safeParse(reading.ok ? reading.value : null)
  if (!kept.success) return refused('job.malformed')
  const db = openDatabase(env.DB)
  const job = await findJob(db, tenantId, kept.data.job.id)
  if (job === undefined) return refused('job.not_found')
  if (job.kind === 'profile') {
    if (await reopenJob(db, tenantId, job.id, Date.now())) await ringJobs(env.JOBS, [job])
    return stored
  }
  const [result] = await receive(env, tenantId, [{ item: beginAgain(job) }])
  return result === undefined || result.outcome === 'refused' ? refused(result?.code ?? 'item.refused') : stored
}

/** Ingest begins such work anew by itself: with another job for the same message or file. */
function beginAgain({ kind, conversationId, messageId, subjectId: attachmentId }: JobRow): StaffItem {
  if (kind === 'send') return { kind: 'retry', conversationId, messageId, at: Date.now() }
  return { kind: 'attachment', conversationId, messageId, attachmentId, state: 'pending' }
}
