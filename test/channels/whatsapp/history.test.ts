import { describe, expect, test } from 'vitest'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { itemsOf, itemsOfKind, wordsOf } from '../updates.ts'
import { delivery, metadata, parseFixture, textMessage } from './deliveries.ts'

describe('imported history', () => {
  const updates = parseFixture('history')
  const messages = itemsOfKind(updates, 'message')

  test('is silent, at the times of the messages', () => {
    expect(messages.every(({ silent }) => silent === true)).toBe(true)
    expect(messages[0]?.at).toBe(1_790_000_140_000)
  })

  test('knows who wrote by the mark, or else by the number', () => {
    expect(messages.map(({ content, direction }) => [content, direction])).toEqual([
      ['давнє питання', 'inbound'],
      ['давня відповідь', 'outbound'],
      ['без позначки', 'outbound'],
      ['Voice message', 'inbound'],
      ['Media not available yet', 'inbound'],
      ['не пішло', 'outbound'],
      ['інший', 'inbound'],
    ])
  })

  test('knows how far each message came, and never queues one to be sent by us', () => {
    expect(messages.map(({ status }) => status)).toEqual([
      'read',
      'delivered',
      'unknown',
      'played',
      'read',
      'failed',
      'read',
    ])
  })

  test('gives every message to the customer of its thread', () => {
    expect(messages[1]?.contact).toEqual({
      aliases: [
        { kind: 'phone', value: '380671234567' },
        { kind: 'user', value: 'UA.7301112223334445' },
      ],
      name: 'olena.k',
    })
    expect(messages[6]?.contact).toEqual({ aliases: [{ kind: 'phone', value: '380930000001' }] })
  })

  test('marks a file that follows later as a placeholder', () => {
    expect(messages[4]).toMatchObject({ type: 'unsupported', placeholder: true })
  })

  test('holds deletions and reactions too', () => {
    expect(itemsOf(updates).slice(6, 8)).toMatchObject([
      { kind: 'deletion', targetExternalId: 'wamid.H140' },
      { kind: 'reaction', targetExternalId: 'wamid.H140', by: 'business' },
    ])
  })

  test('leaves aside a chunk that only tells its progress', () => {
    expect(wordsOf(updates).at(-1)).toBe('ignored: history.progress')
  })
})

test('reads the files that follow, under the ids of their placeholders', () => {
  expect(itemsOfKind(parseFixture('history-media'), 'message')).toMatchObject([
    { externalId: 'wamid.H144', direction: 'inbound', silent: true, attachments: [{ source: { mediaId: '702' } }] },
    { externalId: 'wamid.H149', direction: 'outbound', contact: { aliases: [{ value: '380671234567' }] } },
  ])
})

test('believes the mark of who wrote rather than the number', () => {
  const marked = (fromMe: boolean) => textMessage('m', { from: '380671234567', history_context: { from_me: fromMe } })
  const thread = { id: '380671234567', messages: [marked(true), marked(false)] }
  const messages = itemsOfKind(parse(delivery('history', { metadata, history: [{ threads: [thread] }] })), 'message')
  expect(messages.map(({ direction }) => direction)).toEqual(['outbound', 'inbound'])
})

test('refuses a file of the business that says nobody it went to', () => {
  const file = { from: '380441112233', id: 'm', timestamp: '1790000000', type: 'image', image: { id: '1' } }
  expect(wordsOf(parse(delivery('history', { metadata, messages: [file] })))).toEqual(['refused: message.invalid'])
})

test('tells when the business does not share its history', () => {
  expect(itemsOfKind(parseFixture('history-declined'), 'health')).toMatchObject([
    { state: 'warning', code: '2593109', message: 'History sharing is off: the business turned it off' },
  ])
})

test('loses no message to a broken neighbour, thread or chunk', () => {
  const thread = { id: '380671234567', messages: [null, textMessage('good'), textMessage(5)] }
  const history = [7, { threads: 'x' }, { threads: [null, { id: '1' }, thread] }]
  expect(wordsOf(parse(delivery('history', { metadata, history })))).toEqual([
    'refused: history.malformed',
    'refused: history.malformed',
    'refused: history.malformed',
    'refused: history.malformed',
    'refused: message.invalid',
    'message',
    'refused: id_type',
  ])
})
