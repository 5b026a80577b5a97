import type { PlatformAnswer } from '../channels/outbound.ts'
import { findNewestInbound, readMessage } from '../store/messages.ts'
import { readRecipient } from '../store/outgoing.ts'
import { type CallContext, type OpenChannel, openChannel } from './open-channel.ts'

/** A conversation, by what its signals need of it. */
type Place = { tenantId: string; conversationId: string; channelId: string }

/** What came of a signal; null: the platform has none, or the customer has written nothing it could refer to. */
export type SignalOutcome = { open: OpenChannel; answer: PlatformAnswer<null> } | null

/** Shows the customer that somebody writes. */
export async function showTyping(context: CallContext, place: Place): Promise<SignalOutcome> {
  const { tenantId, conversationId } = place
  const opening = await openChannel(context, tenantId, place.channelId)
  if (!opening.ok || opening.open.calls.typing === undefined) return null
  const newest = await findNewestInbound(context.db, tenantId, conversationId, null)
  if (newest === null) return null
  const to = await readRecipient(context.db, tenantId, conversationId)
  const { open } = opening
  const answer = await open.calls.typing?.(to, newest, open.io)
  return answer === undefined ? null : { open, answer }
}

/** Shows the customer that everything up to a message of the conversation was read. */
export async function showRead(context: CallContext, place: Place, messageId: string): Promise<SignalOutcome> {
  const { tenantId, conversationId } = place
  const opening = await openChannel(context, tenantId, place.channelId)
  if (!opening.ok || opening.open.calls.markRead === undefined) return null
  const mark = await readMessage(context.db, tenantId, messageId)
  if (mark === null) return null
  // The mark may stand at a message of our own; customers see marks at theirs.
  const newest = await findNewestInbound(context.db, tenantId, conversationId, mark.row.createdAt)
  if (newest === null) return null
  const to = await readRecipient(context.db, tenantId, conversationId)
  const { open } = opening
  const answer = await open.calls.markRead?.(to, { externalId: newest, typing: false }, open.io)
  return answer === undefined ? null : { open, answer }
}
