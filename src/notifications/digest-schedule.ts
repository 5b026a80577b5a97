import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { type LocalTime, dateBefore, localTime, minutesOf } from './local-time.ts'
import { isPaused, isQuiet } from './quiet-hours.ts'

const hourMs = 3_600_000
const minuteMs = 60_000
const maxDayMinutes = 26 * 60

/**
 * Whether a digest is to go out now. `lastAt`: when the last one went out, or when they were switched on. One that falls
 * due in a pause or in quiet hours waits for their end; one that is a day late goes out once.
 */
export function isDigestDue(settings: NotificationSettings, { lastAt, now }: { lastAt: number; now: number }): boolean {
  const { enabled, address, schedule } = settings.digest
  if (!enabled || address === null) return false
  if (isPaused(settings, now) || isQuiet(settings, 'email_digest', now)) return false
  if (schedule.kind === 'every') return now - lastAt >= schedule.hours * hourMs
  return stamp(localTime(lastAt, settings.time_zone)) < lastSlot(schedule.at, now, settings.time_zone)
}

/** The minute in which the one after `lastAt` falls due, apart from pauses and quiet hours. Null: there are none. */
export function nextDigestAt(settings: NotificationSettings, lastAt: number): number | null {
  const { enabled, address, schedule } = settings.digest
  if (!enabled || address === null) return null
  if (schedule.kind === 'every') return lastAt + schedule.hours * hourMs
  const last = stamp(localTime(lastAt, settings.time_zone))
  const hasCome = (minute: number) => last < lastSlot(schedule.at, minute * minuteMs, settings.time_zone)
  // Asked of the clock instead of reckoned with offsets. No day is longer than this.
  let before = Math.floor(lastAt / minuteMs)
  let after = before + maxDayMinutes
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (hasCome(middle)) after = middle
    else before = middle
  }
  return after * minuteMs
}

/** The latest time at which one was due, as the wall there shows it. Such texts sort like the times they stand for. */
function lastSlot(at: string, now: number, timeZone: string): string {
  const time = localTime(now, timeZone)
  const minutes = minutesOf(at)
  return stamp({ date: time.minutes >= minutes ? time.date : dateBefore(time.date), minutes })
}

function stamp({ date, minutes }: Pick<LocalTime, 'date' | 'minutes'>): string {
  return `${date} ${String(minutes).padStart(4, '0')}`
}
