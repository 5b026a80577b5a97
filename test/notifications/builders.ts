import type { EventFacts, JournalLine, NotificationBody } from '../../src/notifications/facts.ts'
import { NotificationSettings } from '../../src/protocol/notification-settings.ts'
import type { EventCause, Notification } from '../../src/protocol/notifications.ts'
import type { Conversation, Message } from '../../src/protocol/message.ts'

export const me = '11111111-1111-4111-8111-111111111111'
export const colleague = '22222222-2222-4222-8222-222222222222'
export const third = '33333333-3333-4333-8333-333333333333'
export const conversationId = 'cccccccc-cccc-4ccc-8ccc-cccccccccccc'
export const channelId = 'dddddddd-dddd-4ddd-8ddd-dddddddddddd'
export const messageId = 'eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee'
/** A Monday, noon in London. */
export const noon = Date.UTC(2026, 10, 23, 12)

/** Settings with a digest, so that every medium can be reached, unless told otherwise. */
export function settings(fields: Partial<Record<keyof NotificationSettings, unknown>> = {}): NotificationSettings {
  return NotificationSettings.parse({ digest: { enabled: true, address: 'olena@bureau.example' }, ...fields })
}

export function conversation(fields: Partial<Conversation> = {}): Conversation {
  return {
    id: conversationId,
    platform: 'whatsapp',
    external_id: '+380501234567',
    client_name: 'Олена',
    channel_id: channelId,
    status: 'open',
    assignee_id: null,
    unread_count: 1,
    last_message_at: '2026-11-23T12:00:00.000Z',
    last_message_preview: 'Добрий день',
    last_message_direction: 'inbound',
    can_reply_until: null,
    merged_into: null,
    picture_url: null,
    ...fields,
  }
}

export function message(fields: Partial<Message> = {}): Message {
  return {
    id: messageId,
    conversation_id: conversationId,
    direction: 'inbound',
    type: 'text',
    content: 'Добрий день',
    status: 'sent',
    attachments: [],
    created_at: '2026-11-23T11:59:00.000Z',
    external_id: 'wamid.1',
    seq: 7,
    sender: null,
    reply_to_external_id: null,
    reactions: [],
    details: {},
    error: null,
    edited_at: null,
    deleted_at: null,
    client_message_id: null,
    ...fields,
  }
}

/** A line of the journal with a frame of this type. */
export function line(type: string, fields: object, { seq = 7, at = noon } = {}): JournalLine {
  return { seq, type, platform: 'whatsapp', at, data: JSON.stringify({ type, seq, ...fields }) }
}

type Extra = { silent?: boolean; cause?: EventCause }

export function newMessage(of: { message?: Partial<Message>; conversation?: Partial<Conversation> } & Extra = {}) {
  const { message: ofMessage, conversation: ofConversation, ...extra } = of
  const ofEvent = { message: message(ofMessage), conversation: conversation(ofConversation) }
  return line('new_message', { conversation_id: conversationId, ...ofEvent, ...extra })
}

const bodies: { [Kind in Notification['kind']]: NotificationBody } = {
  new_message: { kind: 'new_message', message_id: messageId, message_type: 'text', preview: 'Добрий день' },
  new_conversation: { kind: 'new_conversation', message_id: messageId, message_type: 'text', preview: 'Добрий день' },
  assignment: { kind: 'assignment', assignee_id: me, previous_assignee_id: null, by: colleague },
  mention: { kind: 'mention', note_id: messageId, by: colleague, by_name: 'Ірина', preview: '@Олена глянь' },
  send_failed: { kind: 'send_failed', message_id: messageId, author_id: null, error: null },
  channel_down: { kind: 'channel_down', state: 'down', code: 'token.refused', message: 'Connect it again.' },
  channel_up: { kind: 'channel_up', state: 'ok', code: null, message: null },
  token_expiring: { kind: 'token_expiring', expires_at: '2026-11-30T12:00:00.000Z' },
  quarantine_grew: { kind: 'quarantine_grew', count: 3 },
  system: { kind: 'system', title: 'Backup done', text: 'All is well.', link: null },
  test: { kind: 'test' },
}

export const bodyOf = (kind: Notification['kind']): NotificationBody => bodies[kind]

const withoutConversation = new Set([
  'channel_down',
  'channel_up',
  'token_expiring',
  'quarantine_grew',
  'system',
  'test',
])

/** What an event of a kind says, in one conversation on one WhatsApp channel where it has any. */
export function facts(kind: Notification['kind'], fields: Partial<EventFacts> = {}): EventFacts {
  const isInConversation = !withoutConversation.has(kind)
  return {
    seq: 7,
    at: noon,
    platform: 'whatsapp',
    channelId,
    conversation: isInConversation ? { id: conversationId, assigneeId: null, clientName: 'Олена' } : null,
    actorId: null,
    addressees: null,
    bodies: [bodyOf(kind)],
    ...fields,
  }
}

/** A notification as a list has it. */
export function notification(kind: Notification['kind'], fields: Partial<Notification> = {}): Notification {
  const isInConversation = !withoutConversation.has(kind)
  return {
    id: 'k3f.7',
    seq: 7,
    relation: isInConversation ? 'assigned_to_me' : null,
    created_at: new Date(noon).toISOString(),
    read: false,
    conversation_id: isInConversation ? conversationId : null,
    channel_id: channelId,
    platform: 'whatsapp',
    client_name: isInConversation ? 'Олена' : null,
    ...bodyOf(kind),
    ...fields,
  } as Notification
}
