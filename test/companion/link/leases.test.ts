import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLeases } from '../../../companion/link/leases.ts'
import { createFakeLeases } from '../fake-leases.ts'

const account = 'telegram:1001'
const hourMs = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** The Worker and companions of one data folder, of which each `process` is a process. */
function makeWorker() {
  const worker = createFakeLeases(90_000, () => 0)
  const isReachable = { value: true }
  const clock = { skew: 0, isAsleep: false, ticksAsleep: 0 }
  const start = (instanceId: string) => {
    const ending = new AbortController()
    const leases = createLeases({
      accounts: [{ platform: 'telegram', external_id: '1001' }],
      companionId: '00000000-0000-4000-8000-000000000001',
      instanceId,
      api: {
        leases: (body) =>
          Promise.resolve(
            isReachable.value
              ? { kind: 'ok', value: worker.ask(body) }
              : { kind: 'again', reason: 'unreachable', afterMs: null },
          ),
      },
      sinceOf: () => 0,
      changed: () => undefined,
      renewed: () => undefined,
      timing: { renewMs: 30_000, renewSoonMs: 5_000 },
      log: pino({ level: 'silent' }),
      now: () => Date.now() + clock.skew,
      ticks: () => performance.now() - clock.ticksAsleep,
      random: () => 0.5,
      signal: ending.signal,
    })
    void leases.run()
    const stop = () => {
      ending.abort()
      return leases.release(new AbortController().signal)
    }
    return { ...leases, stop }
  }
  return { worker, isReachable, clock, start }
}

describe('a lease that cannot be renewed', () => {
  it('ends in time, though the clock is set back', async () => {
    const { start, isReachable, clock } = makeWorker()
    const leases = start('a')
    await vi.advanceTimersByTimeAsync(10)
    isReachable.value = false
    clock.skew = -hourMs
    await vi.advanceTimersByTimeAsync(78_000)
    expect(leases.held(account)).not.toBeNull()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(leases.held(account)).toBeNull()
    await leases.stop()
  })

  it('ends after a sleep in which the other clock stood still', async () => {
    const { start, isReachable, clock } = makeWorker()
    const leases = start('a')
    await vi.advanceTimersByTimeAsync(10)
    isReachable.value = false
    clock.skew = hourMs
    await vi.advanceTimersByTimeAsync(1_100)
    expect(leases.held(account)).toBeNull()
    await leases.stop()
  })

  it('is had again when the clock is right and the Worker is there', async () => {
    const { start, isReachable, clock } = makeWorker()
    const leases = start('a')
    await vi.advanceTimersByTimeAsync(10)
    isReachable.value = false
    clock.skew = -hourMs
    await vi.advanceTimersByTimeAsync(100_000)
    isReachable.value = true
    await vi.advanceTimersByTimeAsync(30_000)
    expect(leases.held(account)).not.toBeNull()
    await leases.stop()
  })
})

describe('a copied data folder', () => {
  it('runs no account beside its original: the process that started last has it', async () => {
    const { start, worker } = makeWorker()
    const original = start('a')
    await vi.advanceTimersByTimeAsync(10)
    const copy = start('b')
    await vi.advanceTimersByTimeAsync(10)
    expect(copy.held(account)).toMatchObject({ token: 2 })
    // What the first one asks and tells under its token is refused from now on.
    expect(() => worker.require(account, original.held(account)?.token ?? 0)).toThrow('Another companion')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(original.state(account)).toBe('taken')
    await vi.advanceTimersByTimeAsync(600_000)
    expect([original.held(account), copy.held(account)?.token]).toEqual([null, 2])
    await Promise.all([original.stop(), copy.stop()])
  })

  it('is followed by the original once it gives the account back', async () => {
    const { start } = makeWorker()
    const original = start('a')
    await vi.advanceTimersByTimeAsync(10)
    const copy = start('b')
    await vi.advanceTimersByTimeAsync(30_000)
    await copy.stop()
    expect(original.held(account)).toBeNull()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(original.held(account)).toMatchObject({ token: 3 })
    await original.stop()
  })
})
