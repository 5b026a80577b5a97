import { useState } from 'react'
import { Notification } from '../protocol/notifications.ts'
import { type UserSocketOptions, type UserSocketState, useUserSocket } from './use-user-socket.ts'

export type NotificationWebSocketOptions = UserSocketOptions & {
  onNotification?: (notification: Notification) => void
}

export type NotificationWebSocket = UserSocketState & { lastNotification: Notification | null }

/**
 * What one user is told of, live, by the rules of their settings. Begins and behaves as `useMessagesWebSocket` does.
 * Kinds that this version does not know are left out.
 */
export function useNotificationWebSocket(options: NotificationWebSocketOptions): NotificationWebSocket {
  const [lastNotification, setLast] = useState<Notification | null>(null)
  const state = useUserSocket('notifications', options, (event) => {
    if (event.type !== 'notification') return
    const parsed = Notification.safeParse(event.notification)
    if (!parsed.success) return
    setLast(parsed.data)
    options.onNotification?.(parsed.data)
  })
  return { ...state, lastNotification }
}
