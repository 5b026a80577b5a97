import { describe, expect, it } from 'vitest'
import { createFormat } from '../../../src/ui/text/format.ts'

const english = createFormat('en-GB', 'Europe/Kyiv')
const ukrainian = createFormat('uk-UA', 'Europe/Kyiv')
const now = Date.parse('2026-11-23T10:00:00Z') // a Monday, 12:00 in Kyiv
const before = (ms: number) => new Date(now - ms).toISOString()
const minute = 60_000
const hour = 60 * minute

describe('listTime', () => {
  it.each([
    [before(20_000), 'now', 'зараз'],
    [before(-20_000), 'now', 'зараз'],
    [before(5 * minute), '5 mins', '5 хв'],
    [before(3 * hour), '09:00', '09:00'],
    [before(13 * hour), 'yesterday', 'учора'],
    [before(4 * 24 * hour), 'Thu', 'чт'],
    ['2026-01-12T10:00:00Z', '12 Jan', '12 січ.'],
    ['2024-01-12T10:00:00Z', '12/01/24', '12.01.24'],
    ['nonsense', '', ''],
  ])('writes %s as %j and %j', (iso, en, uk) => {
    expect(english.listTime(iso, now)).toBe(en)
    expect(ukrainian.listTime(iso, now)).toBe(uk)
  })
})

describe('day and dayLabel', () => {
  it('belong to the time zone of the reader', () => {
    expect(english.day('2026-11-22T22:30:00Z')).toBe('2026-11-23')
    expect(english.dayLabel('2026-11-22T22:30:00Z', now)).toBe('Today')
    expect(english.dayLabel('2026-11-22T21:30:00Z', now)).toBe('Yesterday')
  })
  it('call the day before yesterday, also over a change of the clocks', () => {
    const lateOnALongDay = Date.parse('2026-10-25T21:45:00Z') // 23:45, on a day of 25 hours
    expect(english.dayLabel('2026-10-24T12:00:00Z', lateOnALongDay)).toBe('Yesterday')
  })
  it('name the weekday this year and the year in others', () => {
    expect(ukrainian.dayLabel('2026-11-12T10:00:00Z', now)).toBe('Четвер, 12 листопада')
    expect(english.dayLabel('2024-11-12T10:00:00Z', now)).toBe('12 November 2024')
  })
})

describe('time, ago and size', () => {
  it('use a clock of 24 hours', () => {
    expect(english.time('2026-11-23T22:05:00Z')).toBe('00:05')
    expect(english.time('nonsense')).toBe('')
  })
  it('tell how long ago in words', () => {
    expect(english.ago(before(5 * minute), now)).toBe('5 minutes ago')
    expect(ukrainian.ago(before(2 * hour), now)).toBe('2 години тому')
    expect(english.ago(before(-hour), now)).toBe('now')
  })
  it('write what is left in hours and minutes, and never nothing', () => {
    expect(english.duration(85 * minute)).toBe('1 hr 25 mins')
    expect(english.duration(2 * hour)).toBe('2 hrs')
    expect(english.duration(1)).toBe('1 min')
    expect(ukrainian.duration(61 * minute)).toBe('1 год 1 хв')
  })
  it('name a moment to come by its time today, and by its day later', () => {
    expect(english.clock(now + hour, now)).toBe('13:00')
    expect(english.clock(now + 30 * hour, now)).toBe('Tue 24 Nov, 18:00')
  })
  it('name languages, and leave what names none as it is', () => {
    expect(english.language('en_US')).toBe('American English')
    expect(ukrainian.language('uk')).toBe('українська')
    expect(english.language('<b>')).toBe('<b>')
  })
  it('write sizes in the largest unit that fits', () => {
    expect(english.size(900)).toBe('900 byte')
    expect(english.size(1_430_000)).toBe('1.4 MB')
    expect(ukrainian.size(64_000)).toBe('64 кБ')
  })
})
