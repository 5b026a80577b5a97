import { useMemo, useSyncExternalStore } from 'react'
import type { NotificationsState } from './notification-state.ts'
import type { Notifications } from './notifications.ts'

/** What `useNotifications` gives: the state, and in `actions` what a page does with it; those never change. */
export type NotificationsView = NotificationsState & {
  actions: Omit<Notifications, 'getState' | 'subscribe' | 'start' | 'stop' | 'onNotification'>
}

/**
 * A user's notifications as React sees them: the newest ones, the number for a bell, the settings. Renders again
 * whenever they change. Starting and stopping is the owner's part, as with `useInbox`; `notifications.onNotification`
 * tells of new ones, for pop-ups and sounds. A page that only wants to hear of them has `useNotificationWebSocket`.
 */
export function useNotifications(notifications: Notifications): NotificationsView {
  const state = useSyncExternalStore(notifications.subscribe, notifications.getState, notifications.getState)
  return useMemo(() => ({ ...state, actions: notifications }), [notifications, state])
}
