import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { standingOf } from '../../src/notifications/facts.ts'
import { factsOf, notifyingTypes } from '../../src/notifications/facts-of-event.ts'
import type { Notice } from '../../src/notifications/notice.ts'
import { JournalEvent } from '../../src/protocol/frames.ts'
import { EventCause, NewNoteEvent } from '../../src/protocol/notifications.ts'
import { messageTypes } from '../../src/protocol/words.ts'
import {
  channelId,
  colleague,
  conversation,
  conversationId,
  line,
  me,
  message,
  messageId,
  newMessage,
  noon,
  third,
} from './builders.ts'

const health = {
  state: 'down',
  last_inbound_at: null,
  last_error_at: null,
  last_error_code: 'token.refused',
  last_error_message: 'Connect it again.',
  signature_failures: 0,
  token_expires_at: null,
  session_state: null,
}
const error = { code: '131047', title: 'Too late', details: null }
const at = '2026-11-23T12:00:00.000Z'
const statusLine = (fields: object = {}) =>
  line('message_status', {
    conversation_id: conversationId,
    message_id: messageId,
    status: 'failed',
    at,
    error,
    ...fields,
  })
const failure: EventCause = {
  kind: 'send_failed',
  author_id: me,
  assignee_id: colleague,
  channel_id: channelId,
  client_name: 'Олена',
}
const noteLine = (fields: object = {}) => {
  const note = {
    id: messageId,
    author_id: me,
    author_name: 'Ірина',
    text: '@Тарас глянь',
    mentions: [colleague],
    created_at: at,
  }
  return line('new_note', {
    conversation_id: conversationId,
    note: { ...note, ...fields },
    conversation: conversation(),
  })
}
const assigned = (assigneeId: string | null, cause?: EventCause) =>
  line('conversation_updated', {
    conversation_id: conversationId,
    conversation: conversation({ assignee_id: assigneeId }),
    ...(cause && { cause }),
  })
const noticeLine = (notice: Notice) => line('notification', { notification: notice })

describe('the lines that these tests make', () => {
  it('are frames as the protocol has them, with the proposed field added', () => {
    const lines = [newMessage(), statusLine(), assigned(me), line('channel_health', { channel_id: channelId, health })]
    for (const { data } of lines) expect(JournalEvent.safeParse(JSON.parse(data)).error).toBeUndefined()
    expect(NewNoteEvent.safeParse(JSON.parse(noteLine().data)).error).toBeUndefined()
    expect(EventCause.safeParse(failure).success).toBe(true)
  })
})

describe('what there is to tell of a message', () => {
  it('is that it came, from whom and where, in one line', () => {
    expect(factsOf(newMessage({ message: { content: '  Добрий\n день ' } }))).toEqual({
      seq: 7,
      at: noon,
      platform: 'whatsapp',
      channelId,
      conversation: { id: conversationId, assigneeId: null, clientName: 'Олена' },
      actorId: null,
      addressees: null,
      bodies: [{ kind: 'new_message', message_id: messageId, message_type: 'text', preview: 'Добрий день' }],
    })
  })

  it('is that a conversation has begun, where it is the first', () => {
    const found = factsOf(newMessage({ cause: { kind: 'new_conversation' } }))
    expect(found?.bodies.map(({ kind }) => kind)).toEqual(['new_conversation', 'new_message'])
  })

  it('is nothing for history, for what we sent, and for what the platform reports', () => {
    expect(factsOf(newMessage({ silent: true }))).toBeNull()
    expect(factsOf(newMessage({ silent: true, cause: { kind: 'new_conversation' } }))).toBeNull()
    expect(factsOf(newMessage({ message: { direction: 'outbound' } }))).toBeNull()
    expect(factsOf(newMessage({ message: { type: 'system' } }))).toBeNull()
  })

  it('is nothing for silent history, whatever it holds', () => {
    const someMessage = fc.record({
      type: fc.constantFrom(...messageTypes),
      content: fc.string(),
      direction: fc.constantFrom('inbound' as const, 'outbound' as const),
    })
    fc.assert(
      fc.property(someMessage, fc.constantFrom(null, me), (fields, assignee) => {
        expect(
          factsOf(newMessage({ message: fields, conversation: { assignee_id: assignee }, silent: true })),
        ).toBeNull()
      }),
    )
  })

  it('has no preview once it was taken back, nor where there is no text', () => {
    const previewOf = (fields: object) => factsOf(newMessage({ message: fields }))?.bodies[0]
    expect(previewOf({ deleted_at: at })).toMatchObject({ preview: null })
    expect(previewOf({ type: 'image', content: ' \n ' })).toMatchObject({ preview: null, message_type: 'image' })
  })

  it('has a preview of 140 characters, none of them cut in two, however long the text', () => {
    const [body] = factsOf(newMessage({ message: { content: '👋'.repeat(100_000) } }))?.bodies ?? []
    expect(body).toMatchObject({ preview: '👋'.repeat(140) })
  })
})

