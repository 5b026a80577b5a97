import type { tl } from '@mtcute/core'
import type { KnownPeer } from './map-context.ts'
import { markedChannelId } from './map-ids.ts'

/** What a user, group or channel is called. `isMin`: seen from afar, so what was known before is the better name. */
export type SeenPeer = KnownPeer & { peerId: number; isMin: boolean }

/** Null for what tells nothing, such as an empty user. */
export function readPeer(peer: tl.TypeUser | tl.TypeChat): SeenPeer | null {
  switch (peer._) {
    case 'user':
      return readUser(peer)
    case 'chat':
    case 'chatForbidden':
      return { peerId: -peer.id, ...plainPeer(peer.title) }
    case 'channel':
      return {
        peerId: markedChannelId(peer.id),
        ...plainPeer(peer.title),
        username: peer.username ?? activeName(peer.usernames),
        isForum: peer.forum === true,
        isMin: peer.min === true,
      }
    case 'channelForbidden':
      return { peerId: markedChannelId(peer.id), ...plainPeer(peer.title) }
    default:
      return null
  }
}

function readUser(user: tl.RawUser): SeenPeer {
  const username = user.username ?? activeName(user.usernames)
  const name = [user.firstName, user.lastName].filter(Boolean).join(' ').trim()
  const standIn = user.deleted === true ? 'Deleted account' : (username ?? (user.phone ? `+${user.phone}` : ''))
  return {
    peerId: user.id,
    name: cleanName(name || standIn),
    username,
    isForum: false,
    isBot: user.bot === true,
    isMin: user.min === true,
  }
}

function plainPeer(title: unknown): Omit<SeenPeer, 'peerId'> {
  return { name: cleanName(title), username: null, isForum: false, isBot: false, isMin: false }
}

function activeName(usernames: readonly tl.TypeUsername[] | undefined): string | null {
  return usernames?.find(({ active }) => active === true)?.username ?? null
}

const cleanName = (name: unknown): string =>
  typeof name === 'string' ? name.toWellFormed().replaceAll('\0', '').trim().slice(0, 500) : ''
