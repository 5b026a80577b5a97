import { describe, expect, test } from 'vitest'
import { itemsOf, itemsOfKind, wordsOf } from '../../updates.ts'
import {
  changeDelivery,
  customer,
  customerId,
  delivery,
  deliveryOf,
  event,
  products,
  replay,
  sentAt,
} from './events.ts'

describe.each(products)('deliveries of $name', (product) => {
  const text = (mid: unknown) => event(product, { message: { mid, text: `text of ${String(mid)}` } })

  test('are read whole: every entry, every list, every event', () => {
    const entry = (name: string) => ({
      id: name,
      time: sentAt,
      messaging: [text(`${name}-1`), text(`${name}-2`)],
      standby: [text(`${name}-3`)],
      changes: [{ field: 'messages', value: text(`${name}-4`) }],
    })
    const updates = product.parse({ object: product.object, entry: [entry('a'), entry('b')] })
    expect(itemsOfKind(updates, 'message').map(({ externalId }) => externalId)).toEqual(
      ['a', 'b'].flatMap((name) => [1, 2, 3, 4].map((i) => `${name}-${i}`)),
    )
    expect(updates.at(-1)).toMatchObject({ to: { channelExternalId: 'b' } })
    for (const update of updates) expect(replay(product, update)).toEqual([update])
  })

  test('of a thousand messages are read whole', () => {
    const events = Array.from({ length: 1000 }, (_, i) => text(`m${i}`))
    expect(product.parse(delivery(product, ...events))).toHaveLength(1000)
  })

  test('lose nothing to a broken element at any level', () => {
    const entry = [
      null,
      { id: 'a' },
      { id: 'a', messaging: { toString: 1 } },
      { id: 'a', messaging: [7, {}, text('good'), { message: null }, text('also')], changes: [null, { field: 5 }] },
      { id: 'a', messaging: [text('last')] },
    ]
    const updates = product.parse({ object: product.object, entry })
    expect(wordsOf(updates)).toEqual([
      'refused: entry.malformed',
      'refused: entry.malformed',
      'refused: entry.malformed',
      'refused: event.malformed',
      'refused: event.unknown',
      'message',
      'refused: event.unknown',
      'message',
      'refused: change.malformed',
      'refused: change.malformed',
      'message',
    ])
    for (const update of updates) expect(replay(product, update)).toEqual([update])
  })

  test('may hold two things in one event, and each is kept alone', () => {
    const both = event(product, { message: { mid: 'm_1', text: 'a' }, read: { watermark: sentAt } })
    const updates = product.parse(delivery(product, both))
    expect(wordsOf(updates)).toEqual(['message', 'watermark'])
    expect(updates.map((update) => (update.kind === 'item' ? JSON.stringify(update.raw) : ''))).toEqual([
      expect.not.stringContaining('watermark'),
      expect.not.stringContaining('m_1'),
    ])
  })

  test.each([
    [null, 'delivery.malformed'],
    ['text', 'delivery.malformed'],
    [[], 'delivery.malformed'],
    [{}, 'object.unknown'],
    [{ object: 'whatsapp_business_account', entry: [] }, 'object.unknown'],
  ])('of another form, %j, are refused whole', (given, reason) => {
    expect(product.parse(given)).toEqual([{ kind: 'refused', reason, raw: given }])
  })

  test('without entries, or with an entry of nothing, say so', () => {
    expect(wordsOf(product.parse({ object: product.object, entry: [] }))).toEqual(['ignored: delivery.empty'])
    expect(wordsOf(product.parse({ object: product.object }))).toEqual(['refused: delivery.malformed'])
    expect(wordsOf(product.parse(delivery(product)))).toEqual(['ignored: entry.empty'])
    expect(wordsOf(product.parse(deliveryOf(product, { changed_fields: ['feed'] })))).toEqual([
      'ignored: changed_fields',
    ])
  })

  test('keep a list that nobody told us of', () => {
    const [update] = product.parse(deliveryOf(product, { messaging: [], sidewalk: [{ message: {} }] }))
    expect(update).toMatchObject({ kind: 'refused', reason: 'entry.unknown' })
    expect(JSON.stringify(update)).toContain('sidewalk')
  })

  test('that name no account, or one by a number, go nowhere', () => {
    const parse = (id: unknown) => product.parse(deliveryOf(product, { id, messaging: [text('m')] }))
    expect(wordsOf(parse(undefined))).toEqual(['refused: channel.missing'])
    expect(wordsOf(parse(104))).toEqual(['refused: id_type'])
  })

  describe('in `changes`', () => {
    const value = {
      sender: { id: customerId },
      recipient: { id: product.accountId },
      timestamp: '1527459824',
      message: { mid: 'm_1', text: 'a' },
    }

    test('are the same events', () => {
      const [update, ...more] = product.parse(changeDelivery(product, 'messages', value))
      expect(update).toMatchObject({
        to: { channelExternalId: product.accountId },
        item: { kind: 'message', at: 1_527_459_824_000, contact: customer, content: 'a' },
      })
      expect(more).toEqual([])
    })

    test('may have ids as numbers, as long as no digit can be lost', () => {
      const numeric = { ...value, sender: { id: 12_334 }, message: { mid: 77, text: 'a', is_echo: 'false' } }
      const read = (over: object) =>
        product.parse(changeDelivery(product, 'messages', { ...numeric, ...over }, { id: 9 }))
      expect(read({})).toMatchObject([
        { to: { channelExternalId: '9' }, item: { externalId: '77', contact: { aliases: [{ value: '12334' }] } } },
      ])
      expect(wordsOf(read({ sender: { id: 2 ** 53 } }))).toEqual(['refused: id_type'])
    })

    test('of a field that says nothing of conversations are ignored by its name', () => {
      const field = product.name === 'facebook' ? 'feed' : 'comments'
      expect(wordsOf(product.parse(changeDelivery(product, field, { message: 'a' })))).toEqual([`ignored: ${field}`])
    })

    test('of an unknown field are kept', () => {
      const updates = product.parse(changeDelivery(product, 'moon', value))
      expect(updates).toMatchObject([{ reason: 'field.unknown', to: { channelExternalId: product.accountId } }])
    })

    test('that left out the field are read if they look like an event', () => {
      const read = (given: unknown) => wordsOf(product.parse(deliveryOf(product, { changes: [{ value: given }] })))
      expect(read(value)).toEqual(['message'])
      expect(read({ message: 'a' })).toEqual(['refused: change.malformed'])
    })

    test('of the standby field are marked', () => {
      expect(itemsOf(product.parse(changeDelivery(product, 'standby', value)))).toMatchObject([
        { details: { standby: true } },
      ])
    })
  })

  test('from the dashboard for no account at all are nothing', () => {
    const sample = { sender: { id: '12334' }, recipient: { id: '23245' }, message: { mid: 'random_mid', text: 'a' } }
    const changes = [
      { field: 'messages', value: sample },
      { field: 'messages', value: { page_id: 'x' } },
    ]
    const updates = product.parse(deliveryOf(product, { id: '0', changes }))
    expect(wordsOf(updates)).toEqual(['ignored: delivery.test', 'ignored: delivery.test'])
  })

  test.each([
    ['optin', { optin: { ref: 'r' } }],
    ['account_linking', { account_linking: { status: 'linked' } }],
    ['pass_thread_control', { pass_thread_control: { new_owner_app_id: '1' } }],
    ['app_roles', { app_roles: { 1: ['primary_receiver'] } }],
    ['payment', { payment: { payload: 'p' } }],
  ])('with %s have nothing for an inbox', (name, thing) => {
    expect(wordsOf(product.parse(delivery(product, event(product, thing))))).toEqual([`ignored: ${name}`])
  })

  test('with a thing nobody told us of are kept', () => {
    const strange = event(product, { teleport: { to: 'moon' } })
    expect(product.parse(delivery(product, strange))).toEqual([
      {
        kind: 'refused',
        reason: 'event.unknown',
        to: { channelExternalId: product.accountId },
        raw: delivery(product, strange),
      },
    ])
  })

  describe('that tell how Meta enforces its rules', () => {
    const read = (key: string, policy: unknown) =>
      product.parse(delivery(product, { recipient: { id: product.accountId }, timestamp: sentAt, [key]: policy }))

    test.each([
      ['block', 'down'],
      ['warning', 'warning'],
      ['unblock', 'ok'],
    ])('by %s are health of the channel', (action, state) => {
      for (const key of ['policy_enforcement', 'policy-enforcement']) {
        const reason = 'Page sends too much'
        expect(itemsOf(read(key, { action, reason }))).toEqual([
          { kind: 'health', at: sentAt, state, code: `policy.${action}`, message: reason },
        ])
      }
    })

    test('without a reason name the act, and an unknown act is kept', () => {
      expect(itemsOf(read('policy_enforcement', { action: 'block' }))).toMatchObject([
        { message: 'Policy enforcement: block' },
      ])
      expect(wordsOf(read('policy_enforcement', { action: 'frown' }))).toEqual(['refused: policy.invalid'])
    })
  })
})
