import { Long, type tl } from '@mtcute/core'
import { BroadcastItem } from '../../../../src/protocol/api.ts'
import type { SpoolRow } from '../../../../companion/account.ts'
import { openMemory } from '../../../../companion/telegram/map-memory.ts'
import { toSpoolRows } from '../../../../companion/telegram/map-updates.ts'

/** The account that listens, a customer, and places where people talk. */
export const me = 900
export const olena = 101
export const ihor = 102
export const groupId = 55
export const channelId = 77
export const olenaPeer = { _: 'peerUser', userId: olena } as const
export const ihorPeer = { _: 'peerUser', userId: ihor } as const
export const myPeer = { _: 'peerUser', userId: me } as const
export const group = { _: 'peerChat', chatId: groupId } as const
export const supergroup = { _: 'peerChannel', channelId } as const
export const supergroupId = '-1000000000077'

export const at = 1_790_000_000
export const now = (at + 60) * 1000
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()

export function user(id: number, firstName: string, rest: Partial<tl.RawUser> = {}): tl.RawUser {
  return { _: 'user', id, firstName, accessHash: Long.fromNumber(id), ...rest }
}

export const photo: tl.TypeChatPhoto = { _: 'chatPhotoEmpty' }
export const chats = new Map<number, tl.TypeChat>([
  [groupId, { _: 'chat', id: groupId, title: 'Notaries', photo, participantsCount: 3, date: at, version: 1 }],
  [channelId, { _: 'channel', id: channelId, title: 'Office', photo, date: at, megagroup: true }],
])
export const forum: tl.RawChannel = { _: 'channel', id: channelId, title: 'Office', photo, date: at, forum: true }
export const users = new Map<number, tl.TypeUser>([
  [olena, user(olena, 'Olena', { lastName: 'Koval', username: 'olena_k' })],
  [ihor, user(ihor, 'Ihor')],
  [me, user(me, 'Sales', { self: true })],
  [500, user(500, 'Weather', { bot: true, username: 'weather_bot' })],
])

export function message(fields: Partial<tl.RawMessage> = {}): tl.RawMessage {
  return { _: 'message', id: 1, peerId: olenaPeer, date: at, message: 'Good day', ...fields }
}
export function service(
  action: tl.TypeMessageAction,
  fields: Partial<tl.RawMessageService> = {},
): tl.RawMessageService {
  return { _: 'messageService', id: 1, peerId: group, fromId: olenaPeer, date: at, action, ...fields }
}
export const newMessage = (given: tl.TypeMessage): tl.TypeUpdate =>
  given._ !== 'messageEmpty' && given.peerId?._ === 'peerChannel'
    ? { _: 'updateNewChannelMessage', message: given, pts: 1, ptsCount: 1 }
    : { _: 'updateNewMessage', message: given, pts: 1, ptsCount: 1 }
export const editOf = (given: tl.TypeMessage): tl.TypeUpdate => ({
  _: given._ !== 'messageEmpty' && given.peerId?._ === 'peerChannel' ? 'updateEditChannelMessage' : 'updateEditMessage',
  message: given,
  pts: 1,
  ptsCount: 1,
})

type Row = Extract<SpoolRow, { kind: 'item' }>

/**
 * An account as it listens: updates in, rows out. A row that the Worker would not take throws; of a second row of a key
 * the spool keeps the first.
 */
export function listener(clock = { now }) {
  const memory = openMemory(':memory:')
  const notes: string[] = []
  const kept = new Set<string>()
  const context = memory.context({ accountId: me, now: () => clock.now, note: (reason) => notes.push(reason) })
  /** Puts rows where they were not before; they go through JSON on their way to the disk. */
  function add(rows: readonly SpoolRow[]): Row[] {
    const stored = JSON.parse(JSON.stringify(rows)) as Row[]
    for (const { item } of stored) BroadcastItem.parse(item)
    const fresh = stored.filter(({ key }) => !kept.has(key))
    for (const { key } of fresh) kept.add(key)
    return fresh
  }
  return {
    memory,
    notes,
    /** What is new in the spool after these updates. */
    hear: (...updates: tl.TypeUpdate[]): Row[] =>
      updates.flatMap((update) => {
        memory.learnPeers({ users, chats })
        const rows = toSpoolRows(update, context)
        const fresh = add(rows)
        memory.keep(rows)
        return fresh
      }),
  }
}

type Told = { kind?: string; conversation?: Record<string, unknown>; message?: Record<string, unknown> }

/** The one item that comes of an update. */
export function only(rows: readonly Row[]): Told & Record<string, unknown> {
  if (rows.length !== 1)
    throw new Error(`expected one row, not ${rows.length}: ${rows.map(({ key }) => key).join(' ')}`)
  return rows[0]?.item as never
}

/** The message that comes of one said to a fresh listener. */
export function said(given: tl.TypeMessage): Record<string, unknown> {
  return only(listener().hear(newMessage(given))).message ?? {}
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export function rawPhoto(fields: Partial<tl.RawPhoto> = {}): tl.RawPhoto {
  return {
    _: 'photo',
    id: Long.fromString('5301234567890123456'),
    accessHash: Long.fromString('-77'),
    fileReference: bytes('ref'),
    date: at,
    dcId: 2,
    sizes: [
      { _: 'photoStrippedSize', type: 'i', bytes: bytes('x') },
      { _: 'photoSizeProgressive', type: 'y', w: 1280, h: 960, sizes: [100, 5000, 90_000] },
      { _: 'photoSize', type: 'm', w: 320, h: 240, size: 20_000 },
    ],
    ...fields,
  }
}

export function rawDocument(fields: Partial<tl.RawDocument> = {}): tl.RawDocument {
  return {
    _: 'document',
    id: Long.fromString('6301234567890123456'),
    accessHash: Long.fromString('88'),
    fileReference: bytes('ref'),
    date: at,
    mimeType: 'application/pdf',
    size: 1234,
    dcId: 4,
    attributes: [{ _: 'documentAttributeFilename', fileName: 'passport.pdf' }],
    ...fields,
  }
}
export const documentMedia = (fields: Partial<tl.RawDocument> = {}): tl.RawMessageMediaDocument => ({
  _: 'messageMediaDocument',
  document: rawDocument(fields),
})
