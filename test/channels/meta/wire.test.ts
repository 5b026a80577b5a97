import { expect, test } from 'vitest'
import { msOf, numeralOf } from '../../../src/channels/meta/wire.ts'

test.each([
  [1_790_000_000_123, 1_790_000_000_123],
  ['1790000000123', 1_790_000_000_123],
  [1_790_000_000_123.9, 1_790_000_000_123],
  ['1527459824', 1_527_459_824_000],
  [1_527_459_824, 1_527_459_824_000],
  ['2026-01-22T10:00:00+0000', Date.UTC(2026, 0, 22, 10)],
  ['2026-01-22T10:00:00Z', Date.UTC(2026, 0, 22, 10)],
])('%s is read as a time', (given, ms) => {
  expect(msOf(given)).toBe(ms)
})

test.each([
  ...[undefined, null, '', 0, -1, Number.NaN, Number.POSITIVE_INFINITY, true, {}, 'soon', '1e12', '12345678901234'],
  ...[Date.UTC(2100, 0, 1), '2026-13-45T99:00:00+0000', '2026-01-22', '2026-01-22T10:00:00+0300'],
])('%s is no time to be believed', (given) => {
  expect(msOf(given)).toBe(0)
})

test("a number of Meta's is shown as text", () => {
  expect([369_239_263_222_822, '17', 1.5, null, ''].map(numeralOf)).toEqual([
    '369239263222822',
    '17',
    undefined,
    undefined,
    undefined,
  ])
})
