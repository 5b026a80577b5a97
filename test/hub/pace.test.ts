import { describe, expect, it } from 'vitest'
import { pauseAfterSending } from '../../src/hub/pace.ts'

describe('the pause after a round of sends', () => {
  it('grows with the sockets, within bounds', () => {
    expect([0, 1, 50, 99].map(pauseAfterSending)).toEqual([0, 0, 0, 0])
    expect(pauseAfterSending(100)).toBe(2)
    expect(pauseAfterSending(1_000)).toBe(20)
    expect(pauseAfterSending(10_000)).toBe(50)
  })
})
