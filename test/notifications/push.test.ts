import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/notifications/decide.ts'
import { maxPushBytes, pushMessage } from '../../src/notifications/push-message.ts'
import { pushOutcome } from '../../src/notifications/push-outcome.ts'
import { reachOf } from '../../src/notifications/reach.ts'
import { type Notification, notificationKinds } from '../../src/protocol/notifications.ts'
import { colleague, conversationId, facts, me, messageId, noon, notification, settings, third } from './builders.ts'

const context = { tenantId: third, userId: me, preview: true, now: noon }
const push = (of: Notification, fields: Partial<typeof context> = {}) => {
  const made = pushMessage(of, { ...context, ...fields })
  if (made === null) throw new Error('not too old')
  return { ...made.options, data: JSON.parse(made.data) as Record<string, unknown>, text: made.data }
}
const byteLength = (text: string) => new TextEncoder().encode(text).length

describe('a push', () => {
  it('carries what a service worker needs to word it', () => {
    expect(push(notification('new_message')).data).toMatchObject({
      id: 'k3f.7',
      kind: 'new_message',
      relation: 'assigned_to_me',
      conversation_id: conversationId,
      client_name: 'Олена',
      preview: 'Добрий день',
    })
  })

  it('quotes what was written only where the user allows it', () => {
    for (const kind of ['new_message', 'new_conversation', 'mention'] as const) {
      expect(push(notification(kind), { preview: false }).data['preview']).toBeNull()
    }
    expect(push(notification('mention'), { preview: false }).text).not.toContain('глянь')
  })

  it('fits for every kind, whatever stands in it, and keeps its ids', () => {
    const someText = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 4000 }),
      fc.constantFrom(
        '👋'.repeat(3000),
        '\u0001'.repeat(5000),
        '"\\'.repeat(4000),
        '\u202e'.repeat(3000),
        '\ud800'.repeat(900),
      ),
    )
    const someFields = fc.record({
      client_name: someText,
      preview: someText,
      title: someText,
      text: someText,
      by_name: someText,
    })
    fc.assert(
      fc.property(fc.constantFrom(...notificationKinds), someFields, someText, (kind, fields, link) => {
        const of = notification(kind, { ...fields, link, message: link, code: link })
        const { data, text } = push(of)
        expect(byteLength(text)).toBeLessThanOrEqual(maxPushBytes)
        expect(data).toMatchObject({ id: 'k3f.7', kind, conversation_id: of.conversation_id })
        expect(text.isWellFormed()).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('cuts texts before it gives any of them up, and never a link', () => {
    const long = { title: 'A', text: 'ї'.repeat(1990), link: `https://crm.bureau.com/${'a'.repeat(400)}` }
    const { data } = push(notification('system', long))
    expect(data).toMatchObject({ title: 'A', text: 'ї'.repeat(500), link: long.link })
    const cut = push(notification('system', { ...long, link: `https://crm.bureau.com/${'a'.repeat(900)}` }))
    expect(cut.data['link']).toBeNull()
  })

  it('takes marks that turn the direction of text out of names', () => {
    const { data } = push(notification('new_message', { client_name: 'abc\u202egpj.exe\n x' }))
    expect(data['client_name']).toBe('abcgpj.exe  x')
  })

  it('of a conversation takes the place of the one before it', () => {
    const topic = push(notification('new_message')).topic
    expect(push(notification('new_conversation', { seq: 8 })).topic).toBe(topic)
    expect(push(notification('new_message', { conversation_id: messageId })).topic).not.toBe(topic)
    expect(push(notification('mention')).topic).not.toBe(topic)
  })

  it('of a channel that works again takes the place of the alarm', () => {
    expect(push(notification('channel_up')).topic).toBe(push(notification('channel_down')).topic)
    expect(push(notification('token_expiring')).topic).not.toBe(push(notification('channel_down')).topic)
    expect(push(notification('channel_down', { channel_id: messageId })).topic).not.toBe(
      push(notification('channel_down')).topic,
    )
  })

  it('of the tenant’s server takes no other’s place', () => {
    expect(push(notification('system'))).not.toHaveProperty('topic')
  })

  it('names nothing to the push service, and is another topic for every user and tenant', () => {
    const topics = [{}, { userId: colleague }, { tenantId: messageId }].map(
      (of) => push(notification('new_message'), of).topic ?? '',
    )
    expect(new Set(topics).size).toBe(3)
    for (const topic of topics) {
      expect(topic).toMatch(/^[A-Za-z0-9_-]{32}$/)
      expect(topic).not.toContain(conversationId.replaceAll('-', '').slice(0, 8))
    }
  })

  it('is kept for what is left of a day, and is none after that', () => {
    expect(push(notification('new_message')).ttl).toBe(86_400)
    expect(push(notification('new_message'), { now: noon + 3_600_000 }).ttl).toBe(82_800)
    expect(pushMessage(notification('new_message'), { ...context, now: noon + 86_400_000 })).toBeNull()
    expect(push(notification('test')).ttl).toBe(60)
  })

  it.each([
    ['new_message', 'assigned_to_me', 'high'],
    ['new_message', 'unassigned', 'high'],
    ['new_message', 'others', 'normal'],
    ['mention', 'mention', 'high'],
    ['channel_down', null, 'high'],
    ['channel_up', null, 'low'],
    ['token_expiring', null, 'low'],
    ['system', null, 'normal'],
  ] as const)('for %s, %s: urgency %s', (kind, relation, urgency) => {
    expect(push(notification(kind, { relation })).urgency).toBe(urgency)
  })
})

describe('what a push service answers', () => {
  const outcome = (status: number, of: { retryAfterMs?: number; attempts?: number } = {}) =>
    pushOutcome({ status, retryAfterMs: of.retryAfterMs ?? null, attempts: of.attempts ?? 1 })

  it.each([
    [201, 'accepted'],
    [200, 'accepted'],
    [202, 'accepted'],
    [404, 'gone'],
    [410, 'gone'],
    [401, 'misconfigured'],
    [403, 'misconfigured'],
    [400, 'refused'],
    [413, 'refused'],
    [301, 'refused'],
    [307, 'refused'],
    [429, 'later'],
    [500, 'later'],
    [503, 'later'],
    [0, 'later'],
  ])('%i: %s', (status, kind) => {
    expect(outcome(status).kind).toBe(kind)
  })

  it('it is asked again later and later, within what is asked for, half an hour at most', () => {
    const waits = [1, 2, 3, 4, 5, 9].map((attempts) => outcome(503, { attempts }))
    expect(waits).toEqual(
      [5_000, 20_000, 80_000, 320_000, 1_280_000, 1_800_000].map((afterMs) => ({ kind: 'later', afterMs })),
    )
    expect(outcome(429, { retryAfterMs: 60_000 })).toEqual({ kind: 'later', afterMs: 60_000 })
    expect(outcome(429, { retryAfterMs: 86_400_000 })).toEqual({ kind: 'later', afterMs: 1_800_000 })
  })
})

describe('what a test reached', () => {
  const decided = (fields: object = {}) => {
    const decision = decide(facts('test'), 'all', settings(fields), { now: noon, focus: new Set() })
    if (decision === null) throw new Error('it is for everybody')
    return decision
  }

  it('is every medium that was allowed and found somebody', () => {
    expect(reachOf(me, decided(), { sockets: 2, pushes: 1, browsers: 1 })).toEqual({
      user_id: me,
      sockets: 2,
      pushes: 1,
      media: ['socket', 'sound', 'web_push'],
      refused: { email_digest: 'rule' },
    })
  })

  it('says what was missing where nobody was there', () => {
    expect(reachOf(me, decided(), { sockets: 0, pushes: 0, browsers: 0 })).toMatchObject({
      media: [],
      refused: { socket: 'no_socket', sound: 'no_socket', web_push: 'no_subscription', email_digest: 'rule' },
    })
  })

  it('gives the reason of the rules before that', () => {
    const paused = decided({ paused_until: '2027-01-01T00:00:00Z' })
    expect(reachOf(me, paused, { sockets: 0, pushes: 0, browsers: 0 }).refused).toEqual({
      socket: 'no_socket',
      sound: 'paused',
      web_push: 'paused',
      email_digest: 'rule',
    })
  })
})
