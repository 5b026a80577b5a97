import type { tl } from '@mtcute/core'
import { BroadcastItem } from '../../src/protocol/api.ts'
import type { SpoolRow } from '../account.ts'
import type { MapContext } from './map-context.ts'
import { markedChannelId, markedId } from './map-ids.ts'
import { channelOf, deletionRows, reactionRows, readRows } from './map-marks.ts'
import { editRows, messageRows, reactionsOf } from './map-message.ts'
import { pollDetails, pollWords, withResults } from './map-poll.ts'

/**
 * What one update of Telegram means for the inbox. Never throws: a message that cannot be read becomes a placeholder
 * that everybody sees, and any other update is named in the log. Updates that say nothing to an inbox make no rows.
 *
 * mtcute has already turned the short forms of an update into `updateNewMessage`.
 */
export function toSpoolRows(update: tl.TypeUpdate, context: MapContext): SpoolRow[] {
  try {
    const rows = messageUpdate(update, context) ?? markUpdate(update, context) ?? []
    return rows.filter((row) => isTakeable(row, context))
  } catch {
    context.note('update.unreadable', { kind: update._ })
    return []
  }
}

/** Messages were checked before; of marks, one that the Worker would refuse says nothing that could be shown. */
function isTakeable(row: SpoolRow, context: MapContext): boolean {
  if (row.kind !== 'item' || BroadcastItem.safeParse(row.item).success) return true
  context.note('mark.unreadable', { lane: row.lane })
  return false
}

function messageUpdate(update: tl.TypeUpdate, context: MapContext): SpoolRow[] | null {
  switch (update._) {
    case 'updateNewMessage':
    case 'updateNewChannelMessage':
      return messageRows(update.message, context)
    case 'updateEditMessage':
    case 'updateEditChannelMessage':
      if (update.message._ === 'messageEmpty') return []
      return [...editRows(update.message, context), ...reactionsOf(update.message, context)]
    case 'updateDeleteMessages':
      return deletionRows(update.messages, null, context)
    case 'updateDeleteChannelMessages':
      return deletionRows(update.messages, markedChannelId(update.channelId), context)
    default:
      return null
  }
}

function markUpdate(update: tl.TypeUpdate, context: MapContext): SpoolRow[] | null {
  switch (update._) {
    case 'updateMessageReactions': {
      const message = { peerId: update.peer, id: update.msgId }
      return reactionRows({ message, reactions: update.reactions }, context)
    }
    case 'updateReadHistoryOutbox':
      return readRows({ peerId: markedId(update.peer), maxId: update.maxId }, context)
    case 'updateReadChannelOutbox':
      return readRows({ peerId: markedChannelId(update.channelId), maxId: update.maxId }, context)
    case 'updateReadChannelDiscussionOutbox': {
      const { channelId, readMaxId, topMsgId } = update
      return readRows({ peerId: markedChannelId(channelId), maxId: readMaxId, topic: topMsgId }, context)
    }
    case 'updateMessagePoll':
      return pollRows(update, context)
    default:
      return null
  }
}

/** New votes: an edit of the poll's message, since that is where they are shown. */
function pollRows({ pollId, poll, results }: tl.RawUpdateMessagePoll, context: MapContext): SpoolRow[] {
  const id = pollId.toString()
  const known = context.poll(id)
  // A poll that was never seen here has no message to be shown at.
  if (known === undefined) return []
  const next = poll === undefined ? withResults(known.details, results) : pollDetails(poll, results)
  if (JSON.stringify(next) === JSON.stringify(known.details)) return []
  const at = Math.max(context.now(), (context.message(known.externalId)?.editedAt ?? 0) + 1)
  const content = pollWords(next)
  return [
    {
      kind: 'item',
      key: `poll:${id}:${at}`,
      lane: String(known.peerId),
      item: {
        kind: 'edit',
        channel: channelOf(context),
        message: {
          external_id: known.externalId,
          content,
          edited_at: new Date(at).toISOString(),
          details: { poll: next },
        },
      },
    },
  ]
}
