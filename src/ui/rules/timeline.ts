import { newestArrival, rowKey } from '../../client/index.ts'
import type { Message, Note, ThreadMessage } from '../types.ts'

/** One line of a day. `isRun`: goes on from the bubble above, by the same person, soon after. */
export type TimelineEntry =
  | { kind: 'unread'; key: string }
  | { kind: 'note'; key: string; note: Note }
  | { kind: 'message'; key: string; message: ThreadMessage; isRun: boolean }

/** The messages of one day where the reader is. `at`: a time of that day. */
export type TimelineDay = { key: string; at: string; entries: TimelineEntry[] }

const runGapMs = 5 * 60_000

type Line = { kind: 'message'; at: string; message: ThreadMessage } | { kind: 'note'; at: string; note: Note }

/**
 * `messages` and `notes` oldest first; `dayOf` gives a time's day where the reader is; the unread line stands before
 * `unreadId`.
 */
export function toTimeline(
  messages: readonly ThreadMessage[],
  dayOf: (iso: string) => string,
  unreadId: string | null,
  notes: readonly Note[] = [],
): TimelineDay[] {
  const days: TimelineDay[] = []
  let previous: ThreadMessage | undefined
  let currentDay = ''
  for (const line of mergeLines(messages, notes)) {
    const day = dayOf(line.at)
    const key = line.kind === 'note' ? line.note.id : rowKey(line.message)
    let last = days.at(-1)
    if (last === undefined || day !== currentDay) {
      // Keyed by the line too: a late message can bring the same day twice.
      last = { key: `${day} ${key}`, at: line.at, entries: [] }
      days.push(last)
      previous = undefined
    }
    currentDay = day
    if (line.kind === 'note') {
      last.entries.push({ kind: 'note', key, note: line.note })
      previous = undefined
      continue
    }
    const { message } = line
    if (message.id === unreadId) {
      last.entries.push({ kind: 'unread', key: 'unread' })
      previous = undefined
    }
    const isRun = previous !== undefined && continues(previous, message)
    last.entries.push({ kind: 'message', key, message, isRun })
    previous = message
  }
  return days
}

/** Messages keep their order among themselves, whatever their times; a note stands before the first that is later. */
function mergeLines(messages: readonly ThreadMessage[], notes: readonly Note[]): Line[] {
  const lines: Line[] = []
  let next = 0
  const takeNotes = (until: number): void => {
    for (let note = notes[next]; note !== undefined && Date.parse(note.created_at) <= until; note = notes[next]) {
      lines.push({ kind: 'note', at: note.created_at, note })
      next += 1
    }
  }
  for (const message of messages) {
    takeNotes(Date.parse(message.created_at) - 1)
    lines.push({ kind: 'message', at: message.created_at, message })
  }
  takeNotes(Number.POSITIVE_INFINITY)
  return lines
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

/** Notes from the oldest message on that is on show; those before it belong to messages that are not loaded. */
export function notesInView(notes: readonly Note[], messages: readonly Message[], isWhole: boolean): readonly Note[] {
  const [oldest] = messages
  if (isWhole || oldest === undefined) return isWhole ? notes : []
  const from = Date.parse(oldest.created_at)
  return notes.filter((note) => Date.parse(note.created_at) >= from)
}
