import { keptMailOf } from '../mail/keep-mail.ts'
import { takeInMail } from '../mail/take-in-mail.ts'
import type { QuarantineRow } from '../store/quarantine.ts'
import type { Replay } from './replay-job.ts'

/** Delivers a kept mail once more: somebody may have connected its mailbox meanwhile. */
export async function replayMail(env: Env, row: QuarantineRow, raw: Uint8Array): Promise<Replay> {
  const kept = keptMailOf(row)
  if (kept === null) return { outcome: 'still_refused', received: 0, reason: 'mail.no_envelope' }
  // A mail that belonged to a tenant when it came never becomes another's.
  const owner = row.tenantId === '' ? {} : { tenantId: row.tenantId }
  const { direction, authserv_id: authservId, ...envelope } = kept
  const told = { ...(direction !== undefined && { direction }), ...(authservId !== undefined && { authservId }) }
  const delivery = { envelope, raw, receivedAt: row.receivedAt, source: 'quarantine' as const, ...told, ...owner }
  const intake = await takeInMail(env, delivery)
  if (intake.kind === 'taken') return { outcome: 'stored', received: 1 }
  const reason = intake.kind === 'refused' ? intake.reason : row.reason
  return { outcome: 'still_refused', received: 1, reason }
}
