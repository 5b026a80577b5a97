import type { tl } from '@mtcute/core'
import type { BroadcastItem } from '../../src/protocol/api.ts'
import { readText } from './entities.ts'
import { compact, type Details, type MapContext } from './map-context.ts'
import { externalIdOf, isoOfSeconds, isUserPeer, markedId } from './map-ids.ts'

// Where a message stands: in which conversation and topic, by whom, in answer to what, passed on from whom.

type NewMessage = Extract<BroadcastItem, { message: { direction: unknown } }>
type Sender = NonNullable<NewMessage['message']['sender']>
type Conversation = NewMessage['conversation']
type Any = tl.RawMessage | tl.RawMessageService

/** A forum's first topic, which messages do not name. */
export const generalTopic = 1

export function conversationOf(message: Any, context: MapContext): Conversation {
  const peerId = markedId(message.peerId)
  const topic = topicOf(message, context)
  const name = context.peer(peerId)?.name
  return {
    external_id: String(peerId),
    ...(name === undefined || name === '' ? {} : { client_name: name.slice(0, 500) }),
    ...(topic === null ? {} : { thread: String(topic) }),
  }
}

/** The topic a message lies in; null where there are none. */
export function topicOf(message: Any, context: MapContext): number | null {
  const { replyTo } = message
  if (replyTo?._ === 'messageReplyHeader' && replyTo.forumTopic === true) {
    return replyTo.replyToTopId ?? replyTo.replyToMsgId ?? null
  }
  const isOpening = message._ === 'messageService' && message.action._ === 'messageActionTopicCreate'
  if (isOpening) return message.id
  return context.peer(markedId(message.peerId))?.isForum === true ? generalTopic : null
}

/** In a private chat the direction says it. An administrator who hides behind the group is the group. */
export function senderOf(message: Any, context: MapContext): Sender | null {
  const peerId = markedId(message.peerId)
  const { fromId } = message
  const viaBusinessBot = message._ === 'message' ? message.viaBusinessBotId : undefined
  if (isUserPeer(peerId)) return viaBusinessBot === undefined ? null : named(viaBusinessBot, context)
  const senderId = fromId === undefined ? peerId : markedId(fromId)
  const signature = message._ === 'message' ? (message.postAuthor ?? '') : ''
  if (senderId !== peerId || signature === '') return named(senderId, context)
  const own = context.peer(peerId)?.name
  return { external_id: String(senderId), name: [own, signature].filter(Boolean).join(' · ').slice(0, 500) }
}

function named(peerId: number, context: MapContext): Sender {
  const name = context.peer(peerId)?.name
  return { external_id: String(peerId), ...(name === undefined || name === '' ? {} : { name: name.slice(0, 500) }) }
}

/** The message or story that is answered: its id, and what is quoted of it. */
export function replyOf(message: Any): { externalId: string | null; details: Details } {
  const { replyTo } = message
  if (replyTo?._ === 'messageReplyStoryHeader') {
    const story = { kind: 'reply', id: String(replyTo.storyId), peer: String(markedId(replyTo.peer)) }
    return { externalId: null, details: { story } }
  }
  if (replyTo?._ !== 'messageReplyHeader') return { externalId: null, details: {} }
  const quote = readText(replyTo.quoteText).content.slice(0, 1024)
  const details = compact({ quote: quote === '' ? undefined : { text: quote } })
  const isOnlyTopic = replyTo.forumTopic === true && replyTo.replyToTopId === undefined
  if (replyTo.replyToMsgId === undefined || isOnlyTopic) return { externalId: null, details }
  const peer = replyTo.replyToPeerId ?? message.peerId
  return { externalId: externalIdOf(markedId(peer), replyTo.replyToMsgId), details }
}

/** Who wrote it first, and when. People may hide behind a name without an account. */
export function forwardOf(message: tl.RawMessage, context: MapContext): Details {
  const { fwdFrom } = message
  if (fwdFrom === undefined) return {}
  const fromId = fwdFrom.fromId === undefined ? undefined : markedId(fwdFrom.fromId)
  const known = fromId === undefined ? undefined : context.peer(fromId)?.name
  const from = [known ?? fwdFrom.fromName, fwdFrom.postAuthor].filter(Boolean).join(' · ').slice(0, 500)
  const forward = compact({
    from: from === '' ? undefined : readText(from).content,
    from_id: fromId === undefined ? undefined : String(fromId),
    at: isoOfSeconds(fwdFrom.date, context.now()),
    is_imported: fwdFrom.imported === true ? true : undefined,
  })
  return { forward }
}

export function viaBotOf({ viaBotId }: tl.RawMessage, context: MapContext): Details {
  if (viaBotId === undefined) return {}
  const bot = context.peer(viaBotId)
  return { via_bot: compact({ id: String(viaBotId), name: bot?.username ?? bot?.name }) }
}
