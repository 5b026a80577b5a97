import type { Notification } from '../protocol/notifications.ts'

/**
 * What a user has read: everything up to `readSeq`, and `singles` above it. Both count only in their epoch: after the
 * database was restored, its numbers stand for other events.
 */
export type ReadState = { epoch: string; readSeq: number; singles: ReadonlySet<number> }

export const nothingRead = (epoch: string): ReadState => ({ epoch, readSeq: 0, singles: new Set() })

/** An epoch has no dot, so the last one is ours. */
export function notificationId(epoch: string, seq: number): string {
  return `${epoch}.${seq}`
}

/** The event that an id names; null for what is none of ours. */
export function parseNotificationId(id: string): { epoch: string; seq: number } | null {
  const found = /^([A-Za-z0-9_-]{1,64})\.([1-9]\d{0,15})$/.exec(id)
  if (found === null) return null
  const [, epoch = '', digits = ''] = found
  const seq = Number(digits)
  return Number.isSafeInteger(seq) ? { epoch, seq } : null
}

type Readable = Pick<Notification, 'kind' | 'seq'>

/**
 * `conversationReadSeq`: the read mark of its conversation, which the staff shares: a message that a colleague has read
 * needs nobody else's attention.
 */
export function isRead(
  { kind, seq }: Readable,
  state: ReadState,
  now: { epoch: string; conversationReadSeq: number },
): boolean {
  const isMessage = kind === 'new_message' || kind === 'new_conversation'
  if (isMessage && seq <= now.conversationReadSeq) return true
  return state.epoch === now.epoch && (seq <= state.readSeq || state.singles.has(seq))
}

/** One more is read. */
export function withRead(state: ReadState, seq: number, epoch: string): ReadState {
  const current = state.epoch === epoch ? state : nothingRead(epoch)
  if (seq <= current.readSeq || current.singles.has(seq)) return current
  return { ...current, singles: new Set([...current.singles, seq]) }
}

/** All up to a number are read: the single ones below it are no longer needed. A mark never moves back. */
export function withAllRead(state: ReadState, upTo: number, epoch: string): ReadState {
  const current = state.epoch === epoch ? state : nothingRead(epoch)
  const readSeq = Math.max(current.readSeq, upTo)
  return { epoch, readSeq, singles: new Set([...current.singles].filter((seq) => seq > readSeq)) }
}
