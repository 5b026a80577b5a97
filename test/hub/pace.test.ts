import { describe, expect, it } from 'vitest'
import { isBusy, letIn, pauseAfter } from '../../src/hub/pace.ts'

const dayMs = 86_400_000

describe('the pause after a round of sends', () => {
  it('grows with the sockets, within bounds', () => {
    const pauses = [0, 1, 50, 99, 100, 1_000, 10_000].map((sockets) => pauseAfter({ sentAt: 5, sockets }, 5))
    expect(pauses).toEqual([0, 0, 0, 0, 2, 20, 50])
  })

  it('is over once its time has passed', () => {
    const round = { sentAt: 1_000, sockets: 1_000 }
    expect([1_000, 1_015, 1_020, 9_999].map((now) => pauseAfter(round, now))).toEqual([20, 5, 0, 0])
  })

  it('is not drawn out by a clock that jumps', () => {
    expect(pauseAfter({ sentAt: dayMs, sockets: 1_000 }, 0)).toBe(20)
    expect(pauseAfter({ sentAt: dayMs, sockets: 3 }, 0)).toBe(0)
    expect(pauseAfter({ sentAt: 0, sockets: 1_000 }, dayMs)).toBe(0)
  })
})

describe('load', () => {
  it('is a commit a moment ago, or frames to many that have only just gone out', () => {
    const busyUntil = (sockets: number) => {
      const round = { sentAt: 1_000, sockets }
      return Array.from({ length: 200 }, (_, ms) => isBusy(round, 1_000, 1_000 + ms)).lastIndexOf(true)
    }
    expect([0, 99, 1_000, 10_000].map(busyUntil)).toEqual([5, 5, 45, 105])
  })

  it('is not what a clock that jumped back says', () => {
    expect(isBusy({ sentAt: dayMs, sockets: 1_000 }, dayMs, 0)).toBe(false)
  })
})

describe('letting callers in', () => {
  /** Callers who come during each look, and the looks that were taken, in ms. */
  async function looksTaken(arrivals: readonly number[], hadCompany: boolean): Promise<number[]> {
    const taken: number[] = []
    let waiting = 1
    const look = async (ms: number): Promise<void> => {
      waiting += arrivals[taken.length] ?? 0
      taken.push(ms)
    }
    await letIn(() => waiting, { hadCompany, look })
    return taken
  }

  it('is a glance for a caller who is alone and was before', async () => {
    expect(await looksTaken([], false)).toEqual([0])
  })

  it('goes on while others come, and ends', async () => {
    expect(await looksTaken([3, 2, 0], false)).toEqual([0, 1, 1])
    expect(await looksTaken([0, 1, 0], true)).toEqual([0, 1, 1])
    expect(
      await looksTaken(
        Array.from({ length: 99 }, () => 1),
        true,
      ),
    ).toHaveLength(9)
  })
})
