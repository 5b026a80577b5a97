import { describe, expect, test } from 'vitest'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { itemsOfKind, wordsOf } from '../updates.ts'
import { accountId, channelId, delivery, messagesDelivery, metadata, parseFixture, textMessage } from './deliveries.ts'

const olena = {
  aliases: [
    { kind: 'phone', value: '380671234567' },
    { kind: 'user', value: 'UA.7301112223334445' },
    { kind: 'parent_user', value: 'UA.ENT.9900112233445566' },
  ],
  name: 'Олена Коваль',
  username: 'olena.k',
}

describe('a text message', () => {
  test('becomes an inbound message of its contact, on its channel', () => {
    const [update] = parseFixture('text')
    expect(update).toMatchObject({
      kind: 'item',
      to: { channelExternalId: channelId, accountId },
      item: {
        kind: 'message',
        at: 1_790_000_001_000,
        externalId: 'wamid.T1',
        contact: olena,
        direction: 'inbound',
        type: 'text',
        content: 'Скільки коштує переклад диплома? 🎓',
      },
    })
  })

  test('is cleaned of NUL and lone surrogates', () => {
    const [message] = itemsOfKind(
      parse(messagesDelivery({ messages: [textMessage('m', { text: { body: 'a\0b\ud800c' } })] })),
      'message',
    )
    expect(message?.content).toBe('ab\ufffdc')
  })

  test('is capped at 64 K code points without cutting a character in two', () => {
    const body = '🎓'.repeat(70_000)
    const [message] = itemsOfKind(
      parse(messagesDelivery({ messages: [textMessage('m', { text: { body } })] })),
      'message',
    )
    expect(message?.content).toBe('🎓'.repeat(65_536))
  })
})

test('keeps what a message answers, that it was forwarded, the product and the ad it came from', () => {
  const messages = itemsOfKind(parseFixture('marks'), 'message')
  expect(messages.map(({ replyToExternalId }) => replyToExternalId)).toEqual([
    'wamid.OUT9',
    undefined,
    undefined,
    'wamid.OUT3',
    undefined,
  ])
  expect(messages[0]).not.toHaveProperty('details')
  expect(messages.slice(1).map(({ details }) => details)).toEqual([
    { forwarded: true },
    { frequently_forwarded: true },
    { referred_product: { catalog_id: 'cat-1', product_retailer_id: 'diploma-de' } },
    {
      referral: {
        source_url: 'https://fb.example/ad',
        source_id: '120099',
        source_type: 'ad',
        headline: 'Переклад за день',
        body: 'Пишіть',
        media_type: 'image',
        image_url: 'https://cdn.example/ad.jpg',
        ctwa_clid: 'clid-1',
        welcome_message: { text: 'Вітаємо' },
      },
    },
  ])
})

test('reads a reaction, and one taken back in either way', () => {
  expect(itemsOfKind(parseFixture('reactions'), 'reaction')).toEqual([
    { kind: 'reaction', at: 1_790_000_050_000, targetExternalId: 'wamid.OUT1', by: 'customer', emoji: '👍🏽' },
    { kind: 'reaction', at: 1_790_000_051_000, targetExternalId: 'wamid.OUT1', by: 'customer' },
    { kind: 'reaction', at: 1_790_000_052_000, targetExternalId: 'wamid.OUT1', by: 'customer' },
  ])
})

test('reads edits of text and caption, and a deletion, by the id of the original', () => {
  expect(parseFixture('edits').map((update) => (update.kind === 'item' ? update.item : update))).toEqual([
    { kind: 'edit', at: 1_790_000_060_000, targetExternalId: 'wamid.T1', content: 'виправлено' },
    { kind: 'edit', at: 1_790_000_061_000, targetExternalId: 'wamid.T10', content: 'новий підпис' },
    { kind: 'deletion', at: 1_790_000_062_000, targetExternalId: 'wamid.T11' },
  ])
})

