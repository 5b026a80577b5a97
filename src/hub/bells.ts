import type { CommittedEvent } from '../ingest/items.ts'
import type { NotificationSettingsFrame, NotificationsReadFrame } from '../protocol/notifications.ts'
import { type Teller, createTeller } from './notification-frames.ts'
import { type Sockets, bellsByUser, bellsOf, focusByUser, notifiedUsers, sendFrames } from './sockets.ts'
import { type UserSettings, createUserSettings, knownSettings, loadSettings } from './user-settings.ts'

/** What the sockets for notifications need beside those of messages: the settings of who listens. */
export type Bells = { d1: D1Database; sockets: Sockets; settings: UserSettings }

/** What the hub knows of a user who is told something: how many sockets got it, which conversations lie open. */
export type Attention = { userId: string; sockets: number; focus: string[] }

export type ReadMarks = Omit<NotificationsReadFrame, 'type'>

export function createBells(d1: D1Database, sockets: Sockets): Bells {
  return { d1, sockets, settings: createUserSettings() }
}

/** Of one user; of all who listen once the hub has slept. */
export function readSettings({ d1, sockets, settings }: Bells, tenantId: string, userId?: string): Promise<void> {
  return loadSettings(settings, d1, tenantId, userId === undefined ? notifiedUsers(sockets) : [userId])
}

/**
 * A user's settings are others now. Read whether or not they listen: a socket of theirs may be about to open. Windows that
 * are open are told once it counts.
 */
export async function changeSettings(bells: Bells, tenantId: string, userId: string): Promise<void> {
  await readSettings(bells, tenantId, userId)
  const frame = JSON.stringify({ type: 'notification_settings' } satisfies NotificationSettingsFrame)
  for (const socket of bellsOf(bells.sockets, userId)) sendFrames(bells.sockets, socket, [frame])
}

/** Before a socket is let in. Read again where the user's last socket closed meanwhile, and took them along. */
export async function prepareSettings(bells: Bells, tenantId: string, userId: string): Promise<void> {
  do await readSettings(bells, tenantId, userId)
  while (!bells.settings.byUser.has(userId))
}

export function forgetUser({ sockets, settings }: Bells, userId: string): void {
  if (bellsOf(sockets, userId).length === 0) settings.byUser.delete(userId)
}

export function tellerFor({ sockets, settings }: Bells, epoch: string) {
  return (events: readonly CommittedEvent[], now: number): Teller => {
    const focus = focusByUser(sockets)
    const nothing = new Set<string>()
    return createTeller(events, {
      epoch,
      now,
      settingsOf: (userId) => knownSettings(settings, userId),
      focusOf: (userId) => focus.get(userId) ?? nothing,
    })
  }
}

export function showRead({ sockets }: Bells, userId: string, read: ReadMarks): void {
  const frame = JSON.stringify({ type: 'notifications_read', ...read } satisfies NotificationsReadFrame)
  for (const socket of bellsOf(sockets, userId)) sendFrames(sockets, socket, [frame])
}

export function attentionOf({ sockets }: Bells, userIds: readonly string[], seq: number): Attention[] {
  const [bells, focus] = [bellsByUser(sockets), focusByUser(sockets)]
  return userIds.map((userId) => {
    const told = (bells.get(userId) ?? []).filter(({ toldSeq }) => toldSeq >= seq)
    return { userId, sockets: told.length, focus: [...(focus.get(userId) ?? [])] }
  })
}
