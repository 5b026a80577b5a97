import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { type DigestRow, type DigestSchedule, moveDigest, readDigest } from '../store/digests.ts'
import { nextDigestAt } from './digest-schedule.ts'
import { settingsOf } from './settings.ts'

/** Switched on, and the owner of the address has said that they want it. */
export function isDigestOn(
  { digest }: NotificationSettings,
  { confirmedAddress }: Pick<DigestRow, 'confirmedAddress'>,
): boolean {
  return digest.enabled && digest.address !== null && digest.address === confirmedAddress
}

export const scheduleOf = ({ at, dueAt, seq, sentAt, attempts }: DigestRow): DigestSchedule => ({
  ...{ at, dueAt, seq, sentAt, attempts },
})

/** The schedule by the settings as they are now. Whoever switches digests on hears of what comes from then on. */
export function planDigest(row: DigestRow, now: number): DigestSchedule {
  const settings = settingsOf(row.settings)
  const schedule = scheduleOf(row)
  if (!isDigestOn(settings, row)) return { ...schedule, at: null, dueAt: null, attempts: 0 }
  const seq = row.at === null ? row.head.seq : row.seq
  return { ...schedule, at: row.at ?? now, seq, dueAt: nextDigestAt(settings, row.at ?? now), attempts: 0 }
}

const maxTries = 5

/** After a change of the settings, or of the address. */
export async function rescheduleDigest(
  d1: D1Database,
  user: Pick<DigestRow, 'tenantId' | 'userId'>,
  now: number,
): Promise<void> {
  for (let tries = 0; tries < maxTries; tries++) {
    const row = await readDigest(d1, user)
    if (row === null || (await moveDigest(d1, row, planDigest(row, now)))) return
  }
  throw new Error('The schedule of a digest kept changing')
}