describe('who wrote', () => {
  const updates = parseFixture('identities')

  test('is matched to the contact by id, not by position', () => {
    const named = itemsOfKind(updates, 'message').map(({ contact }) => [contact.name, contact.aliases])
    expect(named).toEqual([
      ['Anna', [{ kind: 'phone', value: '380931112222' }]],
      [
        'Bohdan',
        [
          { kind: 'user', value: 'UA.2222' },
          { kind: 'parent_user', value: 'UA.ENT.2' },
        ],
      ],
      [
        'João',
        [
          { kind: 'phone', value: '5511987654321' },
          { kind: 'phone', value: '551187654321' },
        ],
      ],
      [undefined, [{ kind: 'phone', value: '380630000000' }]],
    ])
  })

  test('is refused where several contacts could be meant', () => {
    expect(updates.at(-1)).toMatchObject({ kind: 'refused', reason: 'message.invalid' })
  })

  test('is the only contact there is when the message names nobody', () => {
    const contacts = [{ user_id: 'UA.5', profile: { name: 'Lone' } }]
    const [message] = itemsOfKind(
      parse(messagesDelivery({ contacts, messages: [textMessage('m', { from: undefined })] })),
      'message',
    )
    expect(message?.contact).toEqual({ aliases: [{ kind: 'user', value: 'UA.5' }], name: 'Lone' })
  })

  test('takes a business-scoped id for one wherever it stands', () => {
    const messages = [
      textMessage('1', { from: 'UA.77' }),
      textMessage('2', { from: 'UA.ENT.78' }),
      textMessage('3', { from: '+380 (67) 123-45-67' }),
    ]
    expect(itemsOfKind(parse(messagesDelivery({ messages })), 'message').map(({ contact }) => contact.aliases)).toEqual(
      [
        [{ kind: 'user', value: 'UA.77' }],
        [{ kind: 'parent_user', value: 'UA.ENT.78' }],
        [{ kind: 'phone', value: '380671234567' }],
      ],
    )
  })

  test('is no stranger whose number only starts alike', () => {
    const contacts = [{ wa_id: '5511900000001', profile: { name: 'Stranger' } }]
    const messages = [textMessage('m', { from: '5511987654321' })]
    const [message] = itemsOfKind(parse(messagesDelivery({ contacts, messages })), 'message')
    expect(message?.contact).toEqual({ aliases: [{ kind: 'phone', value: '5511987654321' }] })
  })

  test('is not merged with a contact whose other ids contradict', () => {
    const contacts = [{ wa_id: '380991111111', user_id: 'UA.6' }]
    const messages = [textMessage('m', { from_user_id: 'UA.6' })]
    const [message] = itemsOfKind(parse(messagesDelivery({ contacts, messages })), 'message')
    expect(message?.contact.aliases).toEqual([
      { kind: 'phone', value: '380671234567' },
      { kind: 'user', value: 'UA.6' },
    ])
  })
})

test('refuses an edit to what cannot be shown, so that the text we have stays', () => {
  const edit = { original_message_id: 'wamid.T1', message: { type: 'hologram', hologram: {} } }
  expect(parse(messagesDelivery({ messages: [textMessage('m', { type: 'edit', edit })] }))).toMatchObject([
    { kind: 'refused', reason: 'message.invalid' },
  ])
})

describe('system messages', () => {
  const messages = itemsOfKind(parseFixture('system'), 'message')

  test('of a change of number are visible and link the new number with the old', () => {
    expect(messages[0]).toMatchObject({
      type: 'system',
      content: 'Олена changed from 380671234567 to 380509998877',
      contact: {
        aliases: [
          { kind: 'phone', value: '380509998877' },
          { kind: 'phone', value: '380671234567' },
          { kind: 'user', value: 'UA.8800' },
        ],
      },
    })
    expect(messages[1]?.contact.aliases).toEqual([
      { kind: 'phone', value: '380509998877' },
      { kind: 'phone', value: '380671234567' },
    ])
  })

  test('never take an id from their text, which holds a name the customer chose', () => {
    expect(messages[2]?.contact.aliases).toEqual([{ kind: 'user', value: 'UA.8800' }])
  })

  test('of a changed identity change no alias', () => {
    expect(messages[3]).toMatchObject({
      type: 'system',
      contact: { aliases: [{ value: '380671234567' }] },
      details: { identity: { hash: 'h4' } },
    })
    expect(messages[3]?.contact.aliases).toHaveLength(1)
  })

  test('are never given to the one contact that stands beside them', () => {
    const system = {
      id: 's',
      timestamp: '1790000000',
      type: 'system',
      system: { type: 'user_changed_user_id', body: 'x', user_id: 'UA.9' },
    }
    const contacts = [{ wa_id: '380671234567' }]
    const updates = parse(messagesDelivery({ contacts, messages: [textMessage('m'), system] }))
    expect(itemsOfKind(updates, 'message')[1]?.contact.aliases).toEqual([{ kind: 'user', value: 'UA.9' }])
  })

  test('tell when a customer opens the chat for the first time', () => {
    expect(messages[4]).toMatchObject({ type: 'system', content: 'Opened the chat for the first time' })
  })
})

