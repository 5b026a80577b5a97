import { describe, expect, it } from 'vitest'
import { createWaits } from '../../../companion/commands/waits.ts'

const hourMs = 3_600_000

function makeWaits() {
  const clock = { now: 10 * hourMs, ticks: 500 }
  const waits = createWaits({ now: () => clock.now, ticks: () => clock.ticks })
  const pass = (ms: number) => {
    clock.now += ms
    clock.ticks += ms
  }
  const left = (until: number, longestMs: number) => waits.endOf('x', { until, longestMs }) - clock.ticks
  return { clock, waits, pass, left }
}

describe('a wait', () => {
  it('is over at its time', () => {
    const { clock, pass, left, waits } = makeWaits()
    const until = clock.now + 1_000
    expect(left(until, 1_000)).toBe(1_000)
    pass(400)
    expect(left(until, 1_000)).toBe(600)
    pass(600)
    expect(left(until, 1_000)).toBe(0)
    expect(waits.endOf('y', null)).toBe(0)
  })

  it('is no longer for a clock that is set back', () => {
    const { clock, pass, left } = makeWaits()
    const until = clock.now + 1_000
    left(until, 1_000)
    clock.now -= hourMs
    expect(left(until, 1_000)).toBe(1_000)
    pass(1_000)
    expect(left(until, 1_000)).toBe(0)
  })

  it('that is read from the disk after the clock was set back is as long as it was meant to be, at most', () => {
    const { clock, pass, left } = makeWaits()
    const until = clock.now + 1_000
    clock.now -= hourMs
    expect(left(until, 1_000)).toBe(1_000)
    pass(1_000)
    expect(left(until, 1_000)).toBe(0)
  })

  it('that is wanted anew begins anew', () => {
    const { clock, pass, left, waits } = makeWaits()
    left(clock.now + 1_000, 1_000)
    pass(1_000)
    expect(left(clock.now + 5_000, 5_000)).toBe(5_000)
    waits.keep(new Set())
    expect(left(clock.now + 5_000, 5_000)).toBe(5_000)
  })
})
