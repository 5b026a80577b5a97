import { defaultSettings, settingsOf } from '../notifications/settings.ts'
import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { readSettings } from '../store/notifications.ts'

/** Settings of the users who have a socket for notifications. A cache: the database has them. */
export type UserSettings = {
  byUser: Map<string, NotificationSettings>
  /** Whose are to be read next, once the read under way has ended. */
  waiting: Set<string>
  next: Promise<void> | null
  reading: Promise<void>
}

export function createUserSettings(): UserSettings {
  return { byUser: new Map(), waiting: new Set(), next: null, reading: Promise.resolve() }
}

export function knownSettings({ byUser }: UserSettings, userId: string): NotificationSettings {
  return byUser.get(userId) ?? defaultSettings
}

/**
 * Reads users' settings, one read after the other: of two that overlap the one that began first must not win. Whoever
 * comes while one is under way shares the next, so a thousand sockets that come back at once cost a read or two.
 */
export function loadSettings(
  known: UserSettings,
  d1: D1Database,
  tenantId: string,
  userIds: readonly string[],
): Promise<void> {
  for (const userId of userIds) known.waiting.add(userId)
  known.next ??= known.reading.then(() => {
    const waiting = [...known.waiting]
    known.waiting.clear()
    known.next = null
    const read = loadNow(known, openDatabase(d1), tenantId, waiting)
    known.reading = read.catch(() => undefined)
    return read
  })
  return known.next
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