test('gives a group message to the group, with its member as sender and as reactor', () => {
  const [message, reaction] = parseFixture('group').map((update) => (update.kind === 'item' ? update.item : undefined))
  expect(message).toMatchObject({
    contact: { aliases: [{ kind: 'group', value: 'GROUP.1' }] },
    sender: { externalId: '380671234567', name: 'Олена Коваль' },
  })
  expect(reaction).toMatchObject({ kind: 'reaction', by: '380671234567' })
})

describe('errors of the channel', () => {
  test('stand alone and become health, down where nothing works any more', () => {
    expect(itemsOfKind(parseFixture('channel-errors'), 'health')).toEqual([
      {
        kind: 'health',
        at: 1_790_000_125_000,
        state: 'warning',
        code: '131000',
        message: 'Something went wrong: try later',
      },
      { kind: 'health', at: 1_790_000_125_000, state: 'down', code: '131031', message: 'Account has been locked' },
    ])
  })

  test('beside a message do not cost the message', () => {
    const updates = parse(messagesDelivery({ messages: [textMessage('m')], errors: [{ code: 1, title: 'x' }] }))
    expect(wordsOf(updates)).toEqual(['message', 'health'])
  })

  test('without a channel concern the account', () => {
    expect(parse(delivery('messages', { errors: [{ code: 1 }] }))).toMatchObject([{ kind: 'item', to: { accountId } }])
  })
})

describe('the time of a message', () => {
  test.each([
    ['1790000000', 1_790_000_000_000],
    [1_790_000_000, 1_790_000_000_000],
    ['1790000000000', 1_780_000_000_000],
    ['4102444800', 1_780_000_000_000],
    ['-5', 1_780_000_000_000],
    ['soon', 1_780_000_000_000],
    [null, 1_780_000_000_000],
    [1e300, 1_780_000_000_000],
  ])('%j becomes %d, the entry standing in where it is unreadable', (timestamp, at) => {
    const updates = parse(messagesDelivery({ messages: [textMessage('m', { timestamp })] }, { time: 1_780_000_000 }))
    expect(itemsOfKind(updates, 'message')).toMatchObject([{ at }])
  })

  test('is 0 where neither tells', () => {
    const updates = parse(messagesDelivery({ messages: [textMessage('m', { timestamp: 'x' })] }, { time: -1 }))
    expect(itemsOfKind(updates, 'message')).toMatchObject([{ at: 0 }])
  })
})

describe('ids', () => {
  test.each([
    ['a number', { id: 1234567890123 }, 'id_type'],
    ['a number as author', { from: 380671234567 }, 'id_type'],
    ['an empty text', { id: '' }, 'message.invalid'],
    ['null', { id: null }, 'message.invalid'],
    ['a list', { id: ['a'] }, 'message.invalid'],
    ['an object', { id: { a: 1 } }, 'message.invalid'],
    ['513 characters', { id: 'x'.repeat(513) }, 'message.invalid'],
    ['a text with NUL', { id: 'a\0b' }, 'message.invalid'],
    ['a lone surrogate', { id: 'a\udc00' }, 'message.invalid'],
  ])('that are %s are refused', (_, more, reason) => {
    expect(parse(messagesDelivery({ messages: [textMessage('m', more)] }))).toMatchObject([{ kind: 'refused', reason }])
  })

  test.each([
    ['the target of a reaction', { type: 'reaction', reaction: { message_id: 1, emoji: 'x' } }],
    [
      'the original of an edit',
      { type: 'edit', edit: { original_message_id: 1, message: { type: 'text', text: { body: 'x' } } } },
    ],
    ['the original of a deletion', { type: 'revoke', revoke: { original_message_id: 1 } }],
    ['a file', { type: 'image', image: { id: 1 } }],
  ])('that came as numbers are refused as %s', (_, more) => {
    expect(parse(messagesDelivery({ messages: [textMessage('m', more)] }))).toMatchObject([
      { kind: 'refused', reason: 'id_type' },
    ])
  })

  test('of 512 characters are taken', () => {
    expect(wordsOf(parse(messagesDelivery({ messages: [textMessage('x'.repeat(512))] })))).toEqual(['message'])
  })

  test('of a channel that came as numbers are refused', () => {
    const numeric = { metadata: { ...metadata, phone_number_id: 770001112223334 }, messages: [textMessage('m')] }
    expect(parse(delivery('messages', numeric))).toMatchObject([{ kind: 'refused', reason: 'id_type' }])
  })
})
