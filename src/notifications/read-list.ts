import type { NotificationSettings } from '../protocol/notification-settings.ts'
import type { Notification, NotificationMedium } from '../protocol/notifications.ts'
import type { Head } from '../store/journal.ts'
import { type Candidate, type CandidateRange, readCandidates } from '../store/notifications.ts'
import { notificationOf } from './notification-of.ts'
import { placesOf } from './places.ts'
import { isRead } from './read-state.ts'

/** Lines looked at in one go, and how often for one answer: who hides nearly all of them gets a shorter page. */
const atOnce = 200
const maxRounds = 5
/** Who follows everybody's conversations walks through the journal itself, so many numbers in one go. */
const walkLength = 5_000
/** The bell counts no further. */
export const maxUnread = 100

/** Whose list it is, and as of when. */
export type Reader = {
  tenantId: string
  userId: string
  settings: NotificationSettings
  readSeq: number
  head: Head
  /** What the rules have to name for a line to be listed; the page unless told. */
  medium?: NotificationMedium
}

/** `before`: the number where the page before ended. `after`: nothing up to there. */
export type ListPage = { before: number | null; after?: number; limit: number; isUnread: boolean }

/** `next`: where to go on; null at the end. A page may be shorter than asked, and still not be the last. */
export type ListedPage = { items: Notification[]; next: number | null }

/** A user's notifications, newest first. */
export async function readList(d1: D1Database, reader: Reader, page: ListPage): Promise<ListedPage> {
  const items: Notification[] = []
  // What is unread stands above the mark.
  const from = Math.max(page.after ?? 0, page.isUnread ? reader.readSeq : 0) + 1
  let before: number | null = Math.min(page.before ?? Number.MAX_SAFE_INTEGER, reader.head.seq + 1)
  for (let round = 0; round < maxRounds && before !== null; round++) {
    const found: Found = await look(d1, reader, { from, before, limit: atOnce })
    for (const line of found.lines) {
      const notification = notificationAt(line, reader)
      if (notification === null || (page.isUnread && notification.read)) continue
      if (items.length === page.limit) return { items, next: items.at(-1)?.seq ?? 0 }
      items.push(notification)
    }
    before = found.next
  }
  return { items, next: before }
}

/** How many are unread; with `more`, there are at least as many. */
export async function countUnread(d1: D1Database, reader: Reader): Promise<{ count: number; more: boolean }> {
  const { items, next } = await readList(d1, reader, { before: null, limit: maxUnread, isUnread: true })
  return { count: items.length, more: next !== null }
}

type Found = { lines: Candidate[]; next: number | null }

async function look(d1: D1Database, reader: Reader, { from, before, limit }: CandidateRange): Promise<Found> {
  const { tenantId, userId, settings, head, medium } = reader
  const places = placesOf(settings, userId, medium)
  const lowest = places.wide.length > 0 ? Math.max(from, before - walkLength) : from
  const range = { from: lowest, before, limit }
  const lines = await readCandidates(d1, { tenantId, userId, epoch: head.epoch, ...places, ...range })
  if (lines.length === limit) return { lines, next: lines.at(-1)?.seq ?? null }
  return { lines, next: lowest > from ? lowest : null }
}

function notificationAt(line: Candidate, { userId, settings, readSeq, head, medium }: Reader): Notification | null {
  const notification = notificationOf(line, { userId, settings }, head.epoch, medium)
  if (notification === null) return null
  const singles = new Set(line.isSingleRead === 1 ? [line.seq] : [])
  const state = { epoch: head.epoch, readSeq, singles }
  const read = isRead(notification, state, { epoch: head.epoch, conversationReadSeq: line.conversationReadSeq })
  return { ...notification, read }
}
