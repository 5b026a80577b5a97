import { describe, expect, it } from 'vitest'
import { pauseAfter } from '../../src/hub/pace.ts'

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
