import { useState } from 'react'
import type { JournalEvent } from '../protocol/frames.ts'
import { type UserSocketOptions, type UserSocketState, useUserSocket } from './use-user-socket.ts'

export type NotificationEvent = Extract<JournalEvent, { type: 'notification' }>

export type NotificationWebSocketOptions = UserSocketOptions & {
  onNotification?: (notification: NotificationEvent['notification']) => void
}

export type NotificationWebSocket = UserSocketState & { lastNotification: NotificationEvent['notification'] | null }

/** System events for one user, live. Begins and behaves as `useMessagesWebSocket` does. */
export function useNotificationWebSocket(options: NotificationWebSocketOptions): NotificationWebSocket {
  const [lastNotification, setLast] = useState<NotificationEvent['notification'] | null>(null)
  const state = useUserSocket('notifications', options, (event) => {
    if (event.type !== 'notification') return
    setLast(event.notification)
    options.onNotification?.(event.notification)
  })
  return { ...state, lastNotification }
}
