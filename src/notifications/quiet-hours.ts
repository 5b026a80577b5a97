import type { NotificationSettings, QuietHours } from '../protocol/notification-settings.ts'
import type { NotificationKind, NotificationMedium } from '../protocol/notifications.ts'
import { type LocalTime, dayBefore, localTime, minutesOf } from './local-time.ts'

type Times = Pick<NotificationSettings, 'quiet_hours' | 'time_zone' | 'paused_until'>

export function isPaused({ paused_until }: Times, now: number): boolean {
  return paused_until !== null && now < Date.parse(paused_until)
}

/** Whether the user wants this medium to be silent now. Without a kind, for whatever it would carry. */
export function isQuiet(times: Times, medium: NotificationMedium, now: number, kind?: NotificationKind): boolean {
  if (times.quiet_hours.length === 0) return false
  const time = localTime(now, times.time_zone)
  return times.quiet_hours.some(
    (hours) =>
      hours.media.some((silenced) => silenced === medium) &&
      !(kind !== undefined && hours.except_kinds.includes(kind)) &&
      isWithin(hours, time),
  )
}

/** `from` belongs to it, `to` does not. A period that ends on the next day belongs to the day on which it began. */
function isWithin({ from, to, days }: QuietHours, { weekday, minutes }: LocalTime): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  const today = days.includes(weekday)
  if (begin < end) return today && minutes >= begin && minutes < end
  return (today && minutes >= begin) || (days.includes(dayBefore(weekday)) && minutes < end)
}
