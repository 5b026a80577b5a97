import { Long, PeersIndex, tl, type BaseTelegramClient } from '@mtcute/node'
import { getMarkedPeerId, toggleChannelIdMark } from '@mtcute/node/utils.js'
import type { BoxName, Hole } from './holes.ts'
import { deathOf } from './updates-guard.ts'

/** Takes what was found, as if it had just been told. Messages of one chat come oldest first. */
export type Receive = (update: tl.TypeUpdate, peers: PeersIndex) => void

const pageSize = 100
/** The list of chats is searched a little further back than their messages. */
const marginSeconds = 60

/**
 * Reads from the histories what was missed in one box. Throws when not all of it could be read; then nothing is lost by
 * repeating it.
 */
export async function backfill(
  base: BaseTelegramClient,
  gap: { box: BoxName; hole: Hole },
  receive: Receive,
): Promise<void> {
  if (gap.box !== 'common') return fillChannel(base, Number(gap.box), gap.hole, receive)
  const refusals: unknown[] = []
  for await (const { dialog, top } of commonDialogs(base, gap.hole.since - marginSeconds)) {
    if (gap.hole.after !== null && dialog.topMessage <= gap.hole.after && !wasEdited(top, gap.hole)) continue
    const peer = await base.storage.peers.getById(getMarkedPeerId(dialog.peer))
    if (peer === null) continue
    try {
      await fillIfOpen(base, { peer, hole: gap.hole }, receive)
    } catch (error) {
      if (!isRefused(error)) throw error
      // The others are not to wait until this one is given up.
      refusals.push(error)
    }
  }
  if (refusals.length > 0) throw refusals[0]
}

async function fillChannel(base: BaseTelegramClient, channelId: number, hole: Hole, receive: Receive): Promise<void> {
  const marked = toggleChannelIdMark(channelId)
  const peer = await findChannel(base, marked)
  // Not even among the chats: we are not in it any more.
  if (peer === null) return
  const since = Math.max(hole.since, hole.after === null ? await joinedAt(base, marked) : 0)
  await fillIfOpen(base, { peer, hole: { ...hole, since } }, receive)
}

/** What was said before we came is none of ours; 0 where that time is not known. */
async function joinedAt(base: BaseTelegramClient, marked: number): Promise<number> {
  const channel = await base.storage.peers.getCompleteById(marked)
  return channel?._ === 'channel' ? channel.date : 0
}

/** A chat that is shut to us must not keep the others waiting. */
async function fillIfOpen(base: BaseTelegramClient, chat: Chat, receive: Receive): Promise<void> {
  try {
    await fillChat(base, chat, receive)
  } catch (error) {
    if (!isShut(error)) throw error
  }
}

/** A channel is read only by whoever knows its access hash; the list of chats tells it. */
async function findChannel(base: BaseTelegramClient, marked: number): Promise<tl.TypeInputPeer | null> {
  const known = await base.storage.peers.getById(marked)
  if (known !== null) return known
  const offset = { offsetDate: 0, offsetId: 0, offsetPeer: { _: 'inputPeerEmpty' } } as const
  await base.call({ _: 'messages.getDialogs', ...offset, limit: pageSize, hash: Long.ZERO })
  return base.storage.peers.getById(marked)
}

/** We are no longer let in: there is nothing to search any more. https://core.telegram.org/method/messages.getHistory */
const shut: ReadonlySet<string> = new Set([
  'CHANNEL_INVALID',
  'CHANNEL_PRIVATE',
  'CHANNEL_PUBLIC_GROUP_NA',
  'CHAT_FORBIDDEN',
  'CHAT_ID_INVALID',
  'CHAT_RESTRICTED',
  'INPUT_USER_DEACTIVATED',
  'PEER_ID_INVALID',
  'PEER_ID_NOT_SUPPORTED',
  'USER_BANNED_IN_CHANNEL',
  'USER_ID_INVALID',
  'USER_NOT_PARTICIPANT',
])
const isShut = (error: unknown) => isRefused(error) && shut.has(error.text)

/** Telegram will not do this; what it says of the login itself is not meant. */
export function isRefused(error: unknown): error is tl.RpcError {
  if (!tl.RpcError.is(error) || ![400, 403, 406].includes(error.code)) return false
  return deathOf({ errorCode: error.code, errorMessage: error.text }) === null
}

const wasEdited = (message: tl.TypeMessage | undefined, { since }: Hole) =>
  message?._ === 'message' && (message.editDate ?? 0) >= since

