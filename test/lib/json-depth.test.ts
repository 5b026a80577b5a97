import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exceedsDepth } from '../../src/lib/json-depth.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

test.each([
  ['5', 0],
  ['""', 0],
  ['[]', 1],
  ['{"a":[{"b":1}]}', 3],
  ['[[],[],[[]]]', 3],
  [String.raw`["[[[[", "\"[[[", "\\", {"[{": "]}"}]`, 2],
])('finds how deep %s is', (text, depth) => {
  expect(exceedsDepth(bytesOf(text), depth)).toBe(false)
  expect(exceedsDepth(bytesOf(text), depth - 1)).toBe(depth > 0)
})

test('agrees with the parsed value for any JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(8), fc.constantFrom(0, 2), (value, limit, indent) => {
      expect(exceedsDepth(bytesOf(JSON.stringify(value, null, indent)), limit)).toBe(depthOf(value) > limit)
    }),
  )
})

test('answers for a hundred thousand levels, and for bytes that are no JSON', () => {
  expect(exceedsDepth(bytesOf('['.repeat(100_000)), 32)).toBe(true)
  expect(exceedsDepth(bytesOf('"never closed [[[['), 1)).toBe(false)
  expect(exceedsDepth(new Uint8Array(), 0)).toBe(false)
})
