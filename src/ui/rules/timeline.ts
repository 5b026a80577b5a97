import { newestArrival, rowKey } from '../../client/index.ts'
import type { Message, ThreadMessage } from '../types.ts'

/** One line of a day. `isRun`: goes on from the bubble above, by the same person, soon after. */
export type TimelineEntry =
  | { kind: 'unread'; key: string }
  | { kind: 'message'; key: string; message: ThreadMessage; isRun: boolean }

/** The messages of one day where the reader is. `at`: a time of that day. */
export type TimelineDay = { key: string; at: string; entries: TimelineEntry[] }

const runGapMs = 5 * 60_000

/** `messages` oldest first; `dayOf` gives a time's day where the reader is; the unread line stands before `unreadId`. */
export function toTimeline(
  messages: readonly ThreadMessage[],
  dayOf: (iso: string) => string,
  unreadId: string | null,
): TimelineDay[] {
  const days: TimelineDay[] = []
  let previous: ThreadMessage | undefined
  let currentDay = ''
  for (const message of messages) {
    const day = dayOf(message.created_at)
    let last = days.at(-1)
    if (last === undefined || day !== currentDay) {
      // Keyed by the message too: a late message can bring the same day twice.
      last = { key: `${day} ${rowKey(message)}`, at: message.created_at, entries: [] }
      days.push(last)
      previous = undefined
    }
    if (message.id === unreadId) {
      last.entries.push({ kind: 'unread', key: 'unread' })
      previous = undefined
    }
    const isRun = previous !== undefined && continues(previous, message)
    last.entries.push({ kind: 'message', key: rowKey(message), message, isRun })
    previous = message
    currentDay = day
  }
  return days
}

function continues(previous: Message, message: Message): boolean {
  return (
    isBubble(previous) &&
    isBubble(message) &&
    previous.direction === message.direction &&
    previous.sender?.external_id === message.sender?.external_id &&
    Math.abs(Date.parse(message.created_at) - Date.parse(previous.created_at)) < runGapMs
  )
}

/** System messages are notes in the middle, not something that somebody said. */
export function isBubble(message: Message): boolean {
  return message.type !== 'system' || message.deleted_at !== null
}

/** The first of the newest `unreadCount` inbound messages; null when nothing is unread or it is not loaded. */
export function firstUnreadId(messages: readonly Message[], unreadCount: number): string | null {
  if (unreadCount <= 0) return null
  let left = unreadCount
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index]
    if (message?.direction !== 'inbound') continue
    left -= 1
    if (left === 0) return message.id
  }
  return null
}

/** The message that arrived last at the server; what only this page has is no news. */
export function newestStoredId(messages: readonly ThreadMessage[]): string | null {
  return newestArrival(messages.filter(({ local }) => local === undefined))?.id ?? null
}

/** How many inbound messages stand after the one with `lastSeenId`; none if that one is not there. */
export function countNewer(messages: readonly Message[], lastSeenId: string): number {
  const index = messages.findLastIndex((message) => message.id === lastSeenId)
  return index < 0 ? 0 : messages.slice(index + 1).filter((message) => message.direction === 'inbound').length
}
