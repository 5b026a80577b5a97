import { describe, expect, it } from 'vitest'
import { createFailureCounter } from '../../src/http/signature-failures.ts'

describe('wrong signatures', () => {
  it('are told at once, then counted, then told together a minute later', () => {
    let now = 1_000
    const counter = createFailureCounter(() => now)
    expect(counter.count('a')).toBe(1)
    expect([counter.count('a'), counter.count('a'), counter.count('a')]).toEqual([null, null, null])
    now += 59_999
    expect(counter.count('a')).toBeNull()
    now += 1
    expect(counter.count('a')).toBe(5)
    expect(counter.count('a')).toBeNull()
  })

  it('are counted apart for each path, and cannot fill the memory', () => {
    const counter = createFailureCounter(() => 0)
    expect([counter.count('a'), counter.count('b'), counter.count('a')]).toEqual([1, 1, null])
    for (let i = 0; i < 5_000; i++) counter.count(`key ${i}`)
    expect(counter.count('c')).toBe(1)
  })
})
