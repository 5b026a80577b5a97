import { describe, expect, it } from 'vitest'
import { isTooSlow, limits, mayDropEphemeral } from '../../src/hub/slow-reader.ts'

const backlog = (bytes: number, frames = 1) => ({ bytes, frames, lifeAt: 1000 })
const reading = (bufferedAmount: number | undefined, lifeAt = 1000) => ({ bufferedAmount, lifeAt: () => lifeAt })

describe('a slow reader', () => {
  it('is told by its backlog where the runtime knows it', () => {
    expect(isTooSlow(backlog(99 * limits.budgetBytes), reading(0))).toBe(false)
    expect(isTooSlow(backlog(0), reading(limits.closeBytes + 1))).toBe(true)
  })

  it('is told by what it got since its last sign of life elsewhere', () => {
    expect(isTooSlow(backlog(limits.budgetBytes), reading(undefined))).toBe(false)
    expect(isTooSlow(backlog(limits.budgetBytes + 1), reading(undefined))).toBe(true)
    expect(isTooSlow(backlog(0, limits.budgetFrames + 1), reading(undefined))).toBe(true)
  })

  it('gets a new budget with every sign of life', () => {
    const used = backlog(limits.budgetBytes + 1)
    expect(isTooSlow(used, reading(undefined, 2000))).toBe(false)
    expect(used).toEqual({ bytes: 0, frames: 0, lifeAt: 2000 })
  })

  it('loses typing and presence long before it loses the socket', () => {
    expect(mayDropEphemeral(backlog(limits.dropEphemeralBytes + 1), undefined)).toBe(true)
    expect(mayDropEphemeral(backlog(limits.dropEphemeralBytes + 1), 10)).toBe(false)
    expect(limits.dropEphemeralBytes).toBeLessThan(limits.closeBytes)
  })
})
