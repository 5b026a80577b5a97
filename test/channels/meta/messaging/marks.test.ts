import { describe, expect, test } from 'vitest'
import { itemsOf, itemsOfKind, wordsOf } from '../../updates.ts'
import { customer, delivery, deliveryOf, event, ownEvent, products, replay, sentAt } from './events.ts'

describe.each(products)('on $name', (product) => {
  const parse = (...events: unknown[]) => product.parse(delivery(product, ...events))
  const did = (thing: object) => event(product, { ...thing })

  describe('a reaction', () => {
    const target = { kind: 'reaction', at: sentAt, targetExternalId: 'm_1' }

    test("is the customer's or the business's own, and can be taken back", () => {
      const love = { reaction: { mid: 'm_1', action: 'react', emoji: '❤️', reaction: 'love' } }
      const gone = { reaction: { mid: 'm_1', action: 'unreact', emoji: '❤️', reaction: 'love' } }
      expect(itemsOf(parse(did(love), ownEvent(product, love), did(gone)))).toEqual([
        { ...target, by: 'customer', emoji: '❤️' },
        { ...target, by: 'business', emoji: '❤️' },
        { ...target, by: 'customer' },
      ])
    })

    test.each([
      ['like', '👍'],
      ['angry', '😠'],
    ])('named %s without an emoji has one', (reaction, emoji) => {
      const updates = parse(did({ reaction: { mid: 'm_1', action: 'react', reaction } }))
      expect(itemsOf(updates)).toEqual([{ ...target, by: 'customer', emoji }])
    })

    test.each([
      ['reaction.invalid', { mid: 'm_1', action: 'react', reaction: 'other' }],
      ['reaction.invalid', { mid: 'm_1', action: 'adore', emoji: '❤️' }],
      ['reaction.invalid', { action: 'react', emoji: '❤️' }],
      ['reaction.invalid', 'x'],
      ['id_type', { mid: 5, action: 'unreact' }],
    ])('is refused as %s: %j', (reason, reaction) => {
      expect(wordsOf(parse(did({ reaction })))).toEqual([`refused: ${reason}`])
    })
  })

  describe('an edit', () => {
    test('is the new text of its message', () => {
      const edit = { mid: 'm_1', text: 'виправлено\0', num_edit: 1 }
      expect(itemsOf(parse(did({ message_edit: edit })))).toEqual([
        { kind: 'edit', at: sentAt, targetExternalId: 'm_1', content: 'виправлено' },
      ])
    })

    test('number 0 stands for a message that is yet to come', () => {
      expect(itemsOf(parse(did({ message_edit: { mid: 'm_1', num_edit: 0 } })))).toMatchObject([
        { kind: 'message', externalId: 'm_1', contact: customer, type: 'unsupported', placeholder: true },
      ])
      expect(itemsOf(parse(did({ message_edit: { mid: 'm_1', num_edit: '0', text: 'a' } })))).toMatchObject([
        { kind: 'message', type: 'text', content: 'a', placeholder: true },
      ])
    })

    test('number 0 of our own message is no second message', () => {
      const announced = ownEvent(product, { message_edit: { mid: 'm_1', num_edit: 0 } })
      expect(wordsOf(parse(announced))).toEqual(['ignored: edit.announcement'])
    })

    test('number 0 that names nobody is kept for a look, as there is no conversation for it', () => {
      expect(wordsOf(parse({ timestamp: sentAt, message_edit: { mid: 'm_1', num_edit: 0 } }))).toEqual([
        'refused: contact.missing',
      ])
    })

    test.each([
      ['edit.invalid', { mid: 'm_1', num_edit: 2 }],
      ['edit.invalid', { mid: 'm_1', text: null, num_edit: 2 }],
      ['edit.invalid', { text: 'a' }],
      ['edit.invalid', 7],
      ['id_type', { mid: 7, text: 'a' }],
    ])('is refused as %s: %j', (reason, message_edit) => {
      expect(wordsOf(parse(did({ message_edit })))).toEqual([`refused: ${reason}`])
    })
  })

  describe('reading', () => {
    test('up to a moment is a watermark in milliseconds', () => {
      expect(itemsOf(parse(did({ read: { watermark: sentAt - 7, seq: 38 } })))).toEqual([
        { kind: 'watermark', at: sentAt, contact: customer, status: 'read', upTo: sentAt - 7 },
      ])
    })

    test('of one message is a status of it', () => {
      expect(itemsOf(parse(did({ read: { mid: 'm_1' } })))).toEqual([
        { kind: 'status', at: sentAt, targetExternalId: 'm_1', status: 'read' },
      ])
    })

    test('by the business itself says nothing of its messages', () => {
      expect(wordsOf(parse(ownEvent(product, { read: { watermark: sentAt } })))).toEqual(['ignored: read.own'])
    })

    test('without any time of its own has that of the entry, or of the mark', () => {
      const untimed = { ...did({ read: { watermark: `${sentAt}` } }), timestamp: undefined }
      expect(itemsOf(parse(untimed))).toMatchObject([{ at: sentAt + 500, upTo: sentAt }])
      const never = product.parse(deliveryOf(product, { time: null, messaging: [untimed] }))
      expect(itemsOf(never)).toMatchObject([{ at: sentAt, upTo: sentAt }])
    })
  })

  describe('delivery', () => {
    test('is a watermark, and a status of each message it names', () => {
      const updates = parse(did({ delivery: { mids: ['m_1', 'm_2'], watermark: sentAt - 7 } }))
      expect(itemsOf(updates)).toEqual([
        { kind: 'status', at: sentAt, targetExternalId: 'm_1', status: 'delivered' },
        { kind: 'status', at: sentAt, targetExternalId: 'm_2', status: 'delivered' },
        { kind: 'watermark', at: sentAt, contact: customer, status: 'delivered', upTo: sentAt - 7 },
      ])
      for (const update of updates) expect(replay(product, update)).toEqual([update])
    })

    test('loses no message to a broken neighbour', () => {
      const updates = parse(did({ delivery: { mids: [5, 'm_2', null], watermark: 'soon' } }))
      expect(wordsOf(updates)).toEqual([
        'refused: id_type',
        'status',
        'refused: delivery.invalid',
        'refused: delivery.invalid',
      ])
      expect(itemsOfKind(updates, 'status')).toMatchObject([{ targetExternalId: 'm_2' }])
    })
  })

  test.each([
    ['read.invalid', { read: {} }],
    ['read.invalid', { read: 'x' }],
    ['read.invalid', { read: { watermark: -1 } }],
    ['delivery.invalid', { delivery: { mids: [] } }],
    ['delivery.invalid', { delivery: { mids: 'm_1', watermark: sentAt } }],
    ['contact.missing', { sender: {}, read: { watermark: sentAt } }],
  ])('a report is refused as %s: %j', (reason, thing) => {
    expect(wordsOf(parse(did(thing)))).toEqual([`refused: ${reason}`])
  })
})
