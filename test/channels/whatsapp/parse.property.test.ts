import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { anyDelivery } from './any-delivery.ts'
import { itemsOf, wordsOf } from '../updates.ts'
import { replay } from './deliveries.ts'

const runs = { numRuns: 1500 }

test('never throws on any delivery, and always leaves a word', () => {
  fc.assert(
    fc.property(anyDelivery, (delivery) => {
      expect(parse(delivery).length).toBeGreaterThan(0)
    }),
    runs,
  )
})

test('refuses what is broken because it was recognised, not by a fault of ours', () => {
  fc.assert(
    fc.property(anyDelivery, (delivery) => {
      expect(wordsOf(parse(delivery))).not.toContain('refused: parser.fault')
    }),
    runs,
  )
})

test('keeps of every update what parses to it again, alone', () => {
  fc.assert(
    fc.property(anyDelivery, (delivery) => {
      const received: unknown = JSON.parse(JSON.stringify(delivery))
      for (const update of parse(received)) expect(replay(update)).toEqual([update])
    }),
    runs,
  )
})

test('gives only items that keep the contract: whole times and storable text', () => {
  fc.assert(
    fc.property(anyDelivery, (delivery) => {
      for (const item of itemsOf(parse(delivery))) {
        expect(Number.isSafeInteger(item.at)).toBe(true)
        expect(item.at).toBeGreaterThanOrEqual(0)
        expect(JSON.stringify(item)).not.toContain(String.raw`\u0000`)
      }
    }),
    runs,
  )
})

test('meets every kind of item among the random deliveries, or the tests above would show little', () => {
  const kinds = fc.sample(anyDelivery, { numRuns: 1500, seed: 7 }).flatMap((delivery) => itemsOf(parse(delivery)))
  expect(new Set(kinds.map(({ kind }) => kind))).toEqual(
    new Set(['message', 'status', 'edit', 'deletion', 'reaction', 'contact', 'health']),
  )
})
