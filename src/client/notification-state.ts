import type { NotificationSettings } from '../protocol/notification-settings.ts'
import type {
  Notification,
  NotificationList,
  NotificationsReadFrame,
  UnreadNotifications,
} from '../protocol/notifications.ts'
import type { ConnectionState } from './inbox-state.ts'

/** Everything a page shows of a user's notifications. Immutable, as `InboxState`. */
export type NotificationsState = {
  connection: ConnectionState
  /** Newest first: those loaded so far, and what came since. */
  items: readonly Notification[]
  /** Null when the beginning is reached. */
  cursor: string | null
  isLoading: boolean
  error: string | null
  /** Exact unless `more`: then there are at least as many. */
  unread: { count: number; more: boolean }
  /** Null before they were loaded. */
  settings: NotificationSettings | null
}

export const initialNotifications: NotificationsState = {
  connection: { kind: 'stopped', code: null },
  items: [],
  cursor: null,
  isLoading: false,
  error: null,
  unread: { count: 0, more: false },
  settings: null,
}

type Rows = Pick<NotificationsState, 'items' | 'unread'>

/** The first page of a list in place of what is there; what is newer than it stays. */
export function withFirstPage(
  { items }: Rows,
  page: NotificationList,
): Pick<NotificationsState, 'items' | 'unread' | 'cursor'> {
  const newer = items.filter(({ seq, id }) => seq > page.as_of && id.startsWith(`${page.epoch}.`))
  const answer = { ...page.unread, as_of: page.as_of, epoch: page.epoch }
  return { items: [...newer, ...page.items], unread: unreadAfter(newer, answer), cursor: page.next_cursor }
}

/** The next page of the past at the end. */
export function withPage({ items }: Rows, page: NotificationList): Pick<NotificationsState, 'items' | 'cursor'> {
  const known = new Set(items.map(({ id }) => id))
  return { items: [...items, ...page.items.filter(({ id }) => !known.has(id))], cursor: page.next_cursor }
}

/** A live notification at its place. `isCounted`: the number of unread ones has it already. */
export function withNotification(rows: Rows, notification: Notification, isCounted: boolean): Rows {
  if (rows.items.some(({ id }) => id === notification.id)) return rows
  const later = rows.items.findIndex(({ seq }) => seq < notification.seq)
  const items = later === -1 ? [...rows.items, notification] : rows.items.toSpliced(later, 0, notification)
  return { items, unread: isCounted || notification.read ? rows.unread : plus(rows.unread, 1) }
}

/** After something was read, here or in another window. */
export function withRead(rows: Rows, isRead: (notification: Notification) => boolean): Rows {
  const touched = rows.items.filter((notification) => !notification.read && isRead(notification)).length
  if (touched === 0) return rows
  const items = rows.items.map((one) => (!one.read && isRead(one) ? { ...one, read: true } : one))
  return { items, unread: plus(rows.unread, -touched) }
}

export function isNamedBy({ up_to: upTo, ids }: Pick<NotificationsReadFrame, 'up_to' | 'ids'>) {
  return ({ id, seq }: Notification): boolean => (upTo !== null && seq <= upTo) || ids.includes(id)
}

/** What the server counted, and on top of it what came after that. */
export function unreadAfter(
  items: readonly Notification[],
  { count, more, as_of: asOf, epoch }: UnreadNotifications,
): NotificationsState['unread'] {
  const newer = items.filter(({ id, seq, read }) => !read && seq > asOf && id.startsWith(`${epoch}.`)).length
  return { count: count + newer, more }
}

const plus = ({ count, more }: Rows['unread'], change: number): Rows['unread'] => ({
  count: Math.max(0, count + change),
  more,
})
