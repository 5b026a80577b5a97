import type {
  ChannelHealthEvent,
  ConversationUpdatedEvent,
  MessageStatusEvent,
  MessageUpdatedEvent,
  NewMessageEvent,
} from '../protocol/frames.ts'
import type { Conversation } from '../protocol/message.ts'
import type { EventCause, NewNoteEvent } from '../protocol/notifications.ts'
import type { BodyOf, EventFacts, JournalLine } from './facts.ts'
import type { Notice } from './notice.ts'
import { previewOf } from './preview.ts'

type Of<Event> = Event & { cause?: EventCause }
type CauseOf<Kind extends EventCause['kind']> = Extract<EventCause, { kind: Kind }>

/** What a reader of one type of line finds, beside the number and the time that every line has. */
type Found = Pick<EventFacts, 'bodies'> & Partial<Omit<EventFacts, 'seq' | 'at'>>

/** By type of line. Lines are frames that ingest wrote, so they are not checked again (edges do that, once). */
const readers: ReadonlyMap<string, (data: string) => Found | null> = new Map<string, (data: string) => Found | null>([
  ['new_message', (data) => readNewMessage(JSON.parse(data) as Of<NewMessageEvent>)],
  ['conversation_updated', (data) => readAssignment(JSON.parse(data) as Of<ConversationUpdatedEvent>)],
  ['new_note', (data) => readNote(JSON.parse(data) as NewNoteEvent)],
  ['message_status', (data) => readStatus(JSON.parse(data) as Of<MessageStatusEvent>)],
  ['message_updated', (data) => readUpdate(JSON.parse(data) as Of<MessageUpdatedEvent>)],
  ['channel_health', (data) => readHealth(JSON.parse(data) as Of<ChannelHealthEvent>)],
  ['notification', (data) => readNotice((JSON.parse(data) as { notification: Notice }).notification)],
])

/** Types of lines that may have something to tell; the others need not be read. */
export const notifyingTypes: readonly string[] = [...readers.keys()]

/** What there is to tell of a line of the journal; null where there is nothing. */
export function factsOf({ seq, type, platform, at, data }: JournalLine): EventFacts | null {
  const found = readers.get(type)?.(data) ?? null
  if (found === null) return null
  return { seq, at, platform, channelId: null, conversation: null, actorId: null, addressees: null, ...found }
}

function inConversation({ id, assignee_id, client_name, channel_id }: Conversation) {
  return { channelId: channel_id, conversation: { id, assigneeId: assignee_id, clientName: client_name } }
}

/** What the platform itself reports (`system`) is no customer who waits; nor is imported history. */
function readNewMessage({ message, conversation, silent, cause }: Of<NewMessageEvent>): Found | null {
  if (message.direction !== 'inbound' || silent === true || message.type === 'system') return null
  const fields = {
    message_id: message.id,
    message_type: message.type,
    preview: message.deleted_at === null ? previewOf(message.content) : null,
  }
  const one: BodyOf<'new_message'> = { kind: 'new_message', ...fields }
  const first: BodyOf<'new_conversation'> = { kind: 'new_conversation', ...fields }
  return { ...inConversation(conversation), bodies: cause?.kind === 'new_conversation' ? [first, one] : [one] }
}

function readAssignment({ conversation, cause }: Of<ConversationUpdatedEvent>): Found | null {
  if (cause?.kind !== 'assignment' || cause.from === conversation.assignee_id) return null
  const ids = { assignee_id: conversation.assignee_id, previous_assignee_id: cause.from, by: cause.by }
  return { ...inConversation(conversation), actorId: cause.by, bodies: [{ kind: 'assignment', ...ids }] }
}

/** Its author knows it, also when it names its author. */
function readNote({ note, conversation }: NewNoteEvent): Found | null {
  if (note.mentions.length === 0) return null
  const { id, author_id, author_name, text, mentions } = note
  const body = { kind: 'mention', note_id: id, by: author_id, by_name: author_name, preview: previewOf(text) } as const
  return { ...inConversation(conversation), actorId: author_id, addressees: mentions, bodies: [body] }
}

function readStatus({ conversation_id, message_id, error, cause }: Of<MessageStatusEvent>): Found | null {
  return cause?.kind === 'send_failed' ? sendFailed({ conversation_id, message_id, error }, cause) : null
}

function readUpdate({ conversation_id, message, cause }: Of<MessageUpdatedEvent>): Found | null {
  if (cause?.kind !== 'send_failed') return null
  return sendFailed({ conversation_id, message_id: message.id, error: message.error }, cause)
}

function sendFailed(
  { conversation_id, message_id, error }: Pick<MessageStatusEvent, 'conversation_id' | 'message_id' | 'error'>,
  { author_id, assignee_id, channel_id, client_name }: CauseOf<'send_failed'>,
): Found {
  return {
    channelId: channel_id,
    conversation: { id: conversation_id, assigneeId: assignee_id, clientName: client_name },
    bodies: [{ kind: 'send_failed', message_id, author_id, error }],
  }
}

function readHealth({ channel_id, health, cause }: Of<ChannelHealthEvent>): Found | null {
  if (cause?.kind !== 'channel_alert') return null
  const { state, last_error_code: code, last_error_message: message } = health
  return { channelId: channel_id, bodies: [{ kind: cause.alert, state, code, message }] }
}

function readNotice({ to, channel_id, ...body }: Notice): Found {
  return { channelId: channel_id, addressees: to, bodies: [body] }
}
