import type { EventPage } from '../../src/protocol/api.ts'
import type { JournalEvent, NewMessageEvent, ReadyFrame } from '../../src/protocol/frames.ts'
import type { Note } from '../../src/protocol/notes.ts'
import type { Notification } from '../../src/protocol/notifications.ts'
import type { Channel, Conversation, Message, ReplyRules } from '../../src/protocol/message.ts'

/** A UUID that shows which number it was made from. */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
export const userId = uuid(1)
export const epoch = 'k3f'
/** Minute `n` of a day, as a timestamp. */
export const at = (n: number): string => new Date(Date.UTC(2026, 0, 22, 10, n)).toISOString()

export function conversation(n: number, patch: Partial<Conversation> = {}): Conversation {
  return {
    id: uuid(n),
    platform: 'telegram',
    external_id: '+380501234567',
    client_name: `Client ${n}`,
    channel_id: uuid(900),
    status: 'open',
    assignee_id: null,
    unread_count: 0,
    last_message_at: at(n),
    last_message_preview: 'Hello',
    last_message_direction: 'inbound',
    can_reply_until: null,
    merged_into: null,
    picture_url: null,
    ...patch,
  }
}

export function message(n: number, patch: Partial<Message> = {}): Message {
  return {
    id: uuid(5000 + n),
    conversation_id: uuid(10),
    direction: 'inbound',
    type: 'text',
    content: `Message ${n}`,
    status: 'sent',
    attachments: [],
    created_at: at(n),
    external_id: `external-${n}`,
    seq: n,
    sender: null,
    reply_to_external_id: null,
    reactions: [],
    details: {},
    error: null,
    edited_at: null,
    deleted_at: null,
    client_message_id: null,
    ...patch,
  }
}

export function replyRules(patch: Partial<ReplyRules> = {}): ReplyRules {
  return {
    text: 4096,
    caption: 1024,
    unit: 'characters',
    attachments: 1,
    files: { image: 5_000_000, document: 100_000_000 },
    buttons: 3,
    button_title: 20,
    can_reply_to: true,
    can_react: true,
    has_templates: true,
    human_agent_ms: null,
    ...patch,
  }
}

export function channel(n: number): Channel {
  const health = {
    state: 'ok' as const,
    last_inbound_at: null,
    last_error_at: null,
    last_error_code: null,
    last_error_message: null,
    signature_failures: 0,
    token_expires_at: null,
    session_state: null,
  }
  return { id: uuid(n), platform: 'telegram', external_id: '777', name: 'Office', health, reply_rules: replyRules() }
}

export function newMessage(seq: number, patch: Partial<NewMessageEvent> = {}): NewMessageEvent {
  const base = { type: 'new_message' as const, seq, conversation_id: uuid(10) }
  const row = conversation(10, { last_message_at: at(seq), unread_count: 1 })
  return { ...base, message: message(seq), conversation: row, ...patch }
}

export function conversationUpdated(seq: number, row: Conversation): JournalEvent {
  return { type: 'conversation_updated', seq, conversation_id: row.id, conversation: row }
}

export function ready(seq: number, patch: Partial<ReadyFrame> = {}): ReadyFrame {
  return { type: 'ready', seq, epoch, resumed: true, user_id: userId, ping_interval_ms: 25_000, ...patch }
}

export function eventPage(events: JournalEvent[], since: number, patch: Partial<EventPage> = {}): EventPage {
  return { events, seq: events.at(-1)?.seq ?? since, epoch, more: false, ...patch }
}

export const skip = (from: number, seq: number): { type: 'skip'; from: number; seq: number } => ({
  type: 'skip',
  from,
  seq,
})
export const pong = (seq: number, of = epoch): { type: 'pong'; seq: number; epoch: string } => ({
  type: 'pong',
  seq,
  epoch: of,
})

type MessageNotification = Extract<Notification, { kind: 'new_message' | 'new_conversation' }>

export function notification(seq: number, patch: Partial<MessageNotification> = {}): MessageNotification {
  return {
    id: `${epoch}.${seq}`,
    seq,
    kind: 'new_message',
    relation: 'assigned_to_me',
    created_at: at(seq),
    read: false,
    conversation_id: uuid(10),
    channel_id: uuid(900),
    platform: 'telegram',
    client_name: 'Client 10',
    message_id: uuid(5000 + seq),
    message_type: 'text',
    preview: `Message ${seq}`,
    ...patch,
  }
}

export function notificationEvent(seq: number, patch: { show?: boolean; sound?: boolean } = {}) {
  return { type: 'notification' as const, seq, notification: notification(seq), ...patch }
}

export function note(n: number, patch: Partial<Note> = {}): Note {
  const author = { author_id: uuid(3), author_name: 'Taras' }
  return { id: uuid(7000 + n), ...author, text: `Note ${n}`, mentions: [], created_at: at(n), ...patch }
}
