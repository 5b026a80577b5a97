import { expect, test } from 'vitest'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { itemsOfKind, wordsOf } from '../updates.ts'
import { messagesDelivery, parseFixture } from './deliveries.ts'

const updates = parseFixture('statuses')

test('reads every step of a message, in milliseconds', () => {
  expect(itemsOfKind(updates, 'status').slice(0, 4)).toEqual([
    { kind: 'status', at: 1_790_000_110_000, targetExternalId: 'wamid.OUT1', status: 'sent' },
    { kind: 'status', at: 1_790_000_111_000, targetExternalId: 'wamid.OUT1', status: 'delivered' },
    { kind: 'status', at: 1_790_000_112_000, targetExternalId: 'wamid.OUT1', status: 'read' },
    { kind: 'status', at: 1_790_000_113_000, targetExternalId: 'wamid.OUT1', status: 'played' },
  ])
})

test('says in the words of the platform why a message failed', () => {
  expect(itemsOfKind(updates, 'status')[4]).toEqual({
    kind: 'status',
    at: 1_790_000_114_000,
    targetExternalId: 'wamid.OUT2',
    status: 'failed',
    error: {
      code: '131047',
      title: 'Re-engagement message',
      details: 'More than 24 hours have passed',
      kind: 'window',
    },
  })
})

test('gives a failure without details or of an unknown code all fields, and one without errors none', () => {
  const failed = { id: 'a', status: 'failed', timestamp: '1790000000' }
  const statuses = [
    { ...failed, errors: [{ code: 131026, title: 'Undeliverable' }] },
    { ...failed, errors: [{}] },
    failed,
  ]
  expect(itemsOfKind(parse(messagesDelivery({ statuses })), 'status').map(({ error }) => error)).toEqual([
    { code: '131026', title: 'Undeliverable', details: null, kind: 'recipient' },
    { code: 'unknown', title: 'Unknown error', details: null, kind: 'platform' },
    undefined,
  ])
})

test('hands back the id that a message of ours was sent with, and nothing that another program sent along', () => {
  const own = '0b6f2f0e-3f0a-4c1e-9d58-6d8a4b0c1d2e'
  const statuses = [own, own.toUpperCase(), 'k-1', 7, undefined].map((reference) => {
    return { id: 'a', status: 'sent', timestamp: '1790000000', biz_opaque_callback_data: reference }
  })
  const items = itemsOfKind(parse(messagesDelivery({ statuses })), 'status')
  expect(items.map(({ reference }) => reference)).toEqual([own, undefined, undefined, undefined, undefined])
})

test('moves a group message on with one member, but does not fail it for one', () => {
  expect(wordsOf(updates).slice(5, 7)).toEqual(['status', 'ignored: status.member_failed'])
})

test('takes no call or payment for a message, and refuses a word it does not know', () => {
  expect(wordsOf(updates).slice(7, 10)).toEqual([
    'ignored: status.call',
    'ignored: status.payment',
    'refused: status.unknown',
  ])
})

test('learns from a sent message that a number and a business-scoped id are one person', () => {
  expect(itemsOfKind(updates, 'contact').map(({ contact }) => contact.aliases.map(({ value }) => value))).toEqual([
    ['380671234567', 'UA.7301112223334445', 'UA.ENT.9900112233445566'],
  ])
})

test('learns it once a message, and only where there is something to link', () => {
  const pair = [{ wa_id: '1555000111', user_id: 'US.1' }]
  const read = { id: 'a', status: 'read', timestamp: '1790000000' }
  const sent = { id: 'a', status: 'sent', timestamp: '1790000000' }
  expect(wordsOf(parse(messagesDelivery({ contacts: pair, statuses: [read] })))).toEqual(['status'])
  expect(wordsOf(parse(messagesDelivery({ contacts: [{ wa_id: '1555000111' }], statuses: [sent] })))).toEqual([
    'status',
  ])
})

test.each([
  [null, 'status.invalid'],
  [{}, 'status.invalid'],
  [{ id: 5, status: 'read' }, 'id_type'],
  [{ id: 'a', status: 7 }, 'status.invalid'],
])('refuses the broken status %j', (status, reason) => {
  expect(parse(messagesDelivery({ statuses: [status] }))).toMatchObject([{ kind: 'refused', reason }])
})
