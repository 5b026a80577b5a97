import { defaultSettings, settingsOf } from '../notifications/settings.ts'
import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { readSettings } from '../store/notifications.ts'

/** Settings of the users who have a socket for notifications. A cache: the database has them. */
export type UserSettings = { byUser: Map<string, NotificationSettings>; reading: Promise<void> }

export function createUserSettings(): UserSettings {
  return { byUser: new Map(), reading: Promise.resolve() }
}

export function knownSettings({ byUser }: UserSettings, userId: string): NotificationSettings {
  return byUser.get(userId) ?? defaultSettings
}

/** Reads users' settings, one read after the other: of two that overlap the one that began first must not win. */
export function loadSettings(
  known: UserSettings,
  d1: D1Database,
  tenantId: string,
  userIds: readonly string[],
): Promise<void> {
  const read = known.reading.then(() => loadNow(known, openDatabase(d1), tenantId, userIds))
  known.reading = read.catch(() => undefined)
  return read
}

async function loadNow(
  { byUser }: UserSettings,
  db: Database,
  tenantId: string,
  userIds: readonly string[],
): Promise<void> {
  if (userIds.length === 0) return
  const stored = await readSettings(db, tenantId, userIds)
  for (const userId of userIds) byUser.set(userId, settingsOf(stored.get(userId) ?? null))
}
