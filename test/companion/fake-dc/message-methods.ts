import type { Long, tl } from '@mtcute/node'
import { mediaOf } from './file-methods.ts'
import { withFreshReference } from './media-forms.ts'
import { failure, type Call, type Methods } from './method.ts'
import { markedId, peerForm, seconds, type Peer, type StoredMessage } from './world.ts'

type Window = { offsetId: number; offsetDate?: number; addOffset: number; limit: number; maxId: number; minId: number }

/** A page of messages, newest first: https://core.telegram.org/api/offsets */
function page(all: readonly StoredMessage[], window: Window): StoredMessage[] {
  const { offsetId, offsetDate = 0, addOffset, limit, maxId, minId } = window
  const wanted = all.filter(({ id }) => (maxId === 0 || id < maxId) && id > minId)
  const first = wanted.findIndex(
    ({ id, date }) => (offsetId === 0 || id < offsetId) && (offsetDate === 0 || date < offsetDate),
  )
  const start = Math.max(0, (first === -1 ? wanted.length : first) + addOffset)
  return wanted.slice(start, start + Math.min(limit, 100))
}

function messagesForm(call: Call, peer: Peer | null, messages: readonly StoredMessage[], total: number) {
  const fresh = messages.map((message) => withFreshReference(call.world, message))
  const shared = { messages: fresh, topics: [], ...call.world.peersOf(call.account, fresh) }
  if (peer?.kind === 'channel') {
    return { _: 'messages.channelMessages', pts: call.world.channel(peer.id).box.pts, count: total, ...shared } as const
  }
  if (total === messages.length) return { _: 'messages.messages', ...shared } as const
  return { _: 'messages.messagesSlice', count: total, ...shared } as const
}

function byIds(call: Call, peer: Peer | null, ids: readonly tl.TypeInputMessage[]): tl.messages.TypeMessages {
  const box = peer === null ? call.account.box : call.world.boxOf(call.account, peer)
  const found = ids.map((input): tl.TypeMessage => {
    const id = input._ === 'inputMessageID' || input._ === 'inputMessageReplyTo' ? input.id : 0
    const message = box.messages.get(id)
    return message
      ? withFreshReference(call.world, call.world.seenBy(call.account, message))
      : { _: 'messageEmpty', id }
  })
  const there = found.filter((message) => message._ !== 'messageEmpty')
  return { ...messagesForm(call, peer, there, there.length), messages: found }
}

type Outgoing = {
  peer: Peer
  text: string
  randomId: Long
  replyTo: tl.TypeInputReplyTo | undefined
  media?: tl.TypeMessageMedia
  entities?: tl.TypeMessageEntity[]
  groupedId?: Long
}

/** Takes one message of a client. A random id counts once, for ever. */
function post(call: Call, out: Outgoing): { id: number; pts: number } {
  const { account, world } = call
  const { peer, text, randomId, replyTo, media, entities, groupedId } = out
  const name = randomId.toString()
  if (account.randomIds.has(name)) throw failure(500, 'RANDOM_ID_DUPLICATE')
  const topic =
    replyTo?._ === 'inputReplyToMessage' ? (replyTo.topMsgId ?? topicOf(call, peer, replyTo.replyToMsgId)) : undefined
  const answered =
    replyTo?._ === 'inputReplyToMessage' && replyTo.replyToMsgId !== topic ? replyTo.replyToMsgId : undefined
  const ids = call.timeline.say({
    from: account.user.id,
    to: markedId(peer),
    text,
    ...(media && { media }),
    ...(groupedId && { groupedId }),
    ...(answered !== undefined && { replyTo: answered }),
    ...(topic !== undefined && { topic }),
    ...(entities && { extra: { entities } }),
  })
  const id = ids.get(account.user.id) ?? 0
  account.randomIds.set(name, id)
  const box = world.boxOf(account, peer)
  world.sent.push({
    account: account.user.id,
    peer: markedId(peer),
    id,
    text,
    randomId: name,
    replyTo: answered ?? null,
    topic: topic ?? null,
    media: media?._ ?? null,
    groupedId: groupedId?.toString() ?? null,
    at: seconds(),
  })
  return { id, pts: box.pts }
}

function topicOf({ world }: Call, peer: Peer, id: number): number | undefined {
  return peer.kind === 'channel' && world.channel(peer.id).topics.has(id) ? id : undefined
}

function checkSending(call: Call, input: tl.TypeInputPeer): Peer {
  const wait = Math.ceil((call.account.floodUntil - Date.now()) / 1000)
  if (wait > 0) throw failure(420, `FLOOD_WAIT_${wait}`)
  return call.world.peer(call.account, input)
}

function sendMessage(call: Call, request: tl.messages.RawSendMessageRequest): tl.TypeUpdates {
  const peer = checkSending(call, request.peer)
  if (request.message === '') throw failure(400, 'MESSAGE_EMPTY')
  if (request.message.length > 4096) throw failure(400, 'MESSAGE_TOO_LONG')
  const { randomId, replyTo, entities, message: text } = request
  const { id, pts } = post(call, { peer, text, randomId, replyTo, ...(entities && { entities }) })
  if (peer.kind !== 'user') return sentForm(call, peer, [{ id, randomId }])
  return {
    _: 'updateShortSentMessage',
    out: true,
    id,
    pts,
    ptsCount: 1,
    date: seconds(),
    ...(entities && { entities }),
  }
}

