import type { InboundMessage } from '../channels/channel.ts'
import type { MessageRow } from '../store/wire.ts'
import { type Draft, messageKey, parkedKey } from './draft.ts'
import type { ItemResult } from './items.ts'
import { dropRow, putRow, rowsInGroup } from './rows.ts'
import type { ParkedRow } from './snapshot.ts'

/*
 * What is known of an external id apart from any message. Most of it waits for its message (see `amendment.ts`); two keys
 * say something else:
 * - `echo`: a message of ours has this id because an echo looked like it. The echo is kept until the answer to our own
 *   request, or a reference of ours, says whether that was right.
 * - `former`: an earlier attempt at a message of ours had this id. Whatever still comes under it is of no more use.
 */

export function waitingFor(draft: Draft, channelId: string, externalId: string): ParkedRow[] {
  return rowsInGroup(draft.parked, messageKey(channelId, externalId))
}

/** Takes a parked row out: it has served its purpose. */
export function takeParked(draft: Draft, row: ParkedRow): void {
  draft.unparked.push({ channelId: row.channelId, targetExternalId: row.targetExternalId, key: row.key })
  dropRow(draft.parked, row)
}

export function keepGuess(draft: Draft, message: MessageRow, echo: InboundMessage): void {
  putParked(draft, message, { key: 'echo', targetExternalId: echo.externalId, item: echo })
}

/** The echo by which a message got its external id, as long as nothing else has confirmed it. */
export function findGuess(draft: Draft, { channelId, externalId }: MessageRow): ParkedRow | undefined {
  return externalId === null
    ? undefined
    : draft.parked.byKey.get(parkedKey({ channelId, targetExternalId: externalId, key: 'echo' }))
}

export function keepFormer(draft: Draft, message: MessageRow, at: number): void {
  if (message.externalId === null) return
  const of = { targetExternalId: message.externalId, reference: message.id }
  const item = { kind: 'status', at, status: message.status, ...of } as const
  putParked(draft, message, { key: 'former', targetExternalId: message.externalId, item })
}

/** The answer for something that belongs to an earlier attempt; null when it does not. */
export function answerFormer(draft: Draft, channelId: string, externalId: string): ItemResult | null {
  const former = draft.parked.byKey.get(parkedKey({ channelId, targetExternalId: externalId, key: 'former' }))
  if (former === undefined || former.item.kind !== 'status') return null
  return { outcome: 'duplicate', messageId: former.item.reference ?? null, conversationId: null, seq: null }
}

function putParked(
  draft: Draft,
  { channelId }: MessageRow,
  row: Pick<ParkedRow, 'key' | 'targetExternalId' | 'item'>,
): void {
  const { tenantId, now } = draft.context
  putRow(draft.parked, { tenantId, channelId, ...row, createdAt: now })
}
