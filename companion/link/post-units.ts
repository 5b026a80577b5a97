import { createHash } from 'node:crypto'
import type { BroadcastResult } from '../../src/protocol/api.ts'
import type { OutgoingUnit } from '../spool/outgoing.ts'
import type { Answer } from './answer.ts'
import type { WorkerApi } from './worker-api.ts'

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
    const raw = await deps.readMail(file)
    const answer = await deps.api.mail({ to, direction, authservId: deps.authservIdOf(first.account), raw }, key)
    return answer.kind === 'ok' ? { kind: 'ok', value: [[answer.value]] } : answer
  }
  const lists = units.map(({ what }) => (what.kind === 'items' ? what.items : []))
  const answer = await deps.api.items(lists.flat(), key)
  if (answer.kind !== 'ok') return answer
  const results = answer.value.values()
  return { kind: 'ok', value: lists.map((list) => list.flatMap(() => results.next().value ?? [])) }
}

/** The same rows have the same key, also after a crash. */
function idempotencyKey(companionId: string, units: readonly OutgoingUnit[]): string {
  const ids = units.flatMap(({ rows }) => rows.map(({ id }) => id))
  return createHash('sha256')
    .update(`${companionId} ${ids.join(' ')}`)
    .digest('hex')
}
