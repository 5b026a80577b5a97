import { describe, expect, test } from 'vitest'
import { exceedsDepth } from '../../../src/lib/json-depth.ts'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { itemsOfKind, wordsOf } from '../updates.ts'
import {
  accountId,
  channelId,
  delivery,
  type Json,
  messagesDelivery,
  metadata,
  readFixture,
  replay,
  textMessage,
} from './deliveries.ts'

const fixtures = [
  ...['text', 'media', 'interactive', 'shared-things', 'marks', 'reactions', 'edits', 'system', 'unsupported'],
  ...['identities', 'group', 'statuses', 'channel-errors', 'echoes', 'history', 'history-media', 'history-declined'],
  ...['state-sync', 'user-id-update', 'group-events'],
]

describe('batches', () => {
  const pair = [1, 2]
  const batch = {
    object: 'whatsapp_business_account',
    entry: pair.map((e) => ({
      id: `account-${e}`,
      changes: pair.map((c) => ({
        field: 'messages',
        value: {
          messaging_product: 'whatsapp',
          metadata: { phone_number_id: `channel-${e}-${c}` },
          contacts: pair.map((m) => ({ wa_id: `38067000000${m}`, profile: { name: `name ${m}` } })),
          messages: pair.map((m) => textMessage(`m-${e}-${c}-${m}`, { from: `38067000000${m}` })),
          statuses: pair.map((s) => ({ id: `s-${e}-${c}-${s}`, status: 'read', timestamp: '1790000000' })),
        },
      })),
    })),
  }

  test('are read whole: every entry, change, message and status', () => {
    const updates = parse(batch)
    expect(updates).toHaveLength(16)
    const messages = itemsOfKind(updates, 'message')
    expect(messages.map(({ externalId }) => externalId)).toEqual(
      pair.flatMap((e) => pair.flatMap((c) => pair.map((m) => `m-${e}-${c}-${m}`))),
    )
    expect(messages.map(({ contact }) => contact.name)).toEqual(
      Array.from({ length: 4 }, () => ['name 1', 'name 2']).flat(),
    )
    expect(itemsOfKind(updates, 'status')).toHaveLength(8)
    expect(updates.at(-1)).toMatchObject({ to: { channelExternalId: 'channel-2-2', accountId: 'account-2' } })
  })

  test('lose nothing to a broken element at any level', () => {
    const good = { field: 'messages', value: { metadata, messages: [textMessage('good')] } }
    const mixed = {
      field: 'messages',
      value: {
        metadata,
        messages: [textMessage('a'), null, { type: { toString: 1 } }, textMessage('b')],
        statuses: 'x',
      },
    }
    const entry = [
      null,
      { id: accountId },
      { id: accountId, changes: [7, {}, { field: 'moon', value: {} }, mixed, good] },
      { id: accountId, changes: [good] },
    ]
    expect(wordsOf(parse({ object: 'whatsapp_business_account', entry }))).toEqual([
      'refused: entry.malformed',
      'refused: entry.malformed',
      'refused: change.malformed',
      'refused: change.malformed',
      'refused: field.unknown',
      'message',
      'refused: message.invalid',
      'refused: message.invalid',
      'message',
      'refused: value.malformed',
      'message',
      'message',
    ])
  })

  test('of a thousand messages are read whole', () => {
    const messages = Array.from({ length: 1000 }, (_, i) => textMessage(`m${i}`))
    expect(parse(messagesDelivery({ messages }))).toHaveLength(1000)
  })
})

