import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ParsedUpdate } from '../../../src/channels/channel.ts'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import {
  accountId,
  channelId,
  delivery,
  itemsOfKind,
  type Json,
  messagesDelivery,
  metadata,
  readFixture,
  textMessage,
  wordsOf,
} from './deliveries.ts'

const fixtures = [
  ...['text', 'media', 'interactive', 'shared-things', 'marks', 'reactions', 'edits', 'system', 'unsupported'],
  ...['identities', 'group', 'statuses', 'channel-errors', 'echoes', 'history', 'history-media', 'history-declined'],
  ...['state-sync', 'user-id-update', 'group-events'],
]

/** What quarantine keeps of an update, after its way through a database. */
function replay(update: ParsedUpdate): unknown {
  if (update.kind === 'ignored') return [update]
  const stored: unknown = JSON.parse(JSON.stringify(update.raw))
  return parse(stored)
}

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
    expect((item?.details as Json)['polluted']).toBeUndefined()
  })

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'of a type called %s is a placeholder like any other',
    (type) => {
      expect(itemsOfKind(parse(messagesDelivery({ messages: [textMessage('m', { type })] })), 'message')).toMatchObject(
        [{ type: 'unsupported', content: `Unsupported message (${type.replaceAll('_', ' ')})` }],
      )
    },
  )

  test('of any depth is survived, and its copy bounded', () => {
    const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))
    const wide = Array.from({ length: 100_000 }, (_, i) => `value ${i}`)
    const messages = [deep, wide].map((hologram, i) => textMessage(`m${i}`, { type: 'hologram', hologram }))
    const items = itemsOfKind(parse(messagesDelivery({ messages })), 'message')
    expect(items).toHaveLength(2)
    for (const item of items) expect(JSON.stringify(item).length).toBeLessThan(64_000)
  })
})

describe('any JSON at all', () => {
  const words = [
    ...[
      'messages',
      'statuses',
      'errors',
      'contacts',
      'history',
      'threads',
      'message_echoes',
      'user_id_update',
      'state_sync',
    ],
    ...[
      'groups',
      'metadata',
      'phone_number_id',
      'id',
      'from',
      'to',
      'from_user_id',
      'type',
      'timestamp',
      'status',
      'text',
      'body',
    ],
    ...[
      'image',
      'reaction',
      'message_id',
      'edit',
      'message',
      'original_message_id',
      'revoke',
      'system',
      'wa_id',
      'user_id',
    ],
    ...[
      'interactive',
      'context',
      'group_id',
      'event',
      'ban_info',
      'contact',
      'previous',
      'current',
      'group_subject',
      'subject',
    ],
  ]
  const word = fc.constantFrom(
    ...words,
    'UA.1',
    'UA.ENT.1',
    '380671234567',
    'sent',
    'failed',
    '1790000000',
    'customer_changed_number',
  )
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.oneof(word, fc.jsonValue({ maxDepth: 1 }), fc.constant(5), fc.constant(null)),
      fc.dictionary(
        fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.string() }),
        tie('json'),
        { maxKeys: 6 },
      ),
      fc.array(tie('json'), { maxLength: 3 }),
    ),
  }))
  const field = fc.constantFrom(
    ...['messages', 'smb_message_echoes', 'history', 'user_id_update', 'smb_app_state_sync', 'group_lifecycle_update'],
    ...['account_update', 'account_alerts', 'security', 'calls', 'moon', undefined],
  )
  // Elements near enough to real ones to get past the first check.
  const nearMessage = fc.record(
    {
      from: fc.oneof(word, json),
      id: fc.oneof(word, json),
      type: fc.oneof(
        word,
        fc.constantFrom('contacts', 'location', 'order', 'button', 'nfm_reply', 'unsupported'),
        json,
      ),
      text: json,
      image: json,
      reaction: json,
      edit: json,
      system: json,
      contacts: json,
      interactive: json,
      location: json,
      order: json,
      context: json,
      errors: json,
      timestamp: json,
      group_id: json,
    },
    { requiredKeys: [] },
  )
  const lists = fc.record(
    {
      messages: fc.oneof(fc.array(nearMessage, { maxLength: 3 }), json),
      message_echoes: fc.oneof(fc.array(nearMessage, { maxLength: 3 }), json),
      history: fc.oneof(
        fc.array(
          fc.record({
            threads: fc.array(fc.record({ id: json, messages: fc.array(nearMessage, { maxLength: 3 }) }), {
              maxLength: 2,
            }),
          }),
          { maxLength: 2 },
        ),
        json,
      ),
      statuses: json,
      errors: json,
      contacts: fc.oneof(
        fc.array(fc.record({ wa_id: word, user_id: word, profile: json }, { requiredKeys: [] }), { maxLength: 3 }),
        json,
      ),
      user_id_update: json,
      state_sync: json,
      groups: json,
      metadata: fc.oneof(fc.constant(metadata), json),
    },
    { requiredKeys: [] },
  )
  const anyDelivery = fc.oneof(
    { weight: 1, arbitrary: json },
    { weight: 2, arbitrary: fc.tuple(field, json).map(([name, value]) => delivery(name, value)) },
    {
      weight: 6,
      arbitrary: fc.tuple(field, lists, json).map(([name, value, time]) => delivery(name, value, { time })),
    },
  )
  const runs = { numRuns: 20000 }

  test('never makes it throw, and always leaves a word', () => {
    fc.assert(
      fc.property(anyDelivery, (given) => {
        expect(parse(given).length).toBeGreaterThan(0)
      }),
      runs,
    )
  })

  test('is never read by a fault of ours', () => {
    fc.assert(
      fc.property(anyDelivery, (given) => {
        expect(wordsOf(parse(given))).not.toContain('refused: parser.fault')
      }),
      runs,
    )
  })

  test('yields raws that parse to the same update again, alone', () => {
    fc.assert(
      fc.property(anyDelivery, (given) => {
        const received: unknown = JSON.parse(JSON.stringify(given))
        for (const update of parse(received)) expect(replay(update)).toEqual([update])
      }),
      runs,
    )
  })

  test('yields only items that keep the contract: text ids, whole times, bounded size', () => {
    fc.assert(
      fc.property(anyDelivery, (given) => {
        for (const update of parse(given)) {
          if (update.kind !== 'item') continue
          expect(Number.isSafeInteger(update.item.at) && update.item.at >= 0).toBe(true)
          if ('targetExternalId' in update.item) expect(update.item.targetExternalId).toEqual(expect.any(String))
          expect(JSON.stringify(update.item)).not.toContain('\\u0000')
        }
      }),
      runs,
    )
  })
})
