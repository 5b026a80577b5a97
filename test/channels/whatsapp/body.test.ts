import { describe, expect, test } from 'vitest'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { itemsOfKind } from '../updates.ts'
import { messagesDelivery, parseFixture, textMessage } from './deliveries.ts'

describe('files', () => {
  const messages = itemsOfKind(parseFixture('media'), 'message')

  test('become attachments with every handle the platform gave', () => {
    expect(messages.map(({ attachments }) => attachments)).toEqual([
      [
        {
          type: 'image',
          mimeType: 'image/jpeg',
          sha256: 'k1Rr/abc+DEF=',
          source: { mediaId: '501', url: 'https://media.example/501' },
        },
      ],
      [{ type: 'video', mimeType: 'video/mp4', sha256: 'v2=', source: { mediaId: '502' } }],
      [{ type: 'audio', mimeType: 'audio/ogg; codecs=opus', sha256: 'a3=', source: { mediaId: '503' } }],
      [
        {
          type: 'document',
          mimeType: 'application/pdf',
          sha256: 'd4=',
          filename: 'диплом.pdf',
          source: { mediaId: '504' },
        },
      ],
      [{ type: 'sticker', mimeType: 'image/webp', sha256: 's5=', source: { mediaId: '505' } }],
      [{ type: 'image', mimeType: 'image/png', sha256: 'i6=', source: { mediaId: '506' } }],
    ])
  })

  test('are shown by their caption, else by what they are', () => {
    expect(messages.map(({ type, content }) => [type, content])).toEqual([
      ['image', 'перша сторінка'],
      ['video', 'Video'],
      ['audio', 'Voice message'],
      ['document', 'диплом.pdf'],
      ['sticker', 'Sticker'],
      ['image', 'Photo'],
    ])
  })

  test('tell a voice message and a moving sticker apart', () => {
    expect(messages[2]?.details).toEqual({ voice: true })
    expect(messages[4]?.details).toEqual({ animated: true })
  })
})

describe('answers to interactive messages', () => {
  const messages = itemsOfKind(parseFixture('interactive'), 'message')

  test('show the title and keep the payload id', () => {
    expect(messages.slice(0, 3)).toMatchObject([
      {
        type: 'button',
        content: 'Підтверджую',
        replyToExternalId: 'wamid.OUT1',
        details: { button: { payload: 'CONFIRM_77' } },
      },
      { type: 'interactive', content: 'Німецька', details: { interactive: { type: 'button_reply', id: 'lang-de' } } },
      {
        type: 'interactive',
        content: 'Терміново',
        details: { interactive: { type: 'list_reply', id: 'urgent', description: 'до завтра' } },
      },
    ])
  })

  test('show what was filled into a form, without its token', () => {
    expect(messages[3]).toMatchObject({
      content: 'Form reply: from: uk, pages: 3',
      details: { interactive: { type: 'nfm_reply', response: { from: 'uk', pages: 3, flow_token: 'tok-1' } } },
    })
  })

  test('keep a form that is no JSON as text', () => {
    const form = { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Done', response_json: '{"a":' } }
    const [message] = itemsOfKind(
      parse(messagesDelivery({ messages: [textMessage('m', { type: 'interactive', interactive: form })] })),
      'message',
    )
    expect(message).toMatchObject({ content: 'Done', details: { interactive: { response_json: '{"a":' } } })
  })

  test('show the answer to a call request', () => {
    expect(messages[4]).toMatchObject({
      content: 'Call permission: accept',
      details: { interactive: { type: 'call_permission_reply', response: 'accept', expiration_timestamp: 1790600000 } },
    })
  })

  test('become a placeholder when their kind is new', () => {
    expect(messages[5]).toMatchObject({
      type: 'unsupported',
      content: 'Unsupported message (interactive)',
      details: { unsupported: { type: 'interactive', payload: { type: 'carousel_pick', carousel_pick: { card: 2 } } } },
    })
  })
})

describe('places, cards and orders', () => {
  const messages = itemsOfKind(parseFixture('shared-things'), 'message')

  test('show a place by name and address, or by its coordinates', () => {
    expect(messages[0]).toMatchObject({ type: 'location', content: 'Бюро, вул. Володимирська, 1' })
    expect(messages[0]?.details).toEqual({
      location: {
        latitude: 50.4501,
        longitude: 30.5234,
        name: 'Бюро',
        address: 'вул. Володимирська, 1',
        url: 'https://maps.example/1',
      },
    })
    expect(messages[1]).toMatchObject({ content: '49.8397, 24.0297', details: { location: { latitude: 49.8397 } } })
  })

  test('leave out coordinates that are nowhere on Earth', () => {
    const place = { latitude: 95, longitude: '12', name: 'Полюс' }
    const [message] = itemsOfKind(
      parse(messagesDelivery({ messages: [textMessage('m', { type: 'location', location: place })] })),
      'message',
    )
    expect(message?.details).toEqual({ location: { name: 'Полюс' } })
  })

  test('show cards by name and keep what is on them', () => {
    expect(messages[2]).toMatchObject({ type: 'contacts', content: 'Іван Нотаріус, Марія' })
    expect(messages[2]?.details?.['contacts']).toMatchObject([
      { phones: [{ phone: '+380 50 111 22 33', wa_id: '380501112233' }], org: { company: 'Нотаріат' } },
      { emails: [{ email: 'maria@example.org' }] },
    ])
  })

  test('show an order by its size and words', () => {
    expect(messages[3]).toMatchObject({
      type: 'order',
      content: 'Order: 2 items. без апостиля',
      details: {
        order: {
          catalog_id: 'cat-1',
          product_items: [{ product_retailer_id: 'diploma-de', item_price: 900 }, { quantity: 2 }],
        },
      },
    })
  })
})

describe('what the platform does not hand over', () => {
  const messages = itemsOfKind(parseFixture('unsupported'), 'message')

  test('becomes a visible placeholder that says why', () => {
    expect(messages.map(({ type, content }) => [type, content])).toEqual([
      ['unsupported', 'Unsupported message (poll)'],
      ['unsupported', 'Message content is not available here'],
      ['unsupported', 'Unsupported message (hologram)'],
      ['unsupported', 'Unsupported message (image)'],
    ])
    expect(messages[0]?.details).toMatchObject({
      errors: [{ code: '131051', title: 'Message type unknown', details: 'not supported' }],
    })
  })

  test('keeps the payload of a type nobody told us of', () => {
    expect(messages[2]?.details).toEqual({ unsupported: { type: 'hologram', payload: { id: 'h-1', frames: [1, 2] } } })
  })
})
