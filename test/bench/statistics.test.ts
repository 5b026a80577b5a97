import { describe, expect, it } from 'vitest'
import { median, percentile, rotate, spread } from '../../bench/statistics.ts'

describe('median', () => {
  it('is the middle of an odd number of values, in whatever order they come', () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  it('lies between the two middle ones of an even number', () => {
    expect(median([1, 2, 10, 20])).toBe(6)
  })

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN()
  })
})

describe('percentile', () => {
  it('takes the ends as they are and shares the distance between neighbours', () => {
    const values = [10, 20, 30, 40, 50]
    expect(percentile(values, 0)).toBe(10)
    expect(percentile(values, 100)).toBe(50)
    expect(percentile(values, 95)).toBeCloseTo(48)
  })

  it('leaves the values in their order', () => {
    const values = [3, 1, 2]
    percentile(values, 50)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('spread', () => {
  it('is nothing where every round gives the same', () => {
    expect(spread([7, 7, 7])).toBe(0)
  })

  it('is half the distance of the quartiles as a share of the median', () => {
    expect(spread([80, 90, 100, 110, 120])).toBeCloseTo(0.1)
  })
})

describe('rotate', () => {
  it('lets each entry be first once in as many rounds as there are entries', () => {
    const firsts = [0, 1, 2].map((round) => rotate(['a', 'b', 'c'], round)[0])
    expect(firsts).toEqual(['a', 'b', 'c'])
  })

  it('keeps every entry, in the same circle', () => {
    expect(rotate([1, 2, 3], 4)).toEqual([2, 3, 1])
    expect(rotate([], 2)).toEqual([])
  })
})
