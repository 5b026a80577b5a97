import { describe, expect, test } from 'vitest'
import { Liveness } from '../../src/client/liveness.ts'
import { pingFrame, proofOfLifeBytes } from '../../src/protocol/frames.ts'
import { createFakeEnvironment, type FakeEnvironment } from './fake-environment.ts'

type Watched = { environment: FakeEnvironment; liveness: Liveness; pings: number[]; deaths: number[] }

function watch(random = 0.5, answers = true): Watched {
  const environment = createFakeEnvironment(() => random)
  const began = environment.now()
  const pings: number[] = []
  const deaths: number[] = []
  const liveness = new Liveness({
    environment,
    send(text) {
      expect(text).toBe(pingFrame)
      pings.push(environment.now() - began)
      if (answers) liveness.received(40)
    },
    onDead: () => deaths.push(environment.now() - began),
  })
  liveness.start(25_000)
  return { environment, liveness, pings, deaths }
}

describe('liveness', () => {
  test('pings every 25 s, the first time at random', async () => {
    const { environment, pings, deaths } = watch(0.4)
    await environment.advance(70_000)
    expect(pings).toEqual([10_000, 35_000, 60_000])
    expect(deaths).toEqual([])
  })

  test('pings once a minute while the page is hidden, and every 25 s again afterwards', async () => {
    const { environment, liveness, pings } = watch(0)
    await environment.advance(1_000)
    await environment.fire('hidden')
    liveness.visibilityChanged()
    await environment.advance(121_000)
    expect(pings).toEqual([0, 61_000, 121_000])
    await environment.fire('visible')
    liveness.visibilityChanged()
    await environment.advance(30_000)
    expect(pings.slice(3)).toEqual([147_000])
  })

  test('says that a connection is dead ten seconds after a ping that nothing answered', async () => {
    const { environment, deaths } = watch(0, false)
    await environment.advance(9_999)
    expect(deaths).toEqual([])
    await environment.advance(1)
    expect(deaths).toEqual([10_000])
  })

  test('takes any frame for an answer', async () => {
    const { environment, liveness, deaths } = watch(0, false)
    await environment.advance(5_000)
    liveness.received(10)
    await environment.advance(15_000)
    expect(deaths).toEqual([])
  })

  test('pings after so much received that the server needs a sign of life, however wide the characters are', () => {
    const { liveness, pings } = watch()
    const widest = '日'.repeat(1000)
    let bytes = 0
    while (pings.length === 0) {
      liveness.received(widest.length)
      bytes += new TextEncoder().encode(widest).length
    }
    expect(bytes).toBeLessThanOrEqual(proofOfLifeBytes + 3_000)
    liveness.received(1000)
    expect(pings).toHaveLength(1)
  })

  test('has less patience when it is nudged, also while it waits already', async () => {
    const { environment, liveness, deaths } = watch(0, false)
    await environment.advance(1_000)
    liveness.nudge()
    await environment.advance(3_000)
    expect(deaths).toEqual([4_000])
  })

  test('does nothing once stopped', async () => {
    const { environment, liveness, pings } = watch(0.5)
    liveness.stop()
    liveness.nudge()
    liveness.received(proofOfLifeBytes)
    liveness.visibilityChanged()
    await environment.advance(120_000)
    expect(pings).toEqual([])
    expect(environment.timers()).toBe(0)
  })
})
