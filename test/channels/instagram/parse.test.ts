import { describe, expect, test } from 'vitest'
import { parse } from '../../../src/channels/instagram/parse.ts'
import {
  changeDelivery,
  customer,
  customerId,
  delivery,
  deliveryOf,
  event,
  instagram,
  readEcho,
  sentAt,
} from '../meta/messaging/events.ts'
import { itemsOf, wordsOf } from '../updates.ts'

test('an echo on Instagram has no id of ours to hand back', () => {
  expect(readEcho(instagram, { text: 'a', metadata: '0b6f2f0e-3f0a-4c1e-9d58-6d8a4b0c1d2e' }).echo).toEqual({})
})

describe('the form in which events stand in `changes`', () => {
  const value = { sender: { id: customerId }, recipient: { id: instagram.accountId }, timestamp: `${sentAt}` }

  test.each([
    ['messages', { message: { mid: 'm', text: 'a' } }, { kind: 'message', content: 'a' }],
    ['messaging_postbacks', { postback: { mid: 'p', title: 'b' } }, { kind: 'message', type: 'button', content: 'b' }],
    ['messaging_seen', { read: { mid: 'm' } }, { kind: 'status', targetExternalId: 'm', status: 'read' }],
    [
      'message_reactions',
      { reaction: { mid: 'm', action: 'react', emoji: '🔥' } },
      { kind: 'reaction', targetExternalId: 'm', emoji: '🔥' },
    ],
    ['message_edit', { message_edit: { mid: 'm', text: 'c', num_edit: '1' } }, { kind: 'edit', content: 'c' }],
    ['messaging_referral', { referral: { ref: 'r', source: 'IGME' } }, { kind: 'message', type: 'system' }],
  ])('is read for %s', (field, thing, item) => {
    expect(itemsOf(parse(changeDelivery(instagram, field, { ...value, ...thing })))).toMatchObject([
      { at: sentAt, ...item },
    ])
  })
})

test('an account is the one its entry names, whichever of its two ids that is', () => {
  const said = { ...event(instagram, { message: { mid: 'm', text: 'a' } }), recipient: { id: '25009876543210' } }
  for (const id of [instagram.accountId, '25009876543210']) {
    expect(parse(deliveryOf(instagram, { id, messaging: [said] }))).toMatchObject([
      { to: { channelExternalId: id }, item: { contact: customer, direction: 'inbound' } },
    ])
  }
})

test.each(['comments', 'live_comments', 'mentions', 'story_insights'])(
  'the field %s of an account is nothing for an inbox',
  (field) => {
    expect(wordsOf(parse(changeDelivery(instagram, field, { id: '1', text: 'a' })))).toEqual([`ignored: ${field}`])
  },
)

test('a delivery of a page is of another address', () => {
  expect(wordsOf(parse({ ...delivery(instagram), object: 'page' }))).toEqual(['refused: object.unknown'])
})
