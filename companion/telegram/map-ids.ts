import { getMarkedPeerId, type tl } from '@mtcute/core'

/** Channels and supergroups lie below this; basic groups between it and 0. */
const channelsBelow = -1_000_000_000_000

/** Where Telegram itself writes to an account: notices, and the codes that sign in to it. */
export const serviceNotifications = 777_000

/** Users 123, basic groups -123, channels and supergroups -100…123. Throws for what is no peer. */
export function markedId(peer: tl.TypePeer): number {
  const id = getMarkedPeerId(peer)
  if (!Number.isSafeInteger(id)) throw new TypeError('not the id of a peer')
  return id
}

export const markedChannelId = (channelId: number): number => getMarkedPeerId(channelId, 'channel')

export const isChannelPeer = (peerId: number): boolean => peerId < channelsBelow
export const isUserPeer = (peerId: number): boolean => peerId > 0

/**
 * Telegram numbers messages per account in private chats and basic groups, and per channel everywhere else: the channel
 * is part of the id there, and nowhere else, since deletions of the former name no chat. Throws for what is no number.
 */
export function externalIdOf(peerId: number, messageId: number): string {
  if (!Number.isSafeInteger(messageId) || messageId <= 0) throw new TypeError('not the id of a message')
  return isChannelPeer(peerId) ? `${peerId}:${messageId}` : String(messageId)
}

/** The way back; `channel` is null for private chats and basic groups. Null: no id of ours. */
export function readExternalId(externalId: string): { channel: number | null; messageId: number } | null {
  const parts = /^(?:(-100\d{1,15}):)?(\d{1,10})$/.exec(externalId)
  if (parts === null) return null
  return { channel: parts[1] === undefined ? null : Number(parts[1]), messageId: Number(parts[2]) }
}

/** Telegram's clock counts seconds. What is no time at all becomes `fallbackMs`. */
export function isoOfSeconds(seconds: unknown, fallbackMs: number): string {
  const isTime = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 && seconds < 8_640_000_000_000
  return new Date(isTime ? seconds * 1000 : fallbackMs).toISOString()
}
