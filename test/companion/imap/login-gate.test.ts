import { describe, expect, test } from 'vitest'
import { createLoginGate, LoginHeld } from '../../../companion/imap/login-gate.ts'
import { jitteredMs, steppedMs } from '../../../companion/imap/timing.ts'

class Refused extends Error {}

function setUp() {
  const clock = { now: 0 }
  const isRefusal = (error: unknown) => error instanceof Refused
  const gate = createLoginGate({ now: () => clock.now, timing: { firstMs: 1000, mostMs: 5000 }, isRefusal })
  return { clock, gate }
}
const refused = () => Promise.reject(new Refused())

describe('the gate of logins', () => {
  test('holds all logins back after one was refused, each time for longer, and forgets it when one succeeds', async () => {
    const { clock, gate } = setUp()
    for (const expected of [1000, 2000, 4000, 5000, 5000]) {
      await expect(gate.pass(refused)).rejects.toThrow(Refused)
      expect(gate.waitMs()).toBe(expected)
      const held = await gate.pass(() => Promise.resolve('in')).catch((error: unknown) => error)
      expect(held).toBeInstanceOf(LoginHeld)
      // Whoever waits knows why.
      expect(held).toHaveProperty('cause', expect.any(Refused))
      clock.now += expected
    }
    expect(await gate.pass(() => Promise.resolve('in'))).toBe('in')
    await expect(gate.pass(refused)).rejects.toThrow(Refused)
    expect(gate.waitMs()).toBe(1000)
  })

  test('lets one in at a time, so that several that wait learn of a refusal before they try', async () => {
    const { gate } = setUp()
    let tries = 0
    const login = async () => {
      tries += 1
      await Promise.resolve()
      throw new Refused()
    }
    await Promise.allSettled([gate.pass(login), gate.pass(login), gate.pass(login)])
    expect(tries).toBe(1)
  })

  test('a failure that says nothing about the login holds nobody back', async () => {
    const { gate } = setUp()
    await expect(gate.pass(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
    expect(gate.waitMs()).toBe(0)
  })
})

describe('waits', () => {
  test('double up to a limit, and are spread over all of it', () => {
    const range = { firstMs: 100, mostMs: 1000 }
    expect([1, 2, 3, 4, 5, 500].map((failures) => steppedMs(range, failures))).toEqual([100, 200, 400, 800, 1000, 1000])
    expect(jitteredMs(range, 3, () => 0)).toBe(0)
    expect(jitteredMs(range, 3, () => 0.5)).toBe(200)
  })
})
