import { NotificationSettings } from '../../src/protocol/notification-settings.ts'
import type { ArrivedNotification } from '../../src/client/index.ts'
import type { DeviceApi, Notification, Notifications, NotificationsView } from '../../src/ui/types.ts'

type State = ReturnType<Notifications['getState']>

export const notificationsState = (given: Partial<State> = {}): State => ({
  connection: { kind: 'live' },
  items: [],
  cursor: null,
  isLoading: false,
  error: null,
  unread: { count: 0, more: false },
  settings: NotificationSettings.parse({}),
  ...given,
})

export type FakeNotifications = Notifications & { calls: string[]; ring(arrived: ArrivedNotification): void }

/** Notifications that hold what they are given and write down what the page asks of them. */
export function fakeNotifications(given: Partial<State> = {}): FakeNotifications {
  const state = notificationsState(given)
  const calls: string[] = []
  const listeners = new Set<(arrived: ArrivedNotification) => void>()
  const done = async (call: string) => {
    calls.push(call)
    return { ok: true as const, value: null }
  }
  return {
    calls,
    ring: (arrived) => listeners.forEach((listener) => listener(arrived)),
    getState: () => state,
    subscribe: () => () => undefined,
    start: async () => void calls.push('start'),
    stop: () => void calls.push('stop'),
    loadMore: async () => void calls.push('loadMore'),
    read: (id) => done(`read ${id}`),
    readAll: () => done('readAll'),
    changeSettings: async (change) => ({ ok: true, value: change(state.settings ?? NotificationSettings.parse({})) }),
    setFocus: (id) => void calls.push(`focus ${id}`),
    onNotification(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function notificationsView(given: Partial<State> = {}): NotificationsView {
  return { ...notificationsState(given), actions: fakeNotifications(given) }
}

/** A server that knows of no devices. */
export function fakeDevices(given: Partial<DeviceApi> = {}): DeviceApi {
  const refuse = async (): Promise<never> => {
    throw new Error('Not part of this test')
  }
  const calls = { subscribePush: refuse, unsubscribePush: refuse, confirmDigest: refuse, testNotification: refuse }
  return { push: refuse, digest: refuse, ...calls, ...given }
}

type MessageNotification = Extract<Notification, { kind: 'new_message' | 'new_conversation' }>

export function messageNotification(given: Partial<MessageNotification> = {}): MessageNotification {
  return {
    id: 'k3f.7',
    seq: 7,
    kind: 'new_message',
    relation: 'assigned_to_me',
    created_at: '2026-11-23T09:00:00Z',
    read: false,
    conversation_id: '00000000-0000-4000-8000-000000000010',
    channel_id: null,
    platform: 'telegram',
    client_name: 'Olena Kovalenko',
    message_id: '00000000-0000-4000-8000-000000000011',
    message_type: 'text',
    preview: 'Good morning',
    ...given,
  }
}
