import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { itemsOf, wordsOf } from '../../updates.ts'
import { anyDelivery } from './any-event.ts'
import { products, replay } from './events.ts'

const runs = { numRuns: 1500 }

describe.each(products)('the parser of $name', (product) => {
  const { parse } = product
  const any = anyDelivery(product)

  test('never throws on any delivery, and always leaves a word', () => {
    fc.assert(
      fc.property(any, (delivery) => {
        expect(parse(delivery).length).toBeGreaterThan(0)
      }),
      runs,
    )
  })

  test('refuses what is broken because it was recognised, not by a fault of ours', () => {
    fc.assert(
      fc.property(any, (delivery) => {
        expect(wordsOf(parse(delivery))).not.toContain('refused: parser.fault')
      }),
      runs,
    )
  })

  test('keeps of every update what parses to it again, alone', () => {
    fc.assert(
      fc.property(any, (delivery) => {
        const received: unknown = JSON.parse(JSON.stringify(delivery))
        for (const update of parse(received)) expect(replay(product, update)).toEqual([update])
      }),
      runs,
    )
  })

  test('gives only items that keep the contract: whole times, storable text, files at safe addresses', () => {
    fc.assert(
      fc.property(any, (delivery) => {
        for (const item of itemsOf(parse(delivery))) {
          expect(Number.isSafeInteger(item.at) && item.at >= 0).toBe(true)
          expect(JSON.stringify(item)).not.toContain(String.raw`\u0000`)
          if (item.kind === 'watermark') expect(item.upTo).toBeGreaterThan(0)
          if (item.kind !== 'message') continue
          expect(item.content !== '' || (item.direction === 'outbound' && item.attachments !== undefined)).toBe(true)
          for (const { source } of item.attachments ?? []) expect('url' in source && source.url).toMatch(/^https:/)
        }
      }),
      runs,
    )
  })

  test('meets every kind of item among the random deliveries, or the tests above would show little', () => {
    const items = fc.sample(any, { numRuns: 1500, seed: 7 }).flatMap((delivery) => itemsOf(parse(delivery)))
    expect(new Set(items.map(({ kind }) => kind))).toEqual(
      new Set(['message', 'status', 'watermark', 'edit', 'deletion', 'reaction', 'health']),
    )
    const types = new Set(items.flatMap((item) => (item.kind === 'message' ? [item.type] : [])))
    for (const type of ['text', 'image', 'document', 'sticker', 'story', 'share', 'template', 'button', 'system']) {
      expect([...types]).toContain(type)
    }
  })
})