describe('deliveries of another form', () => {
  test.each([
    [null, 'delivery.malformed'],
    ['text', 'delivery.malformed'],
    [[], 'delivery.malformed'],
    [{}, 'object.unknown'],
    [{ object: 'page', entry: [] }, 'object.unknown'],
    [{ object: 'whatsapp_business_account' }, 'delivery.malformed'],
    [{ object: 'whatsapp_business_account', entry: {} }, 'delivery.malformed'],
  ])('%j is refused whole', (given, reason) => {
    expect(parse(given)).toEqual([{ kind: 'refused', reason, raw: given }])
  })

  test('that are empty are ignored, saying so', () => {
    expect(wordsOf(parse({ object: 'whatsapp_business_account', entry: [] }))).toEqual(['ignored: delivery.empty'])
    expect(wordsOf(parse({ object: 'whatsapp_business_account', entry: [{ changes: [] }] }))).toEqual([
      'ignored: entry.empty',
    ])
    expect(wordsOf(parse(messagesDelivery({})))).toEqual(['ignored: value.empty'])
  })

  test('that left out the field are read as messages if they look like it', () => {
    expect(wordsOf(parse(delivery(undefined, { metadata, messages: [textMessage('m')] })))).toEqual(['message'])
    expect(wordsOf(parse(delivery(undefined, { metadata })))).toEqual(['refused: change.malformed'])
  })

  test('that name no channel are refused, with the account they came for', () => {
    expect(parse(delivery('messages', { messages: [textMessage('m')] }))).toMatchObject([
      { kind: 'refused', reason: 'channel.missing', to: { accountId } },
    ])
  })

  test('that hold something unknown in a known field are refused', () => {
    expect(wordsOf(parse(messagesDelivery({ holograms: [{}] })))).toEqual(['refused: value.unknown'])
  })

  test('of an unknown field are refused whole, for their channel', () => {
    expect(parse(delivery('moon_phase', { metadata, phase: 3 }))).toMatchObject([
      { kind: 'refused', reason: 'field.unknown', to: { channelExternalId: channelId } },
    ])
  })
})

describe('what quarantine keeps', () => {
  test.each(fixtures)('of the fixture %s parses to the same update again, alone', (name) => {
    for (const update of parse(readFixture(name))) expect(replay(update)).toEqual([update])
  })

  test('holds the one message and its own contact, nothing of the neighbours', () => {
    const contacts = [{ wa_id: '380671234567' }, { wa_id: '380930000000' }]
    const [update] = parse(
      messagesDelivery({ contacts, messages: [textMessage('a'), textMessage('b')], statuses: [{}] }),
    )
    expect(update).toMatchObject({ raw: messagesDelivery({ contacts: [contacts[0]], messages: [textMessage('a')] }) })
    expect(JSON.stringify(update)).not.toContain('380930000000')
  })

  test('is the same every time: parsing has no memory', () => {
    for (const name of fixtures) expect(parse(readFixture(name))).toEqual(parse(readFixture(name)))
  })
})

describe('hostile input', () => {
  test('reaches no prototype by any key', () => {
    const evil =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"ok":[{"__proto__":{"polluted":1}}]}'
    const message = `{"from":"380671234567","id":"m","timestamp":"1","type":"hologram","hologram":${evil},"__proto__":{"polluted":1}}`
    const body = `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"2"},"messages":[${message}]}}]}]}`
    const [item] = itemsOfKind(parse(JSON.parse(body)), 'message')
    expect(({} as Json)['polluted']).toBeUndefined()
    expect(JSON.stringify(item?.details)).not.toContain('polluted')
    expect(item?.details?.['polluted']).toBeUndefined()
  })

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'of a type called %s is a placeholder like any other',
    (type) => {
      expect(itemsOfKind(parse(messagesDelivery({ messages: [textMessage('m', { type })] })), 'message')).toMatchObject(
        [{ type: 'unsupported', content: `Unsupported message (${type.replaceAll('_', ' ')})` }],
      )
    },
  )

  test('is copied to a depth that whatever walks it can bear', () => {
    const hologram: unknown = JSON.parse('{"a":'.repeat(40) + '1' + '}'.repeat(40))
    const [item] = itemsOfKind(
      parse(messagesDelivery({ messages: [textMessage('m', { type: 'hologram', hologram })] })),
      'message',
    )
    expect(exceedsDepth(new TextEncoder().encode(JSON.stringify(item)), 16)).toBe(false)
  })

  test('of any depth is survived, and its copy bounded', () => {
    const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))
    const wide = Array.from({ length: 100_000 }, (_, i) => `value ${i}`)
    const messages = [deep, wide].map((hologram, i) => textMessage(`m${i}`, { type: 'hologram', hologram }))
    const items = itemsOfKind(parse(messagesDelivery({ messages })), 'message')
    expect(items).toHaveLength(2)
    for (const item of items) expect(JSON.stringify(item).length).toBeLessThan(64_000)
  })
})
