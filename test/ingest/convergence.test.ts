import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alias, InboundItem } from '../../src/channels/channel.ts'
import { message, onChannel, phone, user } from './builders.ts'
import { applyAll, now, settled } from './model.ts'
import { inBatches } from './reply-world.ts'

/** Three people, each seen under a number, an id, or both. */
const aliasSets: readonly [Alias, ...Alias[]][] = [
  [phone('1')],
  [user('UA.1')],
  [phone('1'), user('UA.1')],
  [phone('2'), user('UA.2')],
  [user('UA.2')],
  [phone('3')],
]

const at = fc.integer({ min: 1, max: 30 }).map((minutes) => now - minutes * 60_000)
const target = fc.integer({ min: 0, max: 7 }).map((n) => `m${n}`)

const anItem: fc.Arbitrary<InboundItem> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      at,
      targetExternalId: target,
      content: fc.constantFrom('a', 'b', 'c'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deletion' as const), at, targetExternalId: target }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('status' as const),
      at,
      targetExternalId: target,
      status: fc.constantFrom('sent' as const, 'delivered' as const, 'read' as const, 'failed' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        at,
        targetExternalId: target,
        by: fc.constantFrom('customer', 'business'),
        emoji: fc.constantFrom('👍', '❤️', ''),
      })
      .map(({ emoji, ...rest }) => ({ kind: 'reaction' as const, ...rest, ...(emoji === '' ? {} : { emoji }) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ at, aliases: fc.constantFrom(...aliasSets), name: fc.constantFrom('Ann', 'Bob') })
      .map(({ aliases, name, ...rest }) => ({ kind: 'contact' as const, ...rest, contact: { aliases, name } })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ targetExternalId: target, key: fc.constantFrom('one', 'two'), isThere: fc.boolean() })
      .map(({ isThere, ...of }) => {
        const stored = { objectKey: `t/x/${of.targetExternalId} ${of.key}`, size: 1, mimeType: null }
        const outcome = isThere ? { stored } : { error: { code: 'gone', title: 'Gone', details: null } }
        return { kind: 'file' as const, at: 0, ...of, outcome }
      }),
  },
)

/** Each message exists in one form only, as in life: what varies is when and how often it is seen. */
const someMessages = fc.array(
  fc.record({
    at,
    aliases: fc.constantFrom(...aliasSets),
    name: fc.constantFrom('Ann', 'Bob', 'Cyd'),
    outbound: fc.boolean(),
  }),
  { maxLength: 8 },
)

const history = fc.tuple(someMessages, fc.array(anItem, { maxLength: 14 })).map(([messages, others]) => [
  ...messages.map(({ aliases, name, outbound, ...rest }, n) =>
    message({
      externalId: `m${n}`,
      ...rest,
      direction: outbound ? 'outbound' : 'inbound',
      contact: outbound ? { aliases } : { aliases, name },
      ...(n % 3 === 0 ? { attachments: [{ type: 'image' as const, source: { mediaId: `media${n}` } }] } : {}),
      ...(n % 3 === 1 ? { attachments: [announced('one'), announced('two')] } : {}),
    }),
  ),
  ...others,
])

const announced = (announcedKey: string) => ({ type: 'image' as const, source: { announcedKey } })

const twoDeliveries = history.chain((items) => {
  const numbered = items.map((_, index) => index)
  const repeated = fc.array(fc.constantFrom(...(numbered.length > 0 ? numbered : [0])), { maxLength: 6 })
  return fc.record({
    items: fc.constant(items),
    order: repeated.chain((extra) =>
      fc.shuffledSubarray([...numbered, ...(items.length > 0 ? extra : [])], {
        minLength: items.length > 0 ? numbered.length + extra.length : 0,
      }),
    ),
    cuts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 30, maxLength: 30 }),
  })
})

describe('the plan of a batch', () => {
  it('leads to the same rows whatever the order, the batches and the repetitions', () => {
    fc.assert(
      fc.property(twoDeliveries, ({ items, order, cuts }) => {
        const all = onChannel(...items)
        const shuffled = order.flatMap((index) => all[index] ?? [])
        expect(settled(applyAll(inBatches(shuffled, cuts)))).toEqual(settled(applyAll([all])))
      }),
      { numRuns: 1500 },
    )
  })

  it('numbers the journal 1, 2, 3 … without a hole', () => {
    fc.assert(
      fc.property(twoDeliveries, ({ items, order, cuts }) => {
        const all = onChannel(...items)
        const { events, tables } = applyAll(
          inBatches(
            order.flatMap((index) => all[index] ?? []),
            cuts,
          ),
        )
        expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
        expect(events.map((event) => (JSON.parse(event.data) as { seq: number }).seq)).toEqual(
          events.map((event) => event.seq),
        )
        expect(tables.head.seq).toBe(events.length)
      }),
      { numRuns: 300 },
    )
  })

  it('makes no event of anything that comes a second time', () => {
    fc.assert(
      fc.property(twoDeliveries, ({ items, cuts }) => {
        const all = onChannel(...items)
        const once = applyAll(inBatches(all, cuts))
        const twice = applyAll([...inBatches(all, cuts), all, ...inBatches(all, [...cuts].reverse())])
        expect(twice.events.length).toBe(once.events.length)
      }),
      { numRuns: 300 },
    )
  })
})
