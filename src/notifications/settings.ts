import { NotificationSettings } from '../protocol/notification-settings.ts'

/** Of a user who has changed nothing. */
export const defaultSettings: NotificationSettings = NotificationSettings.parse({})

/**
 * Settings as they were stored, or the defaults: for a user who has none, and where they cannot be read any more. Then
 * somebody hears too much and can say so, instead of hearing nothing and not knowing it.
 */
export function settingsOf(stored: string | null): NotificationSettings {
  if (stored === null) return defaultSettings
  try {
    return NotificationSettings.safeParse(JSON.parse(stored)).data ?? defaultSettings
  } catch {
    return defaultSettings // no JSON
  }
}
