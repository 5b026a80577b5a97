import { Long, tl } from '@mtcute/core'
import { markedId } from './map-ids.ts'

/** A message as Telegram took it: its number, and when (epoch seconds). */
export type TakenMessage = { id: number; date: number }

/** The messages that came of our random ids, in their order; empty where the answer does not say. */
export function takenMessages(result: tl.TypeUpdates, randomIds: readonly tl.Long[]): TakenMessage[] {
  if (result._ === 'updateShortSentMessage') return [{ id: result.id, date: result.date }]
  if (result._ !== 'updates' && result._ !== 'updatesCombined') return []
  const { updates } = result
  return randomIds.flatMap((randomId) => {
    const named = updates.find((one) => one._ === 'updateMessageID' && one.randomId.equals(randomId))
    if (named?._ !== 'updateMessageID') return []
    return [{ id: named.id, date: dateOf(updates, named.id) ?? result.date }]
  })
}

function dateOf(updates: readonly tl.TypeUpdate[], id: number): number | null {
  for (const update of updates) {
    if (update._ !== 'updateNewMessage' && update._ !== 'updateNewChannelMessage') continue
    if (update.message._ !== 'messageEmpty' && update.message.id === id) return update.message.date
  }
  return null
}

/**
 * What the update engine has to know of an answer: that the account's state has moved on. The short form has no message
 * in it, and the engine takes only the state from it.
 */
export function stateOf(result: tl.TypeUpdates): tl.TypeUpdates {
  if (result._ !== 'updateShortSentMessage') return result
  const { pts, ptsCount } = result
  const moved = { _: 'mtcute.dummyUpdate', pts, ptsCount, channelId: 0 } as const
  return { _: 'updates', seq: 0, date: 0, chats: [], users: [], updates: [moved] }
}

/** `RANDOM_ID_DUPLICATE`: an earlier attempt got through. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof tl.RpcError && error.text === 'RANDOM_ID_DUPLICATE'
}

type Wanted = {
  peerId: number
  /** Of the first part; the server trims what it takes. */
  text: string
  parts: number
  /** Epoch seconds; nothing older can be it. */
  since: number
  isTaken(messageId: number): boolean
}

/** How much earlier than our clock Telegram's may be. */
const clockSkewSeconds = 120

/**
 * The message that an earlier attempt made, among the newest of its chat: ours, in the same words, with as many files,
 * not older than the command, and not known to be another command's. The oldest of several.
 */
export function findTaken(history: readonly tl.TypeMessage[], wanted: Wanted): TakenMessage[] {
  const own = history
    .filter((message) => message._ === 'message')
    .filter((message) => message.out === true && markedId(message.peerId) === wanted.peerId)
    .filter(({ id, date }) => date >= wanted.since - clockSkewSeconds && !wanted.isTaken(id))
    .sort((one, other) => one.id - other.id)
  for (const first of own) {
    const parts =
      first.groupedId === undefined ? [first] : own.filter(({ groupedId }) => isSame(groupedId, first.groupedId))
    const files = parts.filter(({ media }) => media?._ === 'messageMediaPhoto' || media?._ === 'messageMediaDocument')
    const isIt = parts[0] === first && files.length === wanted.parts && first.message.trim() === wanted.text.trim()
    if (isIt) return parts.map(({ id, date }) => ({ id, date }))
  }
  return []
}

const isSame = (one: tl.Long | undefined, other: tl.Long | undefined): boolean =>
  one !== undefined && other !== undefined && one.equals(other)

/** Random ids are 64-bit numbers; ours take 63 of the bits. */
export const longOf = (value: bigint): tl.Long => Long.fromString(value.toString())
