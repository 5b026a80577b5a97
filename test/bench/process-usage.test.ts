import { describe, expect, it } from 'vitest'
import { parseStat } from '../../bench/process-usage.ts'

describe('parseStat', () => {
  it('reads past a name with spaces and brackets', () => {
    const after = [
      'S',
      '41',
      ...Array.from({ length: 9 }, () => '0'),
      '250',
      '50',
      ...Array.from({ length: 8 }, () => '0'),
      '10',
    ]
    expect(parseStat(`42 (a (b) c) ${after.join(' ')} 0 0`)).toEqual({
      parent: 41,
      cpuSeconds: 3,
      residentBytes: 40_960,
    })
  })
})
