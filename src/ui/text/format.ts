/** How times and sizes are written in one language and one time zone. Every time is ISO 8601; bad ones give ''. */
export type Format = {
  /** 14:05 */
  time(iso: string): string
  /** A moment to come: 14:05 today, otherwise with its day. Epoch ms, as `now`. */
  clock(at: number, now: number): string
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
  /** 1 hr 25 min; minutes are rounded up, so that it never says zero. */
  duration(ms: number): string
  /** 1.4 MB */
  size(bytes: number): string
  number(value: number): string
  /** The name of a language by its tag (`en_US`); the tag itself where it has none. */
  language(tag: string): string
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
  const dayAndTime = make({ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
  const dateTime = make({ dateStyle: 'full', timeStyle: 'short' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const day = createDayKey(timeZone)
  const daysBefore = (at: number, now: number) => (Date.parse(day(now)) - Date.parse(day(at))) / dayMs
  const dates = createDates(make)
  const count = new Intl.NumberFormat(locale)

  return {
    time: (iso) => time(Date.parse(iso)),
    clock: (at, now) => (daysBefore(at, now) === 0 ? time(at) : dayAndTime(at)),
    dateTime: (iso) => dateTime(Date.parse(iso)),
    day: (iso) => day(Date.parse(iso)),
    dayLabel: (iso, now) => {
      const days = daysBefore(Date.parse(iso), now)
      if (days === 0 || days === 1) return capitalise(relative.format(-days, 'day'), locale)
      return capitalise(dates.long(Date.parse(iso), now), locale)
    },
    listTime: (iso, now) => listTime({ at: Date.parse(iso), now, time, relative, daysBefore, dates, locale }),
    ago: (iso, now) => agoText(Date.parse(iso), now, relative),
    duration: (ms) => durationText(ms, locale),
    size: (bytes) => sizeText(bytes, locale),
    number: (value) => count.format(value),
    language: (tag) => languageName(tag, locale),
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

function durationText(ms: number, locale: string): string {
  const all = Math.max(1, Math.ceil(ms / minuteMs))
  const hours = Math.floor(all / 60)
  const parts = [[hours, 'hour'] as const, [all % 60, 'minute'] as const].filter(([value]) => value > 0)
  const written = parts.map(([value, unit]) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value),
  )
  return written.join(' ')
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

function languageName(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'language' }).of(tag.replaceAll('_', '-')) ?? tag
  } catch {
    return tag // not a tag at all
  }
}

function capitalise(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
}
