import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { type ActionResult, resultOf } from './action-result.ts'
import type { Api } from './api.ts'
import type { NotificationsState } from './notification-state.ts'
import type { Store } from './store.ts'

/** Keeps a user's settings: what was changed shows at once, and is stored in the order of the changes. */
export type SettingsKeeper = {
  load(): Promise<void>
  change(change: (settings: NotificationSettings) => NotificationSettings): Promise<ActionResult<NotificationSettings>>
  isSaving(): boolean
  forget(): void
}

const notLoaded = { code: 'settings.not_loaded', status: 0, message: 'The settings have not been loaded yet' }

export function createSettingsKeeper(
  api: Pick<Api, 'notificationSettings' | 'saveNotificationSettings'>,
  store: Store<NotificationsState>,
): SettingsKeeper {
  let stored: NotificationSettings | null = null
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let changes = 0
  const save = async (wanted: NotificationSettings): Promise<ActionResult<NotificationSettings>> => {
    const result = await resultOf(api.saveNotificationSettings(wanted))
    if (result.ok) stored = result.value
    // A later change is on show, and its own answer will settle it.
    if (store.get().settings === wanted) store.set({ settings: stored })
    return result
  }
  return {
    async load() {
      const asked = changes
      const settings = await api.notificationSettings()
      if (waiting > 0 || asked !== changes) return // older than what is being stored
      stored = settings
      if (JSON.stringify(settings) !== JSON.stringify(store.get().settings)) store.set({ settings })
    },
    change(change) {
      const { settings } = store.get()
      if (settings === null) return Promise.resolve({ ok: false, error: notLoaded })
      const wanted = change(settings)
      store.set({ settings: wanted })
      waiting += 1
      changes += 1
      const saved = last.then(() => save(wanted))
      last = saved.then(() => (waiting -= 1))
      return saved
    },
    isSaving: () => waiting > 0,
    forget() {
      stored = null
      changes += 1
    },
  }
}