describe('what there is to tell of other lines', () => {
  it('is who was given a conversation, by whom, and who had it', () => {
    const found = factsOf(assigned(me, { kind: 'assignment', by: colleague, from: third }))
    expect(found?.bodies).toEqual([{ kind: 'assignment', assignee_id: me, previous_assignee_id: third, by: colleague }])
    expect(found?.actorId).toBe(colleague)
  })

  it('is nothing when a conversation changed in another way, or in no way', () => {
    expect(factsOf(assigned(me))).toBeNull()
    expect(factsOf(assigned(me, { kind: 'assignment', by: colleague, from: me }))).toBeNull()
  })

  it('is a note for those whom it names, and nothing where it names nobody', () => {
    const found = factsOf(noteLine())
    expect(found).toMatchObject({ addressees: [colleague], actorId: me })
    expect(found?.bodies[0]).toMatchObject({ kind: 'mention', by: me, by_name: 'Ірина', preview: '@Тарас глянь' })
    expect(factsOf(noteLine({ mentions: [] }))).toBeNull()
  })

  it('is a reply that failed, in whichever line says so', () => {
    const body = { kind: 'send_failed', message_id: messageId, author_id: me, error }
    expect(factsOf(statusLine({ cause: failure }))?.bodies).toEqual([body])
    const updated = { conversation_id: conversationId, message: message({ error, status: 'failed' }), cause: failure }
    expect(factsOf(line('message_updated', updated))?.bodies).toEqual([body])
  })

  it('is nothing for any other status, nor for a message that was merely edited', () => {
    expect(factsOf(statusLine())).toBeNull()
    expect(factsOf(line('message_updated', { conversation_id: conversationId, message: message() }))).toBeNull()
  })

  it('is a channel that stopped or works again, where its health says that this is news', () => {
    const alert = (of: object) => factsOf(line('channel_health', { channel_id: channelId, health, ...of }))
    expect(alert({})).toBeNull()
    expect(alert({ cause: { kind: 'channel_alert', alert: 'channel_down' } })).toMatchObject({
      channelId,
      conversation: null,
      bodies: [{ kind: 'channel_down', state: 'down', code: 'token.refused', message: 'Connect it again.' }],
    })
  })

  it('is a notice, for all or for those it names', () => {
    const system: Notice = { kind: 'system', title: 'A', text: 'B', link: null, to: null, channel_id: null }
    expect(factsOf(noticeLine(system))).toMatchObject({ addressees: null, bodies: [{ kind: 'system', title: 'A' }] })
    expect(factsOf(noticeLine({ kind: 'test', to: [me], channel_id: null }))?.addressees).toEqual([me])
  })

  it('is nothing for a type that nobody here knows', () => {
    expect(factsOf(line('weather', {}))).toBeNull()
    expect(notifyingTypes).not.toContain('weather')
  })
})

describe('what an event is to a user', () => {
  const ofMessage = (assigneeId: string | null) => factsOf(newMessage({ conversation: { assignee_id: assigneeId } }))
  const assignment = (to: string | null, by: string | null, from: string | null) =>
    factsOf(assigned(to, { kind: 'assignment', by, from }))
  const failed = (author: string | null, assignee: string | null) =>
    factsOf(statusLine({ cause: { ...failure, author_id: author, assignee_id: assignee } }))
  const notice = (to: string[] | null) => factsOf(noticeLine({ kind: 'test', to, channel_id: null }))

  it.each([
    ['a message in my conversation', ofMessage(me), me, 'assigned_to_me'],
    ['a message that nobody has', ofMessage(null), me, 'unassigned'],
    ['a message in a colleague’s conversation', ofMessage(colleague), me, 'others'],
    ['a conversation that I am given', assignment(me, colleague, null), me, 'assigned_to_me'],
    ['one that I took myself', assignment(me, me, null), me, 'none'],
    ['one that a program gave me', assignment(me, null, null), me, 'assigned_to_me'],
    ['one that a colleague takes from me', assignment(colleague, colleague, me), me, 'assigned_to_me'],
    ['one that a colleague lays down for me', assignment(null, colleague, me), me, 'assigned_to_me'],
    ['one that I give away', assignment(colleague, me, me), me, 'none'],
    ['one that a colleague gives another', assignment(third, colleague, null), me, 'others'],
    ['one that a colleague lays down', assignment(null, colleague, colleague), me, 'unassigned'],
    ['a note that names me', factsOf(noteLine({ author_id: colleague, mentions: [me, third] })), me, 'mention'],
    ['a note that names others', factsOf(noteLine({ author_id: colleague, mentions: [third] })), me, 'none'],
    ['a note of mine that names me too', factsOf(noteLine({ mentions: [me, third] })), me, 'none'],
    ['my reply that failed, in a colleague’s conversation', failed(me, colleague), me, 'assigned_to_me'],
    ['my reply that failed, in nobody’s', failed(me, null), me, 'assigned_to_me'],
    ['a colleague’s reply that failed, in my conversation', failed(colleague, me), me, 'assigned_to_me'],
    ['a colleague’s reply that failed, in theirs', failed(colleague, colleague), me, 'others'],
    ['a reply that failed, in nobody’s conversation', failed(null, null), me, 'unassigned'],
    ['a notice to all', notice(null), me, 'all'],
    ['a notice to me', notice([me]), me, 'all'],
    ['a notice to a colleague', notice([colleague]), me, 'none'],
    ['a notice to nobody', notice([]), me, 'none'],
  ])('%s', (_, found, userId, standing) => {
    if (found === null) throw new Error('there is something to tell')
    expect(standingOf(found, userId)).toBe(standing)
  })
})
