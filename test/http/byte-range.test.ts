import { describe, expect, it } from 'vitest'
import { readRange } from '../../src/http/byte-range.ts'

describe('a Range header', () => {
  it.each([
    ['bytes=0-4', { offset: 0, length: 5 }],
    ['bytes=8-', { offset: 8, length: 2 }],
    ['bytes=8-99', { offset: 8, length: 2 }],
    ['bytes=-3', { offset: 7, length: 3 }],
    ['bytes=-99', { offset: 0, length: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=50-60', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', null],
    ['bytes=-', null],
    ['bytes=0-1,4-5', null],
    ['lines=1-2', null],
    ['bytes=x-y', null],
    [undefined, null],
  ])('%s of ten bytes', (header, range) => {
    expect(readRange(header, 10)).toEqual(range)
  })

  it('of an empty file has no part to give', () => {
    expect(readRange('bytes=0-', 0)).toBe('unsatisfiable')
  })
})
