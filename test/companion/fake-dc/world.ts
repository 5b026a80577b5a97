import { createHash } from 'node:crypto'
import type { Long, tl } from '@mtcute/node'
import { readLong } from './cipher.ts'
import { RpcFailure } from './mtproto-server.ts'

export type FakeUser = {
  id: number
  firstName: string
  lastName?: string
  username?: string
  phone?: string
  isBot?: boolean
}
export type StoredMessage = tl.RawMessage | tl.RawMessageService

/** What happened to a box of messages, in the order of `pts`. A new message is told as it is by now. */
export type BoxEvent = { pts: number; ptsCount: number; at: number } & (
  | { newMessage: number }
  | { update: (account: FakeAccount) => tl.TypeUpdate }
)
/** Messages under one count: an account's own (private chats and groups), or a channel's. */
export type Box = { pts: number; events: BoxEvent[]; messages: Map<number, StoredMessage>; lastId: number }

export type FakeAccount = {
  user: FakeUser
  code: string
  password: string | null
  box: Box
  /** Random ids that were taken, and the messages they became. */
  randomIds: Map<string, number>
  /** Users this account has been told about: a short form of news is enough for them. */
  known: Set<number>
  floodUntil: number
  /** A difference of more events than this is `tooLong`. */
  tooLongAfter: number
  banned: boolean
}
export type FakeGroup = { kind: 'group'; id: number; title: string; members: Set<number>; migratedTo: number | null }
export type FakeChannel = {
  kind: 'channel'
  id: number
  title: string
  isBroadcast: boolean
  members: Set<number>
  topics: Map<number, string>
  /** When the accounts joined it, in epoch seconds; long ago unless told. */
  joinedAt?: number
  box: Box
  /** A difference of more events than this is `tooLong`. */
  tooLongAfter: number
}
export type FakeFile = { bytes: Buffer; reference: Buffer }

/** What a customer was sent, in the order the server took it. `peer` is a marked id. */
export type SentMessage = {
  account: number
  peer: number
  id: number
  text: string
  randomId: string
  replyTo: number | null
  topic: number | null
  media: string | null
  groupedId: string | null
  at: number
}

export type Peer = { kind: 'user' | 'group' | 'channel'; id: number }

/** All that the data centre knows. */
export class World {
  readonly users = new Map<number, FakeUser>()
  readonly accounts = new Map<number, FakeAccount>()
  readonly groups = new Map<number, FakeGroup>()
  readonly channels = new Map<number, FakeChannel>()
  readonly files = new Map<string, FakeFile>()
  readonly sent: SentMessage[] = []
  /** Files on their way up, part by part. */
  readonly uploads = new Map<string, Map<number, Uint8Array>>()
  /** Whether a difference says which channels have news; the real server does not always. */
  tellsChannelNews = true
  sliceSize = 100
  /** Users whose history is refused, and by which error. */
  readonly refusedHistories = new Map<number, string>()
  nextId = 1_000

  user(id: number): FakeUser {
    const user = this.users.get(id)
    if (!user) throw new RpcFailure(400, 'USER_ID_INVALID')
    return user
  }

  channel(id: number): FakeChannel {
    const channel = this.channels.get(id)
    if (!channel) throw new RpcFailure(400, 'CHANNEL_INVALID')
    return channel
  }

  group(id: number): FakeGroup {
    const group = this.groups.get(id)
    if (!group) throw new RpcFailure(400, 'CHAT_ID_INVALID')
    return group
  }

  /** The box where an account finds what is said in `peer`. */
  boxOf(account: FakeAccount, peer: Peer): Box {
    return peer.kind === 'channel' ? this.channel(peer.id).box : account.box
  }

  /** The peer a client names; wrong hashes are refused as the real server does. */
  peer(account: FakeAccount, input: tl.TypeInputPeer | tl.TypeInputChannel | tl.TypeInputUser): Peer {
    switch (input._) {
      case 'inputPeerSelf':
      case 'inputUserSelf':
        return { kind: 'user', id: account.user.id }
      case 'inputPeerUser':
      case 'inputUser':
        if (input.userId !== account.user.id)
          this.#checkHash(account, input.userId, input.accessHash, 'PEER_ID_INVALID')
        return { kind: 'user', id: this.user(input.userId).id }
      case 'inputPeerUserFromMessage':
      case 'inputUserFromMessage':
        return { kind: 'user', id: this.user(input.userId).id }
      case 'inputPeerChat':
        return { kind: 'group', id: this.group(input.chatId).id }
      case 'inputPeerChannel':
      case 'inputChannel': {
        const channel = this.channel(input.channelId)
        if (!channel.members.has(account.user.id)) throw new RpcFailure(406, 'CHANNEL_PRIVATE')
        this.#checkHash(account, input.channelId, input.accessHash, 'CHANNEL_INVALID')
        return { kind: 'channel', id: channel.id }
      }
      default:
        throw new RpcFailure(400, 'PEER_ID_INVALID')
    }
  }

