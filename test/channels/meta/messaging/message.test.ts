import { describe, expect, test } from 'vitest'
import { itemsOfKind, wordsOf } from '../../updates.ts'
import {
  customer,
  customerId,
  delivery,
  deliveryOf,
  event,
  ownEvent,
  products,
  readEcho,
  readMessage,
  sentAt,
} from './events.ts'

describe.each(products)('on $name', (product) => {
  const parse = (...events: unknown[]) => product.parse(delivery(product, ...events))
  const said = (thing: object) => event(product, { ...thing })

  describe('a text', () => {
    test('becomes an inbound message of its contact, on its channel, at its own time', () => {
      expect(parse(said({ message: { mid: 'm_1', text: 'Скільки коштує? 🎓' } }))).toMatchObject([
        {
          kind: 'item',
          to: { channelExternalId: product.accountId },
          item: {
            kind: 'message',
            at: sentAt,
            externalId: 'm_1',
            contact: customer,
            direction: 'inbound',
            type: 'text',
            content: 'Скільки коштує? 🎓',
          },
        },
      ])
    })

    test('brings nothing that is not there', () => {
      expect(Object.keys(readMessage(product, { text: 'a' })).sort()).toEqual(
        ['at', 'contact', 'content', 'direction', 'externalId', 'kind', 'type'].sort(),
      )
    })

    test('is cleaned of NUL and lone surrogates, and capped without cutting a character in two', () => {
      expect(readMessage(product, { text: 'a\0b\ud800c' }).content).toBe('ab\ufffdc')
      expect(readMessage(product, { text: '🎓'.repeat(70_000) }).content).toBe('🎓'.repeat(65_536))
    })

    test('names the customer where the platform does', () => {
      const sender = { id: customerId, username: 'olena.k', name: 'Олена' }
      const [message] = itemsOfKind(parse({ ...said({ message: { mid: 'm', text: 'a' } }), sender }), 'message')
      expect(message?.contact).toEqual({ ...customer, username: 'olena.k', name: 'Олена' })
    })

    test('names the message it answers', () => {
      const reply = { text: 'так', reply_to: { mid: 'm_0', is_self_reply: false } }
      expect(readMessage(product, reply)).toMatchObject({ type: 'text', replyToExternalId: 'm_0' })
    })

    test('that was tapped keeps the payload behind it', () => {
      const tapped = readMessage(product, { text: 'Так', quick_reply: { payload: 'yes:1' } })
      expect(tapped).toMatchObject({ type: 'text', content: 'Так', details: { quick_reply: { payload: 'yes:1' } } })
    })

    test('takes the time of its entry where it has none, and none where there is none', () => {
      const untimed = { ...said({ message: { mid: 'm', text: 'a' } }), timestamp: undefined }
      expect(itemsOfKind(parse(untimed), 'message')[0]?.at).toBe(sentAt + 500)
      const never = product.parse(deliveryOf(product, { time: 'soon', messaging: [untimed] }))
      expect(itemsOfKind(never, 'message')[0]?.at).toBe(0)
    })
  })

  describe('an echo', () => {
    test('is an outbound message of the same conversation', () => {
      expect(readEcho(product, { text: 'Доброго дня', app_id: 1_517_776_481_860_111 })).toMatchObject({
        direction: 'outbound',
        contact: customer,
        content: 'Доброго дня',
        details: { app_id: '1517776481860111' },
        echo: {},
      })
    })

    test('is known by its sender too', () => {
      const own = ownEvent(product, { message: { mid: 'm_1', text: 'a' } })
      expect(itemsOfKind(parse(own), 'message')).toMatchObject([{ direction: 'outbound', contact: customer, echo: {} }])
    })

    test('under the other id of the account is still of the customer', () => {
      const own = { ...ownEvent(product, { message: { mid: 'm', text: 'a', is_echo: true } }), sender: { id: '25009' } }
      expect(itemsOfKind(parse(own), 'message')).toMatchObject([{ direction: 'outbound', contact: customer }])
    })

    test('never has the account for its contact, whatever it says', () => {
      const odd = said({ message: { mid: 'm', text: 'a', is_echo: true } })
      expect(itemsOfKind(parse(odd), 'message')).toMatchObject([{ direction: 'outbound', contact: customer }])
    })

    test('of a note to oneself concerns no customer', () => {
      const note = ownEvent(product, { message: { mid: 'm', text: 'a', is_echo: true, is_self: true } })
      const self = { ...note, recipient: { id: product.accountId }, message: { mid: 'm', text: 'a' } }
      expect(wordsOf(parse(note, self))).toEqual(['ignored: message.self', 'ignored: message.self'])
    })
  })

  test('a message taken back is deleted, whoever wrote it', () => {
    const gone = { message: { mid: 'm_1', is_deleted: true } }
    const deletion = { kind: 'deletion', at: sentAt, targetExternalId: 'm_1' }
    expect(itemsOfKind(parse(said(gone), ownEvent(product, gone)), 'deletion')).toEqual([deletion, deletion])
  })

  test('a message that another app answers is marked', () => {
    const text = { message: { mid: 'm_1', text: 'a' } }
    const updates = product.parse(deliveryOf(product, { standby: [said(text), ownEvent(product, text)] }))
    expect(itemsOfKind(updates, 'message')).toMatchObject([
      { direction: 'inbound', details: { standby: true } },
      { direction: 'outbound', details: { standby: true } },
    ])
  })

  test("a sample of Meta's dashboard is marked", () => {
    const sample = { sender: { id: '12334' }, recipient: { id: '23245' }, timestamp: '1527459824' }
    const updates = parse({ ...sample, message: { mid: 'random_mid', text: 'random_text' } })
    expect(itemsOfKind(updates, 'message')).toMatchObject([{ at: 1_527_459_824_000, details: { test: true } }])
  })

  describe('a pressed button', () => {
    test('is a message with its title and the payload behind it', () => {
      const updates = parse(said({ postback: { mid: 'm_p', title: 'Замовити', payload: 'order:1' } }))
      expect(itemsOfKind(updates, 'message')).toMatchObject([
        {
          externalId: 'm_p',
          at: sentAt,
          direction: 'inbound',
          type: 'button',
          content: 'Замовити',
          details: { button: { payload: 'order:1', text: 'Замовити' } },
        },
      ])
    })

    test('shows its payload where it has no title', () => {
      const [message] = itemsOfKind(parse(said({ postback: { mid: 'm_p', payload: 'START' } })), 'message')
      expect(message).toMatchObject({ type: 'button', content: 'START' })
    })

    test('has on standby no payload', () => {
      const standby = [said({ postback: { mid: 'm_p', title: 'Замовити' } })]
      expect(itemsOfKind(product.parse(deliveryOf(product, { standby })), 'message')).toMatchObject([
        { content: 'Замовити', details: { button: { text: 'Замовити' }, standby: true } },
      ])
    })

    test('without an id is known by who pressed and when, the same each time', () => {
      const pressed = said({ postback: { title: 'Почати' } })
      const later = { ...pressed, timestamp: sentAt + 1 }
      const ids = itemsOfKind(parse(pressed, pressed, later), 'message').map(({ externalId }) => externalId)
      expect(ids[0]).toBe(ids[1])
      expect(ids[2]).not.toBe(ids[0])
    })

    test.each([
      ['contact.missing', { sender: { user_ref: 'r' }, postback: { title: 'a' } }],
      ['postback.invalid', { timestamp: 'x', postback: { title: 'a' } }],
      ['postback.invalid', { postback: { mid: 'm' } }],
      ['postback.invalid', { postback: 'x' }],
      ['id_type', { postback: { mid: 5, title: 'a' } }],
    ])('is refused as %s: %j', (reason, thing) => {
      expect(wordsOf(parse(said(thing)))).toEqual([`refused: ${reason}`])
    })
  })

  describe('what brought a customer here', () => {
    const ad = {
      source: 'ADS',
      type: 'OPEN_THREAD',
      ref: 'spring',
      ad_id: 120_210,
      ads_context_data: { ad_title: 'Переклад за день', photo_url: 'https://cdn.example/ad.jpg', post_id: '1_2' },
    }
    const kept = { ...ad, ad_id: '120210' }

    test('is kept with the message, wherever it stands', () => {
      expect(readMessage(product, { text: 'a', referral: ad }).details).toEqual({ referral: kept })
      const beside = itemsOfKind(parse(said({ message: { mid: 'm', text: 'a' }, referral: ad })), 'message')
      expect(beside.map(({ details }) => details)).toEqual([{ referral: kept }])
    })

    test('is kept with the button that began the conversation', () => {
      const start = { mid: 'm_s', title: 'Почати', payload: 'START', referral: ad }
      expect(itemsOfKind(parse(said({ postback: start })), 'message')).toMatchObject([{ details: { referral: kept } }])
    })

    test('alone begins a conversation with a system message, once', () => {
      const [message, again] = itemsOfKind(parse(said({ referral: ad }), said({ referral: ad })), 'message')
      expect(message).toMatchObject({
        at: sentAt,
        contact: customer,
        direction: 'inbound',
        type: 'system',
        content: 'Came from an ad: Переклад за день',
        details: { referral: kept },
      })
      expect(again).toEqual(message)
    })

    test.each([
      [{ source: 'ADS', ad_id: '1' }, 'Came from an ad'],
      [{ source: 'SHORTLINK', ref: 'прайс' }, 'Opened the chat through a link: прайс'],
      [{ source: 'SHORTLINK', type: 'OPEN_THREAD' }, 'Opened the chat through a link'],
    ])('%j says "%s"', (referral, content) => {
      expect(itemsOfKind(parse(said({ referral })), 'message')).toMatchObject([{ content }])
    })

    test.each([
      ['referral.invalid', { referral: {} }],
      ['referral.invalid', { referral: 'x' }],
      ['referral.invalid', { timestamp: null, referral: ad }],
      ['contact.missing', { sender: {}, referral: ad }],
    ])('is refused as %s: %j', (reason, thing) => {
      expect(wordsOf(parse(said(thing)))).toEqual([`refused: ${reason}`])
    })
  })

  describe('ids', () => {
    test.each([
      ['id_type', { message: { mid: 5, text: 'a' } }],
      ['message.invalid', { message: { text: 'a' } }],
      ['message.invalid', { message: { mid: '', text: 'a' } }],
      ['message.invalid', { message: 'a' }],
      ['id_type', { sender: { id: 5 }, message: { mid: 'm', text: 'a' } }],
      ['contact.missing', { sender: { id: '' }, message: { mid: 'm', text: 'a' } }],
      ['contact.missing', { sender: undefined, message: { mid: 'm', text: 'a' } }],
    ])('that are none, or numbers, are refused as %s: %j', (reason, thing) => {
      expect(parse(said(thing))).toMatchObject([
        { kind: 'refused', reason, to: { channelExternalId: product.accountId } },
      ])
    })
  })
})
