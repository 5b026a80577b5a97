import { ruleKeysOf, weekdays } from '../../client/index.ts'
import type { TextKey } from '../i18n/en.ts'
import type { Texts } from '../i18n/texts.ts'
import type { NotificationSettings, QuietHours, RuleKey, RuleScope } from '../types.ts'

/** A pause that only the user ends: as late as a timestamp can be. */
export const untilSaid = '9999-12-31T23:59:59.000Z'

const dayMs = 86_400_000
const morningHour = 8

/** Zones that browsers still list by a name that their cities have left behind; both are in the IANA database. */
const renamed: Readonly<Record<string, string>> = {
  'Europe/Kiev': 'Europe/Kyiv',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
}

export function zoneName(zone: string): string {
  return renamed[zone] ?? zone
}

/** The time zone of this browser. */
export function browserZone(): string {
  return zoneName(new Intl.DateTimeFormat().resolvedOptions().timeZone)
}

/** All that this browser knows, with the one that is set, which a server may know and it does not. */
export function zonesWith(zone: string, known = Intl.supportedValuesOf('timeZone')): readonly string[] {
  return [...new Set(['UTC', zone, ...known.map(zoneName)])].toSorted()
}

/**
 * Eight in the morning of the next day on the clock of a zone. Where summer time begins or ends in between, the hour is
 * looked for rather than reckoned with.
 */
export function pauseUntilTomorrow(now: number, zone: string): string {
  const clock = new Intl.DateTimeFormat('en', { timeZone: zone, day: 'numeric', hour: 'numeric', hourCycle: 'h23' })
  const read = (at: number) => {
    const parts = clock.formatToParts(at)
    const numberOf = (type: string) => Number(parts.find((part) => part.type === type)?.value)
    return { day: numberOf('day'), hour: numberOf('hour') }
  }
  const today = read(now).day
  const step = 15 * 60_000
  const from = Math.ceil(now / step) * step
  for (let at = from; at <= from + 2 * dayMs; at += step) {
    const { day, hour } = read(at)
    if (day !== today && hour >= morningHour) return new Date(at).toISOString()
  }
  return new Date(now + dayMs).toISOString()
}

/** Settings that begin to depend on a clock are given that of the browser, unless the user has one already. */
export function withZone(settings: NotificationSettings, zone: string): NotificationSettings {
  const hasClock = settings.time_zone !== 'UTC' || settings.quiet_hours.length > 0 || settings.digest.enabled
  return hasClock ? settings : { ...settings, time_zone: zone }
}

export const newQuietHours: QuietHours = {
  from: '22:00',
  to: '07:00',
  days: [...weekdays],
  media: ['sound', 'web_push'],
  except_kinds: [],
}

/** Most that the server takes. */
export const maxQuietHours = 14

/** Whether quiet hours go over midnight. */
export function endsNextDay({ from, to }: Pick<QuietHours, 'from' | 'to'>): boolean {
  return to <= from
}

/** The names of the days in the reader's language, in the order of the week. */
export function dayNames(language: string): readonly (readonly [QuietHours['days'][number], string])[] {
  const format = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' })
  // 5 January 2026 was a Monday.
  return weekdays.map((day, index) => [day, format.format(Date.UTC(2026, 0, 5 + index))] as const)
}

/** A list with one thing in it or not, in the order of `all`. */
export function toggled<T>(all: readonly T[], list: readonly T[], one: T): T[] {
  const isIn = list.includes(one)
  return all.filter((other) => (other === one ? !isIn : list.includes(other)))
}

export type RuleGroup = { kind: string; keys: readonly RuleKey[] }

/** The cells of a scope by what they are told of. */
export function ruleGroups(scope: RuleScope): readonly RuleGroup[] {
  const groups = Map.groupBy(ruleKeysOf(scope), (key) => key.split('.')[0] ?? key)
  return [...groups].map(([kind, keys]) => ({ kind, keys }))
}

/** What a cell is called: its kind, and whose conversation it is about. */
export function ruleName(key: RuleKey, t: Texts['t']): string {
  const [kind = '', relation] = key.split('.')
  const name = t(`kind.${kind}` as TextKey)
  return relation === undefined || relation === 'mention' ? name : `${name} (${t(`relation.${relation}` as TextKey)})`
}

/** Good enough to be told from a typing error; the server looks closer, and the address has to be confirmed. */
export function isAddress(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(text)
}
