import { type Weekday, weekdays } from '../protocol/notification-settings.ts'

/** What the clock on a wall somewhere shows. `minutes` since its midnight. */
export type LocalTime = { date: string; weekday: Weekday; minutes: number }

const minuteMs = 60_000

/** A formatter is costly to make and cheap to use; the last minute asked for is the one asked for next. */
type Clock = { format: Intl.DateTimeFormat; minute: number; shown: LocalTime | null }
const clocks = new Map<string, Clock>()

function clockOf(timeZone: string): Clock {
  const known = clocks.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  const clock: Clock = { format, minute: Number.NaN, shown: null }
  clocks.set(timeZone, clock)
  return clock
}

/**
 * The time there at `now` (epoch ms). Asking what the clock shows, and never when it will show something, needs no
 * arithmetic with offsets: an hour that summer time skips never shows, one that it repeats shows twice.
 */
export function localTime(now: number, timeZone: string): LocalTime {
  const clock = clockOf(timeZone)
  const minute = Math.floor(now / minuteMs)
  if (clock.shown !== null && clock.minute === minute) return clock.shown
  const shown = readParts(clock.format.formatToParts(minute * minuteMs))
  clock.minute = minute
  clock.shown = shown
  return shown
}

function readParts(parts: readonly Intl.DateTimeFormatPart[]): LocalTime {
  const part = new Map(parts.map(({ type, value }) => [type, value]))
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(part.get(type))
  const date = `${part.get('year')}-${part.get('month')}-${part.get('day')}`
  const name = part.get('weekday')?.toLowerCase()
  const weekday = weekdays.find((one) => one === name) ?? 'mon'
  return { date, weekday, minutes: number('hour') * 60 + number('minute') }
}

/** Minutes since midnight of `HH:MM`. */
export function minutesOf(timeOfDay: string): number {
  return Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3, 5))
}

/** By the calendar, on which every day has one before it, however many hours either has. */
export function dateBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 24 * 60 * minuteMs).toISOString().slice(0, 10)
}

export function dayBefore(weekday: Weekday): Weekday {
  return weekdays.at(weekdays.indexOf(weekday) - 1) ?? 'sun'
}
