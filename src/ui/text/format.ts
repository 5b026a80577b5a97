/** How times and sizes are written in one language and one time zone. Every time is ISO 8601; bad ones give ''. */
export type Format = {
  /** 14:05 */
  time(iso: string): string
  /** The whole date and time, for a tooltip. */
  dateTime(iso: string): string
  /** `2026-01-22` in the reader's time zone. */
  day(iso: string): string
  /** Today, Yesterday, Thursday, 22 January. */
  dayLabel(iso: string, now: number): string
  /** Short, for a list: now, 5 min, 14:05, yesterday, Thu, 22 Jan. */
  listTime(iso: string, now: number): string
  /** In words: 5 minutes ago, yesterday. */
  ago(iso: string, now: number): string
  /** 1.4 MB */
  size(bytes: number): string
  number(value: number): string
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** `locale` is a BCP 47 tag; without a time zone it is the machine's own. */
export function createFormat(locale: string, timeZone?: string): Format {
  const make = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, timeZone === undefined ? options : { ...options, timeZone })
    return (at: number) => (Number.isNaN(at) ? '' : format.format(at))
  }
  const time = make({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const dateTime = make({ dateStyle: 'full', timeStyle: 'short' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const day = createDayKey(timeZone)
  const daysBefore = (at: number, now: number) => (Date.parse(day(now)) - Date.parse(day(at))) / dayMs
  const dates = createDates(make)
  const count = new Intl.NumberFormat(locale)

  return {
    time: (iso) => time(Date.parse(iso)),
    dateTime: (iso) => dateTime(Date.parse(iso)),
    day: (iso) => day(Date.parse(iso)),
    dayLabel: (iso, now) => {
      const days = daysBefore(Date.parse(iso), now)
      if (days === 0 || days === 1) return capitalise(relative.format(-days, 'day'), locale)
      return capitalise(dates.long(Date.parse(iso), now), locale)
    },
    listTime: (iso, now) => listTime({ at: Date.parse(iso), now, time, relative, daysBefore, dates, locale }),
    ago: (iso, now) => agoText(Date.parse(iso), now, relative),
    size: (bytes) => sizeText(bytes, locale),
    number: (value) => count.format(value),
  }
}

type Make = (options: Intl.DateTimeFormatOptions) => (at: number) => string
type Dates = {
  long(at: number, now: number): string
  short(at: number, now: number): string
  weekday(at: number): string
}

/** Dates of this year go without the year. */
function createDates(make: Make): Dates {
  const year = make({ year: 'numeric' })
  const long = make({ weekday: 'long', day: 'numeric', month: 'long' })
  const longWithYear = make({ day: 'numeric', month: 'long', year: 'numeric' })
  const short = make({ day: 'numeric', month: 'short' })
  const shortWithYear = make({ day: '2-digit', month: '2-digit', year: '2-digit' })
  return {
    long: (at, now) => (year(at) === year(now) ? long(at) : longWithYear(at)),
    short: (at, now) => (year(at) === year(now) ? short(at) : shortWithYear(at)),
    weekday: make({ weekday: 'short' }),
  }
}

function createDayKey(timeZone: string | undefined): (at: number) => string {
  const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit' }
  const format = new Intl.DateTimeFormat('en', timeZone === undefined ? options : { ...options, timeZone })
  return (at) => {
    if (Number.isNaN(at)) return ''
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
    for (const { type, value } of format.formatToParts(at)) part[type] = value
    return `${part.year}-${part.month}-${part.day}`
  }
}

type ListTime = {
  at: number
  now: number
  time(at: number): string
  relative: Intl.RelativeTimeFormat
  daysBefore(at: number, now: number): number
  dates: Dates
  locale: string
}

function listTime({ at, now, time, relative, daysBefore, dates, locale }: ListTime): string {
  if (Number.isNaN(at)) return ''
  const past = now - at
  if (Math.abs(past) < minuteMs) return relative.format(0, 'second')
  if (past > 0 && past < hourMs) return minutes(Math.floor(past / minuteMs), locale)
  const days = daysBefore(at, now)
  if (days === 0) return time(at)
  if (days === 1) return relative.format(-1, 'day')
  return days > 1 && days < 7 ? dates.weekday(at) : dates.short(at, now)
}

function minutes(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute', unitDisplay: 'short' }).format(value)
}

function agoText(at: number, now: number, relative: Intl.RelativeTimeFormat): string {
  if (Number.isNaN(at)) return ''
  const past = Math.max(0, now - at)
  if (past < minuteMs) return relative.format(0, 'second')
  if (past < hourMs) return relative.format(-Math.floor(past / minuteMs), 'minute')
  if (past < dayMs) return relative.format(-Math.floor(past / hourMs), 'hour')
  return relative.format(-Math.floor(past / dayMs), 'day')
}

const sizeUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

function sizeText(bytes: number, locale: string): string {
  let value = bytes
  let step = 0
  while (value >= 1000 && step < sizeUnits.length - 1) {
    value /= 1000
    step += 1
  }
  const unit = sizeUnits[step] ?? 'byte'
  const maximumFractionDigits = value < 10 && step > 0 ? 1 : 0
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(
    value,
  )
}

function capitalise(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
}
