import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffDelayMs, patienceDelayMs, spreadDelayMs } from '../../src/client/backoff.ts'

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('keeps every wait between half a second and half a minute', () => {
  fc.assert(
    fc.property(fc.nat(5_000), share, (failures, random) => {
      const delay = backoffDelayMs(failures, () => random)
      expect(delay).toBeGreaterThanOrEqual(500)
      expect(delay).toBeLessThanOrEqual(30_000)
    }),
  )
})

test('doubles the ceiling of the wait with every failure', () => {
  const ceilings = [0, 1, 2, 3, 4, 5, 6, 60].map((failures) => backoffDelayMs(failures, () => 1))
  expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('spreads a common drop over the window and patience over a minute', () => {
  fc.assert(
    fc.property(share, (random) => {
      expect(spreadDelayMs(() => random)).toBeLessThan(2_000)
      expect(patienceDelayMs(() => random)).toBeGreaterThanOrEqual(30_000)
    }),
  )
})
