import { describe, expect, it } from 'vitest'
import { NotificationSettings } from '../../../src/protocol/notification-settings.ts'
import { createTexts } from '../../../src/ui/i18n/texts.ts'
import {
  dayNames,
  endsNextDay,
  isAddress,
  newQuietHours,
  pauseUntilTomorrow,
  ruleGroups,
  ruleName,
  toggled,
  untilSaid,
  withZone,
  zoneName,
  zonesWith,
} from '../../../src/ui/rules/settings.ts'
import { reachLines } from '../../../src/ui/rules/reach.ts'

describe('a pause until tomorrow', () => {
  it.each([
    ['2026-11-23T20:00:00Z', 'Europe/Kyiv', '2026-11-24T06:00:00.000Z'],
    // After midnight, tomorrow is the day after.
    ['2026-11-23T22:30:00Z', 'Europe/Kyiv', '2026-11-25T06:00:00.000Z'],
    // Clocks go back in the night.
    ['2026-10-24T18:00:00Z', 'Europe/Kyiv', '2026-10-25T06:00:00.000Z'],
    // And forward.
    ['2026-03-28T18:00:00Z', 'Europe/Kyiv', '2026-03-29T05:00:00.000Z'],
    ['2026-11-23T10:00:00Z', 'Asia/Kathmandu', '2026-11-24T02:15:00.000Z'],
    ['2026-11-30T23:00:00Z', 'America/New_York', '2026-12-01T13:00:00.000Z'],
  ])('said at %s in %s ends at %s', (now, zone, until) => {
    expect(pauseUntilTomorrow(Date.parse(now), zone)).toBe(until)
  })
  it('and one without an end are what the server takes', () => {
    for (const paused_until of [untilSaid, pauseUntilTomorrow(0, 'UTC')])
      expect(NotificationSettings.parse({ paused_until }).paused_until).toBe(paused_until)
  })
})

it('gives settings that begin to need a clock that of the browser, and leaves a chosen one alone', () => {
  const fresh = NotificationSettings.parse({})
  expect(withZone(fresh, 'Europe/Kyiv').time_zone).toBe('Europe/Kyiv')
  const chosen = NotificationSettings.parse({ quiet_hours: [newQuietHours] })
  expect(withZone(chosen, 'Europe/Kyiv').time_zone).toBe('UTC')
})

it('lists zones by the names their cities have today, each once, with the one that is set', () => {
  const zones = zonesWith('Pacific/Chatham', ['Europe/Kiev', 'Europe/Kyiv', 'Asia/Katmandu'])
  expect(zones).toEqual(['Asia/Kathmandu', 'Europe/Kyiv', 'Pacific/Chatham', 'UTC'])
  for (const zone of ['Europe/Kiev', 'Asia/Calcutta', 'Asia/Saigon', 'America/Godthab', 'Atlantic/Faeroe'])
    expect(NotificationSettings.parse({ time_zone: zoneName(zone) }).time_zone).not.toBe(zone)
})

it('offers quiet hours that the server takes as they are', () => {
  expect(NotificationSettings.parse({ quiet_hours: [newQuietHours] }).quiet_hours).toEqual([newQuietHours])
  expect(endsNextDay(newQuietHours)).toBe(true)
  expect(endsNextDay({ from: '12:00', to: '13:00' })).toBe(false)
})

it('names every rule and every day in the reader’s language', () => {
  for (const language of ['en', 'uk'] as const) {
    const { t } = createTexts(language)
    const names = ruleGroups({ kind: 'general' }).flatMap(({ keys }) => keys.map((key) => ruleName(key, t)))
    expect(names).toHaveLength(19)
    expect(new Set(names).size).toBe(19)
    for (const name of names) expect(name).not.toMatch(/undefined|\.|_/)
  }
  expect(dayNames('uk').map(([, name]) => name)).toEqual(['пн', 'вт', 'ср', 'чт', 'пт', 'сб', 'нд'])
})

it('switches one of several over, in their own order', () => {
  expect(toggled(['a', 'b', 'c'], ['c'], 'a')).toEqual(['a', 'c'])
  expect(toggled(['a', 'b', 'c'], ['a', 'c'], 'a')).toEqual(['c'])
})

it('tells an address from a typing error', () => {
  expect(['a@b.example', 'a b@c.example', 'a@b', '@b.c'].map(isAddress)).toEqual([true, false, false, false])
})

it('says what a test reached, and why not what it did not', () => {
  const { t } = createTexts('en')
  const reach = {
    ...{ user_id: 'u', sockets: 1, pushes: 2, media: ['socket' as const, 'web_push' as const] },
    refused: { sound: 'quiet_hours' as const, email_digest: 'rule' as const },
  }
  const lines = reachLines(reach, ['socket', 'sound', 'web_push', 'email_digest'], t)
  expect(lines.map(({ isReached, text }) => `${isReached ? '+' : '-'} ${text}`)).toEqual([
    '+ It reached 1 open window.',
    '- Sound: it is your quiet time',
    '+ It was pushed to 2 devices.',
    '- E-mail digest: switched off in your rules',
  ])
})
