import type { TextKey } from '../i18n/en.ts'
import type { ThreadMessage } from '../types.ts'

export type TickMark = 'clock' | 'question' | 'one' | 'two' | 'cross'

/** The sign of a delivery status: which drawing, whether it is coloured, and what it says. */
export type Tick = { mark: TickMark; isSeen: boolean; label: TextKey }

const ticks: Readonly<Record<ThreadMessage['status'], Tick>> = {
  queued: { mark: 'clock', isSeen: false, label: 'status.queued' },
  unknown: { mark: 'question', isSeen: false, label: 'status.unknown' },
  sent: { mark: 'one', isSeen: false, label: 'status.sent' },
  delivered: { mark: 'two', isSeen: false, label: 'status.delivered' },
  read: { mark: 'two', isSeen: true, label: 'status.read' },
  played: { mark: 'two', isSeen: true, label: 'status.played' },
  failed: { mark: 'cross', isSeen: false, label: 'status.failed' },
}

/** Only what the organisation sent has one. */
export function tickOf(message: Pick<ThreadMessage, 'direction' | 'status' | 'local'>): Tick | null {
  if (message.direction !== 'outbound') return null
  const tick = ticks[message.status]
  return message.local?.state === 'sending' ? { ...tick, label: 'status.sending' } : tick
}
