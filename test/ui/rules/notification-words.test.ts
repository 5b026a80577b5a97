import { describe, expect, it } from 'vitest'
import { createTexts, type Language } from '../../../src/ui/i18n/texts.ts'
import {
  type NotificationFacts,
  type Reader,
  tagOf,
  targetOf,
  wordsOf,
} from '../../../src/ui/rules/notification-words.ts'
import { messageNotification } from '../fake-notifications.ts'

const me = '00000000-0000-4000-8000-000000000001'
const id = '00000000-0000-4000-8000-000000000010'

function reader(language: Language = 'en', given: Partial<Reader> = {}): Reader {
  const { t } = createTexts(language)
  return { say: t, userId: me, date: (iso) => iso.slice(0, 10), channelOf: () => 'Office', ...given }
}
const said = (facts: NotificationFacts, who = reader()) => wordsOf(facts, who)

describe('a message', () => {
  it('says who wrote and what', () => {
    expect(said(messageNotification())).toEqual({ title: 'New message from Olena Kovalenko', text: 'Good morning' })
    expect(said(messageNotification({ kind: 'new_conversation' }), reader('uk')).title).toBe(
      'Новий клієнт: Olena Kovalenko',
    )
  })
  it('without text says what it is, and no more where that is not known', () => {
    expect(said(messageNotification({ preview: null, message_type: 'audio' })).text).toBe('Voice message')
    expect(said(messageNotification({ preview: null, message_type: 'contacts' })).text).toBe('Contact card')
    expect(said(messageNotification({ preview: null })).text).toBe('Open it to read it')
  })
  it('of a stranger cannot break the line, nor turn it round', () => {
    const client_name = `a\n\u202Egnp.exe${'x'.repeat(500)}`
    const { title } = said(messageNotification({ client_name }))
    expect(title).not.toMatch(/[\n\u202e]/)
    expect(title.length).toBeLessThan(160)
  })
})

describe('an assignment', () => {
  const facts = { kind: 'assignment', client_name: 'Olena', assignee_id: me, previous_assignee_id: null }
  it.each([
    [{}, 'is yours now'],
    [{ assignee_id: 'other', previous_assignee_id: me }, 'is no longer yours'],
    [{ assignee_id: 'other' }, 'was given to a colleague'],
    [{ assignee_id: null }, 'Nobody has'],
  ])('%j: %s', (change, words) => {
    expect(said({ ...facts, ...change }).title).toContain(words)
  })
})

it.each<[NotificationFacts, string, string]>([
  [{ kind: 'mention', by_name: 'Taras', preview: 'Look', client_name: 'O' }, 'Taras mentioned you', 'Look'],
  [{ kind: 'mention', by_name: 'Taras', preview: null, client_name: 'O' }, 'Taras mentioned you', 'with O'],
  [{ kind: 'send_failed', client_name: 'O', error: { title: 'Blocked' } }, 'reply to O was not sent', 'Blocked'],
  [{ kind: 'channel_down', channel_id: 'c', message: 'Token' }, 'Office has stopped working', 'Token'],
  [{ kind: 'channel_up', channel_id: 'c' }, 'Office works again', ''],
  [{ kind: 'token_expiring', channel_id: 'c', expires_at: '2026-12-01T00:00:00Z' }, 'ends on 2026-12-01', 'renew'],
  [{ kind: 'quarantine_grew', count: 2 }, '2 deliveries wait', 'administrator'],
  [{ kind: 'system', title: 'Back-up', text: 'Done' }, 'Back-up', 'Done'],
  [{ kind: 'test' }, 'Test notification', 'reach you'],
  [{ kind: 'full_moon' }, 'Something new', ''],
  // The barest form of a push.
  [{ kind: 'new_message', conversation_id: id }, 'New message from a customer', 'Open it'],
  [{ kind: 'channel_down', channel_id: null }, 'A channel has stopped', ''],
])('%j', (facts, title, text) => {
  const words = said(facts)
  expect(words.title).toContain(title)
  expect(words.text).toContain(text)
})

it('leads to a conversation, to a safe link, or nowhere', () => {
  expect(targetOf(messageNotification())).toEqual({ kind: 'conversation', id })
  expect(targetOf({ kind: 'new_message', conversation_id: '../admin' })).toBeNull()
  expect(targetOf({ kind: 'system', link: '/reports' })).toEqual({ kind: 'link', href: '/reports' })
  for (const link of ['javascript:alert(1)', '//evil.example', 'http://x.example', '/\\evil', 7])
    expect(targetOf({ kind: 'system', link })).toBeNull()
})

it('takes the place of an older one about the same, and of no other', () => {
  expect(tagOf(messageNotification({ kind: 'new_conversation' }))).toBe(tagOf(messageNotification()))
  expect(tagOf({ kind: 'mention', conversation_id: id })).not.toBe(tagOf({ kind: 'send_failed', conversation_id: id }))
  expect(tagOf({ kind: 'channel_up', channel_id: 'c' })).toBe(tagOf({ kind: 'channel_down', channel_id: 'c' }))
  expect(tagOf({ kind: 'system' })).toBe('')
})