type Dialog = { dialog: tl.RawDialog; top: tl.TypeMessage | undefined }

/** Private chats and groups in which something happened since, as Telegram lists them. */
async function* commonDialogs(base: BaseTelegramClient, since: number): AsyncGenerator<Dialog> {
  let offset: { date: number; id: number; peer: tl.TypeInputPeer } = { date: 0, id: 0, peer: { _: 'inputPeerEmpty' } }
  for (;;) {
    const page = await base.call({
      _: 'messages.getDialogs',
      offsetDate: offset.date,
      offsetId: offset.id,
      offsetPeer: offset.peer,
      limit: pageSize,
      hash: Long.ZERO,
    })
    if (page._ === 'messages.dialogsNotModified') return
    const found = page.dialogs.flatMap((dialog) =>
      dialog._ === 'dialog' ? [{ dialog, top: topOf(page, dialog) }] : [],
    )
    for (const one of found) if (one.dialog.peer._ !== 'peerChannel') yield one
    const last = found.at(-1)
    const lastDate = last?.top && last.top._ !== 'messageEmpty' ? last.top.date : 0
    // Pinned chats come first whatever their age: only the last one of a page tells how far it reaches.
    if (page._ === 'messages.dialogs' || last === undefined || lastDate < since) return
    const peer = await base.storage.peers.getById(getMarkedPeerId(last.dialog.peer))
    if (peer === null || peer === offset.peer) return
    offset = { date: lastDate, id: last.dialog.topMessage, peer }
  }
}

function topOf(page: { messages: tl.TypeMessage[] }, { peer, topMessage }: tl.RawDialog): tl.TypeMessage | undefined {
  return page.messages.find(
    (message) =>
      message._ !== 'messageEmpty' &&
      message.id === topMessage &&
      getMarkedPeerId(message.peerId) === getMarkedPeerId(peer),
  )
}

type Chat = { peer: tl.TypeInputPeer; hole: Hole }

async function fillChat(base: BaseTelegramClient, { peer, hole }: Chat, receive: Receive): Promise<void> {
  await findEdits(base, { peer, hole }, receive)
  let after = hole.after ?? (await lastBefore(base, peer, hole.since))
  for (;;) {
    const page = await history(base, { peer, offsetId: after + 1, addOffset: -pageSize, minId: after })
    const found = page.messages.filter((message) => message._ !== 'messageEmpty' && message.id > after)
    for (const message of found.toSorted((a, b) => a.id - b.id)) receive(asUpdate(message), page.peers)
    const next = Math.max(after, ...found.map(({ id }) => id))
    if (next === after) return
    after = next
  }
}

/** Messages from before the hole that were changed in it; what they say now is known, when it was said is not. */
async function findEdits(base: BaseTelegramClient, { peer, hole }: Chat, receive: Receive): Promise<void> {
  if (hole.after === null) return
  const page = await history(base, { peer, offsetId: hole.after + 1, addOffset: 0, minId: 0 })
  for (const message of page.messages) {
    if (!wasEdited(message, hole)) continue
    const kind = peer._ === 'inputPeerChannel' ? 'updateEditChannelMessage' : 'updateEditMessage'
    receive({ _: kind, message, pts: 0, ptsCount: 0 }, page.peers)
  }
}

/** The newest message from before a time; 0 where there is none. */
async function lastBefore(base: BaseTelegramClient, peer: tl.TypeInputPeer, since: number): Promise<number> {
  const { messages } = await history(base, { peer, offsetId: 0, addOffset: 0, minId: 0, offsetDate: since, limit: 1 })
  const [message] = messages
  return message && message._ !== 'messageEmpty' && message.date < since ? message.id : 0
}

type Window = {
  peer: tl.TypeInputPeer
  offsetId: number
  addOffset: number
  minId: number
  offsetDate?: number
  limit?: number
}

async function history(base: BaseTelegramClient, { offsetDate = 0, limit = pageSize, ...window }: Window) {
  const page = await base.call({ _: 'messages.getHistory', ...window, offsetDate, limit, maxId: 0, hash: Long.ZERO })
  if (page._ === 'messages.messagesNotModified') return { messages: [], peers: new PeersIndex() }
  return { messages: page.messages, peers: PeersIndex.from(page) }
}

function asUpdate(message: tl.TypeMessage): tl.TypeUpdate {
  const isInChannel = message._ !== 'messageEmpty' && message.peerId._ === 'peerChannel'
  return { _: isInChannel ? 'updateNewChannelMessage' : 'updateNewMessage', message, pts: 0, ptsCount: 0 }
}
