/** What is known of a user, group or channel. `isForum`: its messages lie in topics. */
export type KnownPeer = { name: string; username: string | null; isForum: boolean; isBot: boolean }

/** The newest reaction of one person, as it was told last; `emoji` null once it was taken back. */
export type KnownReaction = { emoji: string | null; at: number }

/** What was told of a message before. */
export type KnownMessage = {
  peerId: number
  /** Of everything its author said, and of the files behind it. */
  digest: string
  files: string
  /** Epoch ms of the newest edit that was told; 0 for none. */
  editedAt: number
  reactions: Readonly<Record<string, KnownReaction>>
}

/** A poll as it was told last. */
export type KnownPoll = { externalId: string; peerId: number; details: Readonly<Record<string, unknown>> }

/**
 * All that the mapping of updates knows besides the update. Looking up is its only effect, so that what comes of an
 * update follows from what it is given; what it makes is remembered afterwards, by `Memory.keep`.
 */
export type MapContext = {
  /** The account's own Telegram user id. */
  accountId: number
  /** Epoch ms; stands in where Telegram tells no time. */
  now: () => number
  peer(peerId: number): KnownPeer | undefined
  topic(peerId: number, topicId: number): string | undefined
  message(externalId: string): KnownMessage | undefined
  poll(pollId: string): KnownPoll | undefined
  /** Epoch seconds of the newest message that is known up to this id, numbered where this peer's messages are. */
  sentAt(peerId: number, upToMessageId: number): number | undefined
  /** Our id of the message that we sent ourselves under this id. */
  referenceOf(externalId: string): string | undefined
  /** Names in the log what makes no row: `reason` like `update.unreadable`, ids and types only. */
  note(reason: string, ids: Readonly<Record<string, string | number>>): void
}

export type Details = Record<string, unknown>

/** The same without the fields that have nothing to say. */
export function compact(record: Details): Details {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  )
}
