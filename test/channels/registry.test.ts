import { describe, expect, test } from 'vitest'
import { adapterFor, adapters } from '../../src/channels/registry.ts'

const strangeDeliveries: unknown[] = [
  ...[
    undefined,
    null,
    true,
    0,
    -1,
    'text',
    '',
    [],
    [[]],
    {},
    { object: null },
    { object: 'whatsapp_business_account' },
  ],
  ...[{ object: 'page', entry: [] }, { object: 'instagram', entry: 5 }, { entry: [{ changes: [{ value: null }] }] }],
  ...['whatsapp_business_account', 'page', 'instagram'].flatMap((object) => [
    { object, entry: [null, [], {}, { id: 'a' }, { id: 'a', changes: [null, {}], messaging: [null, {}, []] }] },
    {
      object,
      entry: [{ id: 'a', changes: [{ field: 'messages', value: { messages: [{}], sender: 1, message: 1 } }] }],
    },
    { object, entry: [{ id: 5, messaging: [{ sender: { id: 5 }, message: { mid: 5 } }] }] },
  ]),
]

describe.each([...adapters])('the adapter of %s', (platform, adapter) => {
  test('is found under its own platform', () => {
    expect(adapter.platform).toBe(platform)
    expect(adapterFor(platform)).toBe(adapter)
  })

  test('never throws, and passes nothing over in silence', () => {
    for (const delivery of strangeDeliveries) expect(adapter.parse(delivery).length).toBeGreaterThan(0)
  })

  test('gives the same answer each time, and keeps what it refuses so that it is refused again', () => {
    for (const delivery of strangeDeliveries) {
      const updates = adapter.parse(delivery)
      expect(adapter.parse(delivery)).toEqual(updates)
      expect(updates.some((update) => update.kind === 'refused' && update.reason === 'parser.fault')).toBe(false)
      const refused = updates.filter((update) => update.kind === 'refused')
      for (const update of refused) expect(adapter.parse(update.raw)).toEqual([update])
    }
  })

  test('has a reply window of a whole number of hours, or none', () => {
    expect((adapter.replyWindowMs ?? 0) % 3_600_000).toBe(0)
  })
})

test.each(['whatsapp', 'facebook', 'instagram'] as const)('lets a business answer on %s for 24 hours', (platform) => {
  expect(adapterFor(platform)?.replyWindowMs).toBe(86_400_000)
})
