import { createHash } from 'node:crypto'
import type { BroadcastResult } from '../../src/protocol/api.ts'
import type { OutgoingUnit } from '../spool/outgoing.ts'
import type { Answer } from './answer.ts'
import type { WorkerApi } from './worker-api.ts'

type Ok = { kind: 'ok' }

export type PostDeps = {
  api: Pick<WorkerApi, 'items' | 'mail'>
  readMail: (file: string) => Promise<Uint8Array<ArrayBuffer>>
  /** Of a mailbox: the server whose Authentication-Results count. */
  authservIdOf: (account: string) => string | null
  companionId: string
}

/** One POST. The results of each unit's items, or why there are none. */
export async function postUnits(deps: PostDeps, units: readonly OutgoingUnit[]): Promise<Answer<BroadcastResult[][]>> {
  const key = idempotencyKey(deps.companionId, units)
  const [first] = units
  if (first?.what.kind === 'mail') {
    const { file, direction } = first.what
    const to = first.account.slice(first.account.indexOf(':') + 1)
    const raw = await readMail(deps, file)
    if ('kind' in raw) return raw
    const answer = await deps.api.mail({ to, direction, authservId: deps.authservIdOf(first.account), raw }, key)
    return answer.kind === 'ok' ? { kind: 'ok', value: [[answer.value]] } : answer
  }
  const lists = units.map(({ what }) => (what.kind === 'items' ? what.items : []))
  const answer = await deps.api.items(lists.flat(), key)
  if (answer.kind !== 'ok') return answer
  const results = answer.value.values()
  return { kind: 'ok', value: lists.map((list) => list.flatMap(() => results.next().value ?? [])) }
}

/**
 * A mail's bytes, or why it cannot be sent. One file of many is no reason to end the process, which would find it the
 * same after its start; a file that is gone will not come back.
 */
async function readMail(deps: PostDeps, file: string): Promise<Uint8Array<ArrayBuffer> | Exclude<Answer<never>, Ok>> {
  try {
    return await deps.readMail(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code !== 'ENOENT') return { kind: 'again', reason: `a mail cannot be read: ${code}`, afterMs: null }
    return { kind: 'refused', status: 410, code: 'mail.file_missing', message: 'The file of this mail is gone.' }
  }
}

/** The same rows have the same key, also after a crash. */
function idempotencyKey(companionId: string, units: readonly OutgoingUnit[]): string {
  const ids = units.flatMap(({ rows }) => rows.map(({ id }) => id))
  return createHash('sha256')
    .update(`${companionId} ${ids.join(' ')}`)
    .digest('hex')
}