  #checkHash(account: FakeAccount, id: number, given: Long, name: string): void {
    if (!given.eq(accessHash(account, id))) throw new RpcFailure(400, name)
  }

  /** The box's messages of one peer, newest first. */
  history(account: FakeAccount, peer: Peer): StoredMessage[] {
    const found = [...this.boxOf(account, peer).messages.values()].filter(
      ({ peerId }) => peer.kind === 'channel' || isSamePeer(peer, peerId),
    )
    return found.map((message) => this.seenBy(account, message)).toReversed()
  }

  /** A channel's message is one for all; only who reads it differs. */
  seenBy(account: FakeAccount, message: StoredMessage): StoredMessage {
    if (message.peerId._ !== 'peerChannel') return message
    const isOut = message.fromId?._ === 'peerUser' && message.fromId.userId === account.user.id
    return isOut ? { ...message, out: true } : message
  }

  userForm(account: FakeAccount, id: number): tl.RawUser {
    const { firstName, lastName, username, phone, isBot } = this.user(id)
    return {
      _: 'user',
      id,
      accessHash: accessHash(account, id),
      firstName,
      ...(lastName !== undefined && { lastName }),
      ...(username !== undefined && { username }),
      ...(phone !== undefined && { phone }),
      ...(isBot === true && { bot: true, botInfoVersion: 1 }),
      ...(id === account.user.id && { self: true }),
    }
  }

  chatForm(account: FakeAccount, chat: FakeGroup | FakeChannel): tl.RawChat | tl.RawChannel {
    const { id, title, members } = chat
    const photo = { _: 'chatPhotoEmpty' } as const
    if (chat.kind === 'group') {
      const migratedTo =
        chat.migratedTo === null
          ? {}
          : {
              deactivated: true,
              migratedTo: {
                _: 'inputChannel',
                channelId: chat.migratedTo,
                accessHash: accessHash(account, chat.migratedTo),
              } as const,
            }
      return { _: 'chat', id, title, photo, participantsCount: members.size, date: epoch, version: 1, ...migratedTo }
    }
    return {
      _: 'channel',
      id,
      title,
      photo,
      accessHash: accessHash(account, id),
      date: chat.joinedAt ?? epoch,
      participantsCount: members.size,
      ...(chat.isBroadcast ? { broadcast: true } : { megagroup: true }),
      ...(chat.topics.size > 0 && { forum: true }),
      ...(!members.has(account.user.id) && { left: true }),
    }
  }

  /** Everybody whom these messages name, in full. */
  peersOf(account: FakeAccount, messages: readonly StoredMessage[]) {
    const users = new Set<number>([account.user.id])
    const chats = new Map<number, FakeGroup | FakeChannel>()
    const add = (peer: tl.TypePeer | undefined) => {
      if (peer?._ === 'peerUser' && this.users.has(peer.userId)) users.add(peer.userId)
      if (peer?._ === 'peerChat') chats.set(peer.chatId, this.group(peer.chatId))
      if (peer?._ === 'peerChannel' && this.channels.has(peer.channelId)) {
        chats.set(peer.channelId, this.channel(peer.channelId))
      }
    }
    for (const message of messages) {
      add(message.peerId)
      add(message.fromId)
      if (message._ === 'message') add(message.fwdFrom?.fromId)
      else if ('users' in message.action) message.action.users.forEach((userId) => add({ _: 'peerUser', userId }))
    }
    for (const id of users) account.known.add(id)
    return {
      users: [...users].map((id) => this.userForm(account, id)),
      chats: [...chats.values()].map((chat) => this.chatForm(account, chat)),
    }
  }
}

const epoch = 1_700_000_000
export const seconds = () => Math.floor(Date.now() / 1000)
export const emptyBox = (): Box => ({ pts: 1, events: [], messages: new Map(), lastId: 0 })

/** Differs for each account, as the real ones do. */
export function accessHash(account: FakeAccount, id: number): Long {
  return readLong(createHash('sha1').update(`${account.user.id}/${id}`).digest(), 0)
}

export function peerForm({ kind, id }: Peer): tl.TypePeer {
  if (kind === 'user') return { _: 'peerUser', userId: id }
  return kind === 'group' ? { _: 'peerChat', chatId: id } : { _: 'peerChannel', channelId: id }
}

export function isSamePeer({ kind, id }: Peer, form: tl.TypePeer): boolean {
  if (form._ === 'peerUser') return kind === 'user' && form.userId === id
  return form._ === 'peerChat' ? kind === 'group' && form.chatId === id : kind === 'channel' && form.channelId === id
}

/** Users 123, groups -123, channels and supergroups -100…123. */
export function markedId({ kind, id }: Peer): number {
  if (kind === 'user') return id
  return kind === 'group' ? -id : -1_000_000_000_000 - id
}

export function parseMarked(marked: number): Peer {
  if (marked > 0) return { kind: 'user', id: marked }
  const isChannel = marked < -1_000_000_000_000
  return isChannel ? { kind: 'channel', id: -1_000_000_000_000 - marked } : { kind: 'group', id: -marked }
}