/** Outside of private chats the sender is told by the update itself. */
function sentForm(call: Call, peer: Peer, sent: readonly { id: number; randomId: Long }[]): tl.TypeUpdates {
  const { account, world } = call
  const box = world.boxOf(account, peer)
  const messages = sent.flatMap(({ id }) => box.messages.get(id) ?? []).map((message) => world.seenBy(account, message))
  const news = messages.map((message, at): tl.TypeUpdate => {
    const kind = peer.kind === 'channel' ? 'updateNewChannelMessage' : 'updateNewMessage'
    return { _: kind, message, pts: box.pts - messages.length + at + 1, ptsCount: 1 }
  })
  const ids = sent.map(({ id, randomId }): tl.TypeUpdate => ({ _: 'updateMessageID', id, randomId }))
  return { _: 'updates', updates: [...ids, ...news], ...world.peersOf(account, messages), date: seconds(), seq: 0 }
}

function sendMedia(call: Call, request: tl.messages.RawSendMediaRequest): tl.TypeUpdates {
  const peer = checkSending(call, request.peer)
  if (request.message.length > 1024) throw failure(400, 'MEDIA_CAPTION_TOO_LONG')
  const { randomId, replyTo, entities, message: text } = request
  const media = mediaOf(call.world, request.media)
  const { id } = post(call, { peer, text, randomId, replyTo, media, ...(entities && { entities }) })
  return sentForm(call, peer, [{ id, randomId }])
}

function sendMultiMedia(call: Call, request: tl.messages.RawSendMultiMediaRequest): tl.TypeUpdates {
  const peer = checkSending(call, request.peer)
  const [first] = request.multiMedia
  if (!first || request.multiMedia.length > 10) throw failure(400, 'MULTI_MEDIA_TOO_LONG')
  const known = request.multiMedia.some(({ randomId }) => call.account.randomIds.has(randomId.toString()))
  if (known) throw failure(500, 'RANDOM_ID_DUPLICATE')
  const sent = request.multiMedia.map(({ media, randomId, message: text, entities }) => {
    const out = {
      peer,
      text,
      randomId,
      replyTo: request.replyTo,
      media: mediaOf(call.world, media),
      groupedId: first.randomId,
    }
    return { id: post(call, { ...out, ...(entities && { entities }) }).id, randomId }
  })
  return sentForm(call, peer, sent)
}

function editMessage(call: Call, request: tl.messages.RawEditMessageRequest): tl.TypeUpdates {
  const peer = call.world.peer(call.account, request.peer)
  call.timeline.edit(call.account, peer, request.id, { message: request.message ?? '' })
  return { _: 'updates', updates: [], users: [], chats: [], date: seconds(), seq: 0 }
}

function react(call: Call, request: tl.messages.RawSendReactionRequest): tl.TypeUpdates {
  const [reaction] = request.reaction ?? []
  const emoji = reaction?._ === 'reactionEmoji' ? reaction.emoticon : null
  const peer = call.world.peer(call.account, request.peer)
  call.timeline.react(call.account, peer, { id: request.msgId, by: call.account.user.id, emoji })
  return { _: 'updates', updates: [], users: [], chats: [], date: seconds(), seq: 0 }
}

function search(call: Call, request: tl.messages.RawSearchRequest): tl.messages.TypeMessages {
  const peer = call.world.peer(call.account, request.peer)
  const from = request.fromId ? peerForm(call.world.peer(call.account, request.fromId)) : null
  const isBy = (message: StoredMessage) => {
    if (from?._ !== 'peerUser') return true
    return message.fromId?._ === 'peerUser' && message.fromId.userId === from.userId
  }
  const found = call.world
    .history(call.account, peer)
    .filter((message) => isBy(message) && (message._ === 'message' ? message.message : '').includes(request.q))
  return messagesForm(call, peer, page(found, request), found.length)
}

export const messageMethods: Methods = {
  'messages.getHistory': (call, request) => {
    const peer = call.world.peer(call.account, request.peer)
    const refused = call.world.refusedHistories.get(peer.id)
    if (refused !== undefined) throw failure(400, refused)
    const all = call.world.history(call.account, peer)
    return messagesForm(call, peer, page(all, request), all.length)
  },
  'messages.search': search,
  'messages.getMessages': (call, { id }) => byIds(call, null, id),
  'channels.getMessages': (call, { channel, id }) => byIds(call, call.world.peer(call.account, channel), id),
  'messages.sendMessage': sendMessage,
  'messages.sendMedia': sendMedia,
  'messages.sendMultiMedia': sendMultiMedia,
  'messages.editMessage': editMessage,
  'messages.sendReaction': react,
  'messages.deleteMessages': (call, { id }) => {
    const counts = call.timeline.delete(call.account, { kind: 'user', id: call.account.user.id }, id)
    return { _: 'messages.affectedMessages', pts: counts.pts, ptsCount: counts.ptsCount }
  },
  'channels.deleteMessages': (call, { channel, id }) => {
    const counts = call.timeline.delete(call.account, call.world.peer(call.account, channel), id)
    return { _: 'messages.affectedMessages', pts: counts.pts, ptsCount: counts.ptsCount }
  },
  'messages.readHistory': (call) => ({ _: 'messages.affectedMessages', pts: call.account.box.pts, ptsCount: 0 }),
  'channels.readHistory': () => true,
  'messages.setTyping': () => true,
}
