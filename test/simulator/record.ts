import type { Letter, Mailed } from './mails.ts'
import type { Asked } from './model-platform.ts'
import type { NotificationSettings } from '../../src/protocol/notification-settings.ts'
import type { Notification } from '../../src/protocol/notifications.ts'
import type { NotePlan, NoticePlan } from './notifications.ts'
import type { ReplyPlan, Via, Written } from './replies.ts'
import type { Update } from './world.ts'

/** A row as D1 gives it, its columns by their names in SQL. */
export type MessageRow = {
  id: string
  channel_id: string
  conversation_id: string
  external_id: string | null
  client_message_id: string | null
  /** JSON. */
  details: string
  seq: number
  direction: string
  type: string
  content: string
  status: string
  counts_unread: number
  created_at: number
  received_at: number
  edited_at: number | null
  deleted_at: number | null
}
export type ConversationRow = {
  id: string
  contact_id: string
  channel_id: string
  platform: string
  status: string
  assignee_id: string | null
  unread_count: number
  read_seq: number
  last_message_id: string | null
  last_message_at: number | null
  last_message_seq: number | null
  last_message_preview: string
  last_message_direction: string | null
  merged_into: string | null
  client_name: string
  external_id: string
}
export type EventRow = {
  seq: number
  key: string
  type: string
  platform: string | null
  conversation_id: string | null
  /** When it was committed, in epoch ms. */
  created_at: number
  data: string
}
/** `mentions`: JSON. */
export type NoteRow = { id: string; author_id: string; text: string; mentions: string; seq: number }
export type JobRow = { id: string; kind: string; subject_id: string; message_id: string; state: string }
export type AttachmentRow = {
  id: string
  message_id: string
  state: string
  error: string | null
  object_key: string | null
  size: number | null
  /** What lies in R2 under its key. */
  content: string | null
}
/** What is kept of a mail of a customer as it came; null when its object is missing. */
export type RawMail = { message_id: string; content: string | null }
export type ContactRow = { id: string; channel_id: string; delivered_until: number; read_until: number }
export type ParkedRow = { channel_id: string; target_external_id: string; key: string }
export type ReactionRow = { message_id: string; by: string; emoji: string | null }
export type AliasRow = { channel_id: string; kind: string; value: string; contact_id: string }
/** `content`: the body, from its row or from R2; null when its object is missing. */
export type QuarantineRow = { id: string; reason: string; content: string | null }

/** What the database holds of one tenant when all is over. */
export type Tables = {
  head: { seq: number; epoch: string; revision: number }
  events: EventRow[]
  /** What every journal line ever said, in the order of writing: lines of what was taken back are rewritten. */
  versions: { seq: number; data: string }[]
  messages: MessageRow[]
  conversations: ConversationRow[]
  parked: ParkedRow[]
  reactions: ReactionRow[]
  aliases: AliasRow[]
  contacts: ContactRow[]
  jobs: JobRow[]
  attachments: AttachmentRow[]
  rawMails: RawMail[]
  quarantine: QuarantineRow[]
  notes: NoteRow[]
}

/** One socket as the wire saw it, from its upgrade to its end. */
export type ConnectionRecord = {
  since: number | null
  /** Every frame that came in, pongs included, before any was lost on its way to the page. */
  frames: string[]
  closedWith: number | null
}

export type ClientRecord = {
  name: string
  tenant: number
  userId: string
  feed: 'communications' | 'notifications'
  platforms: readonly string[] | null
  /** Where it began: everything after this number has to arrive. Null: it never got that far. */
  start: number | null
  /** What the SDK delivered, in order. */
  applied: { seq: number; type: string }[]
  /** The notifications among it, as JSON. */
  told: string[]
  cursor: number | null
  state: string
  connections: ConnectionRecord[]
  /** Close codes after which the SDK stayed away, and how often it had been given a reason to. */
  stops: number[]
  excuses: number
  errors: string[]
  /** Where its cursor stood after the last event, before any time passed: nobody had to ask for anything. */
  calmCursor: number | null
}

/** What a caller was told of one thing that was stored. */
export type Answer =
  | { kind: 'message'; key: string; messageId: string | null; seq: number | null }
  | { kind: 'reply'; key: string; messageId: string; seq: number }
  /** `seq`: null where it had been told before. */
  | { kind: 'note' | 'notice'; key: string; seq: number | null }
  | { kind: 'conversation'; conversationId: string; seq: number; wanted: Record<string, unknown> }

/** A mark that was heard for certain. */
export type HeardMark = { via: Via; alias: string; status: 'delivered' | 'read'; upTo: number }

/** What users wanted to send, and what the platform saw of it. */
export type Replied = {
  replies: readonly ReplyPlan[]
  written: readonly Written[]
  asked: readonly Asked[]
  retried: readonly string[]
  marks: readonly HeardMark[]
}

/** What one user wanted to hear, has read, and was shown of it at the end. */
export type NotifiedUser = {
  userId: string
  /** All that were ever in force, in their order; the last one is, for every line after `settledAt`. */
  settings: NotificationSettings[]
  settledAt: number
  /** Up to where they marked all as read, and up to where that was heard. */
  marks: number[]
  readUpTo: number
  /** What the number on the bell ever was. */
  counts: number[]
  /** The whole list at the end, newest first, and what it says is unread. */
  list: Notification[]
  unread: number
}

export type Notified = { notes: readonly NotePlan[]; notices: readonly NoticePlan[]; users: NotifiedUser[] }

export type ChannelIds = Record<'whatsapp' | 'telegram' | Via | 'email', string>

export type TenantRecord = {
  index: number
  id: string
  channels: ChannelIds
  tables: Tables
  answers: Answer[]
  replied: Replied
  /** What customers wrote, and what the relay was asked to send. */
  mailed: { letters: readonly Letter[]; asked: readonly Mailed[] }
  notified: Notified
  /** Open sockets of the hub: with all pages open, and after they were closed. */
  socketsOpen: number
  socketsLeft: number
}

/** Everything the checker needs to judge a history, with nothing of the runtime in it. */
export type HistoryRecord = {
  seed: string
  updates: readonly Update[]
  /** Updates that were never answered with a 200, although nothing failed any more. */
  unacknowledged: string[]
  tenants: TenantRecord[]
  clients: ClientRecord[]
  /** Tickets that opened a socket a second time. */
  reusedTickets: number
  /** What did not come to rest, in words. */
  stuck: string[]
  trace: string[]
  faults: number
}

/** What is left of a row that turned out to be the echo of another. */
export function isDouble({ details }: Pick<MessageRow, 'details'>): boolean {
  return details.includes('"duplicate_of"')
}
