import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hold, judge, release, type Sequenced } from '../../src/client/cursor.ts'
import { skip } from './builders.ts'

test('tells what comes next from what was seen and from a gap', () => {
  expect(judge(7, skip(8, 8))).toBe('next')
  expect(judge(7, skip(5, 8))).toBe('next')
  expect(judge(7, skip(5, 7))).toBe('seen')
  expect(judge(7, skip(9, 9))).toBe('gap')
})

test('releases everything exactly when nothing is left out, whatever the order it came in', () => {
  const items = Array.from({ length: 20 }, (_, index) => skip(index + 1, index + 1))
  fc.assert(
    fc.property(fc.shuffledSubarray(items, { minLength: 1 }), (arrived) => {
      const waiting = arrived.reduce<Sequenced[]>(hold, [])
      const released = release(0, waiting)
      const numbers = new Set(arrived.map(({ seq }) => seq))
      let reached = 0
      while (numbers.has(reached + 1)) reached += 1
      expect(released.ready.map(({ seq }) => seq)).toEqual(Array.from({ length: reached }, (_, index) => index + 1))
      expect(released.waiting.map(({ seq }) => seq)).toEqual(
        [...numbers].filter((n) => n > reached).toSorted((a, b) => a - b),
      )
    }),
  )
})
