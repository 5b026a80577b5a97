import type { tl } from '@mtcute/core'
import type { SpoolRow } from '../account.ts'
import type { MapContext } from './map-context.ts'
import { externalIdOf, isChannelPeer, markedId } from './map-ids.ts'
import { reactionChanges } from './map-reactions.ts'

// What happens to messages after they were written: reactions, deletions, reading.

type Reacted = { message: { peerId: tl.TypePeer; id: number }; reactions: tl.TypeMessageReactions }

export function reactionRows({ message, reactions }: Reacted, context: MapContext): SpoolRow[] {
  const peerId = markedId(message.peerId)
  const externalId = externalIdOf(peerId, message.id)
  const known = context.message(externalId)?.reactions ?? {}
  return reactionChanges(reactions, { peerId, known }, context).map(({ by, emoji, at }) => ({
    kind: 'item',
    key: `react:${externalId}:${by}:${at}:${emoji ?? ''}`,
    lane: String(peerId),
    item: {
      kind: 'reaction',
      channel: channelOf(context),
      message: { external_id: externalId },
      reaction: { emoji, by, at: new Date(at).toISOString() },
    },
  }))
}

/** Deletions in private chats and basic groups name no chat: it is the one where the message was seen, if it was. */
export function deletionRows(ids: readonly number[], channel: number | null, context: MapContext): SpoolRow[] {
  const deletedAt = new Date(context.now()).toISOString()
  return ids.map((id) => {
    const externalId = channel === null ? String(id) : externalIdOf(channel, id)
    const peerId = channel ?? context.message(externalId)?.peerId
    return {
      kind: 'item',
      key: `del:${externalId}`,
      lane: peerId === undefined ? 'deletions' : String(peerId),
      item: {
        kind: 'delete',
        channel: channelOf(context),
        message: { external_id: externalId, deleted_at: deletedAt },
      },
    }
  })
}

type ReadUpTo = { peerId: number; maxId: number; topic?: number }

/**
 * Telegram tells up to which message was read, the Worker wants a time: that of the newest message known up to there. Its
 * seconds are whole, and a reply of ours was written at some moment within one: the second counts to its end.
 */
export function readRows({ peerId, maxId, topic }: ReadUpTo, context: MapContext): SpoolRow[] {
  const seconds = context.sentAt(peerId, maxId)
  if (seconds === undefined) {
    context.note('read.undated', { peer: peerId, message: maxId })
    return []
  }
  const thread = topic === undefined || !isChannelPeer(peerId) ? {} : { thread: String(topic) }
  return [
    {
      kind: 'item',
      key: `read:${peerId}:${topic ?? 0}:${maxId}`,
      lane: String(peerId),
      item: {
        kind: 'read',
        channel: channelOf(context),
        conversation: { external_id: String(peerId), ...thread },
        read: { up_to: new Date(seconds * 1000 + 999).toISOString() },
      },
    },
  ]
}

export function channelOf({ accountId }: MapContext): { platform: 'telegram'; external_id: string } {
  return { platform: 'telegram', external_id: String(accountId) }
}
