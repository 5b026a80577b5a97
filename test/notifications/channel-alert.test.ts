import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChannelAlert, neverAlerted, stepAlert } from '../../src/notifications/channel-alert.ts'

const minute = 60_000
type Report = { at: number; isDown: boolean }
type Told = { at: number; tell: 'channel_down' | 'channel_up' }

function follow(reports: readonly Report[]): { told: Told[]; alert: ChannelAlert } {
  let alert = neverAlerted
  const told: Told[] = []
  for (const { at, isDown } of reports) {
    const step = stepAlert(alert, isDown, at)
    alert = step.alert
    if (step.tell !== null) told.push({ at, tell: step.tell })
  }
  return { told, alert }
}

/** `0 down, 1 up`: reports by minute. */
const tell = (text: string): string => {
  const reports = text.split(', ').map((one) => {
    const [at, state] = one.split(' ')
    return { at: Number(at) * minute, isDown: state === 'down' }
  })
  return follow(reports)
    .told.map(({ at, tell: what }) => `${at / minute} ${what.slice('channel_'.length)}`)
    .join(', ')
}

describe('people are told of a channel', () => {
  it.each([
    ['works all the time', '0 up, 5 up, 99 up', ''],
    ['goes down', '3 down', '3 down'],
    ['is down in every report', '3 down, 4 down, 500 down', '3 down'],
    ['comes back at once', '0 down, 1 up', '0 down, 1 up'],
    ['comes back after hours', '0 down, 300 up, 301 up', '0 down, 300 up'],
    ['goes down again after a long good time', '0 down, 1 up, 60 down, 61 up', '0 down, 1 up, 60 down, 61 up'],
    [
      'goes down again too soon: the alarm comes, the all-clear waits',
      '0 down, 1 up, 2 down, 3 up',
      '0 down, 1 up, 2 down',
    ],
    ['flaps on: no more alarms', '0 down, 1 up, 2 down, 3 up, 4 down, 5 up, 6 down', '0 down, 1 up, 2 down'],
    [
      'flapped, and has worked for a quarter of an hour',
      '0 down, 1 up, 2 down, 3 up, 17 up, 18 up',
      '0 down, 1 up, 2 down, 18 up',
    ],
    [
      'flapped, worked a while, and fell again',
      '0 down, 1 up, 2 down, 3 up, 17 down, 18 up, 32 up, 33 up',
      '0 down, 1 up, 2 down, 33 up',
    ],
  ])('that %s', (_, reports, told) => {
    expect(tell(reports)).toBe(told)
  })

  const someReports = fc
    .array(fc.record({ wait: fc.integer({ min: 1, max: 40 * minute }), isDown: fc.boolean() }), {
      minLength: 1,
      maxLength: 60,
    })
    .map((steps) => {
      let at = 0
      return steps.map(({ wait, isDown }) => ({ at: (at += wait), isDown }))
    })

  it('in turns: an alarm, then an all-clear', () => {
    fc.assert(
      fc.property(someReports, (reports) => {
        const { told } = follow(reports)
        for (const [n, { tell: what }] of told.entries()) expect(what).toBe(n % 2 === 0 ? 'channel_down' : 'channel_up')
      }),
    )
  })

  it('so that nobody believes it works while it is down', () => {
    fc.assert(
      fc.property(someReports, (reports) => {
        expect(reports.at(-1)?.isDown === true && follow(reports).alert.told === 'up').toBe(false)
      }),
    )
  })

  it('with two alarms in a quarter of an hour at most', () => {
    fc.assert(
      fc.property(someReports, (reports) => {
        const alarms = follow(reports).told.filter(({ tell: what }) => what === 'channel_down')
        for (const [n, { at }] of alarms.entries()) {
          const third = alarms[n + 2]
          expect(third === undefined || third.at - at >= 15 * minute).toBe(true)
        }
      }),
    )
  })

  it('and in the end of how it is, a quarter of an hour after the last change', () => {
    fc.assert(
      fc.property(someReports, (reports) => {
        const last = reports.at(-1) ?? { at: 0, isDown: false }
        // The sweep looks every minute.
        const sweeps = Array.from({ length: 16 }, (__, n) => ({ at: last.at + (n + 1) * minute, isDown: last.isDown }))
        expect(follow([...reports, ...sweeps]).alert).toMatchObject({
          told: last.isDown ? 'down' : 'up',
          upSince: null,
        })
      }),
    )
  })
})
