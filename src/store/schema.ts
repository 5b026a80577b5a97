import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { InboundItem } from '../channels/channel.ts'
import type { MessageError, Sender } from '../protocol/message.ts'
import type {
  AttachmentState,
  ChannelState,
  ConversationStatus,
  Direction,
  MessageStatus,
  MessageType,
  Platform,
} from '../protocol/words.ts'
import { id, json, tenantId, time } from './columns.ts'

/*
 * Every key and index starts with the tenant (G10). The exceptions are named `directory_…`: they answer the one question
 * that comes before the tenant is known, "whose account is this?".
 * No CHECK, no foreign key, no cascade: changing one makes drizzle-kit rebuild the table, which on D1 loses child rows.
 * Times are epoch milliseconds.
 */

export const tenants = sqliteTable('tenants', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: time('created_at').notNull(),
  disabledAt: time('disabled_at'),
})

/**
 * Where each tenant's journal stands. `seq` is the last event's number. `revision` grows with every write of ingest, also
 * with those that make no event: a batch planned on an older revision fails as a whole (see `ingest/commit.ts`).
 */
export const journalHeads = sqliteTable('journal_heads', {
  tenantId: text('tenant_id').primaryKey(),
  seq: integer('seq').notNull(),
  epoch: text('epoch').notNull(),
  revision: integer('revision').notNull(),
})

/** The journal. `data` is the event's frame exactly as it is sent. */
export const journalEvents = sqliteTable(
  'journal_events',
  {
    tenantId,
    seq: integer('seq').notNull(),
    /** What happened, once: a second event of the same key cannot be written (G3). */
    key: text('key').notNull(),
    type: text('type').notNull(),
    platform: text('platform').$type<Platform>(),
    conversationId: text('conversation_id'),
    data: text('data').notNull(),
    createdAt: time('created_at').notNull(),
    /** What users are told of by it; null where there is nothing to tell. */
    notify: text('notify'),
    /** Whose the conversation is, empty where it is nobody's or there is none. Null: only for those in `journal_mentions`. */
    audience: text('audience'),
  },
  (t) => [
    // replay and `GET /events`: after a seq, in order
    primaryKey({ columns: [t.tenantId, t.seq] }),
    // "has this happened already?"
    uniqueIndex('journal_events_key').on(t.tenantId, t.key),
    // taking a deleted message's content out of its conversation's events
    index('journal_events_conversation').on(t.tenantId, t.conversationId),
    // a user's notifications, newest first
    index('journal_events_notifying')
      .on(t.tenantId, t.notify, t.audience, t.seq)
      .where(sql`notify is not null`),
  ],
)

export const channels = sqliteTable(
  'channels',
  {
    tenantId,
    id,
    platform: text('platform').$type<Platform>().notNull(),
    externalId: text('external_id').notNull(),
    /** Of events that name no channel: the WhatsApp Business Account. Learned from webhooks. */
    accountId: text('account_id'),
    /** A second id of the same account: Instagram knows one by each of its two ways to sign in. */
    alternateExternalId: text('alternate_external_id'),
    metaAppId: text('meta_app_id'),
    name: text('name').notNull(),
    sealedCredentials: text('sealed_credentials'),
    createdAt: time('created_at').notNull(),
    /** When this channel's account was last looked at: whoever has waited longest comes first. */
    checkedAt: time('checked_at'),
    /** Up to when what the platform has was compared with what webhooks brought. */
    reconciledAt: time('reconciled_at'),
    /** When the access token was last replaced, by a renewal or by hand; null: it is as old as the channel. */
    tokenRefreshedAt: time('token_refreshed_at'),
    /** Whether replies go out through the companion. Null: nobody has decided; the first lease of it does. */
    companionSends: integer('companion_sends', { mode: 'boolean' }),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    // whose account a delivery is for; one account belongs to one tenant
    uniqueIndex('directory_channels').on(t.platform, t.externalId),
    // the same by the account's second id
    uniqueIndex('directory_channel_alternates')
      .on(t.platform, t.alternateExternalId)
      .where(sql`alternate_external_id is not null`),
    // all channels of an account
    index('directory_channel_accounts').on(t.platform, t.accountId),
    // which account to look at next, of every tenant
    index('directory_channels_checked')
      .on(t.checkedAt)
      .where(sql`sealed_credentials is not null`),
  ],
)

export const channelHealth = sqliteTable(
  'channel_health',
  {
    tenantId,
    channelId: text('channel_id').notNull(),
    state: text('state').$type<ChannelState>().notNull(),
    /** When `state` was true by the platform's clock: an older report never replaces a newer one. */
    stateAt: time('state_at').notNull(),
    lastInboundAt: time('last_inbound_at'),
    lastErrorAt: time('last_error_at'),
    lastErrorCode: text('last_error_code'),
    lastErrorMessage: text('last_error_message'),
    signatureFailures: integer('signature_failures').notNull(),
    tokenExpiresAt: time('token_expires_at'),
    sessionState: text('session_state'),
    /** What people were told of it last, and when; `alertUpSince`: it works again, and nobody was told yet. */
    alertTold: text('alert_told').$type<'up' | 'down'>(),
    alertDownAt: time('alert_down_at'),
    alertUpAt: time('alert_up_at'),
    alertUpSince: time('alert_up_since'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.channelId] }),
    // channels of which people are still to hear that they work again, of every tenant
    index('directory_channel_alerts')
      .on(t.alertUpSince)
      .where(sql`alert_up_since is not null`),
  ],
)

/** `name` and `address` are the latest known by the platform's clock; `…At` says as of when. */
export const contacts = sqliteTable(
  'contacts',
  {
    tenantId,
    id,
    channelId: text('channel_id').notNull(),
    name: text('name'),
    nameAt: time('name_at').notNull(),
    username: text('username'),
    addressKind: text('address_kind').notNull(),
    address: text('address').notNull(),
    addressAt: time('address_at').notNull(),
    /** All that was sent them up to these times (the platform's clock) has been delivered, has been read. */
    deliveredUntil: time('delivered_until').notNull().default(0),
    readUntil: time('read_until').notNull().default(0),
    pictureKey: text('picture_key'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

/** Every name a contact is known by on a channel. */
export const contactAliases = sqliteTable(
  'contact_aliases',
  {
    tenantId,
    channelId: text('channel_id').notNull(),
    kind: text('kind').notNull(),
    value: text('value').notNull(),
    contactId: text('contact_id').notNull(),
  },
  (t) => [
    // who is this?
    primaryKey({ columns: [t.tenantId, t.channelId, t.kind, t.value] }),
    // all names of a contact, when two turn out to be one
    index('contact_aliases_contact').on(t.tenantId, t.contactId),
  ],
)

export const conversations = sqliteTable(
  'conversations',
  {
    tenantId,
    id,
    channelId: text('channel_id').notNull(),
    contactId: text('contact_id').notNull(),
    thread: text('thread').notNull(),
    platform: text('platform').$type<Platform>().notNull(),
    externalId: text('external_id').notNull(),
    clientName: text('client_name').notNull(),
    /** Name and address in lower case: SQLite folds ASCII only. */
    searchText: text('search_text').notNull(),
    status: text('status').$type<ConversationStatus>().notNull(),
    assigneeId: text('assignee_id'),
    unreadCount: integer('unread_count').notNull(),
    /** Messages up to this journal number have been read. */
    readSeq: integer('read_seq').notNull(),
    lastMessageId: text('last_message_id'),
    lastMessageAt: time('last_message_at'),
    lastMessageSeq: integer('last_message_seq'),
    lastMessagePreview: text('last_message_preview').notNull(),
    lastMessageDirection: text('last_message_direction').$type<Direction>(),
    /** The customer's newest message by the platform's clock: opens the reply window. */
    lastInboundAt: time('last_inbound_at'),
    mergedInto: text('merged_into'),
    pictureKey: text('picture_key'),
    createdAt: time('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    // a contact's conversation for an incoming message
    uniqueIndex('conversations_contact').on(t.tenantId, t.contactId, t.thread),
    // the list, newest first
    index('conversations_newest').on(t.tenantId, t.lastMessageAt, t.id),
    // what became part of a conversation, when a text of it is taken back
    index('conversations_merged')
      .on(t.tenantId, t.mergedInto)
      .where(sql`merged_into is not null`),
  ],
)

export const messages = sqliteTable(
  'messages',
  {
    tenantId,
    id,
    channelId: text('channel_id').notNull(),
    conversationId: text('conversation_id').notNull(),
    externalId: text('external_id'),
    clientMessageId: text('client_message_id'),
    seq: integer('seq').notNull(),
    direction: text('direction').$type<Direction>().notNull(),
    type: text('type').$type<MessageType>().notNull(),
    content: text('content').notNull(),
    status: text('status').$type<MessageStatus>().notNull(),
    error: json<MessageError>('error'),
    sender: json<Sender>('sender'),
    replyToExternalId: text('reply_to_external_id'),
    details: json<Record<string, unknown>>('details').notNull(),
    countsUnread: integer('counts_unread', { mode: 'boolean' }).notNull(),
    createdAt: time('created_at').notNull(),
    receivedAt: time('received_at').notNull(),
    editedAt: time('edited_at'),
    deletedAt: time('deleted_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    // dedupe (G2), and finding the target of a status, edit, reaction or deletion
    uniqueIndex('messages_external').on(t.tenantId, t.channelId, t.externalId),
    // a thread, newest first
    index('messages_thread').on(t.tenantId, t.conversationId, t.createdAt, t.seq),
    // counting what came after a read mark
    index('messages_unread').on(t.tenantId, t.conversationId, t.seq),
  ],
)

export const attachments = sqliteTable(
  'attachments',
  {
    tenantId,
    messageId: text('message_id').notNull(),
    position: integer('position').notNull(),
    id,
    type: text('type').$type<'image' | 'audio' | 'video' | 'document' | 'sticker'>().notNull(),
    mimeType: text('mime_type'),
    filename: text('filename'),
    size: integer('size'),
    sha256: text('sha256'),
    state: text('state').$type<AttachmentState>().notNull(),
    mediaId: text('media_id'),
    sourceUrl: text('source_url'),
    /** Under which somebody else brings it: nothing is fetched for it here. */
    announcedKey: text('announced_key'),
    objectKey: text('object_key'),
    /** Why it could not be fetched. */
    error: json<MessageError>('error'),
  },
  (t) => [
    // all files of a message, in order
    primaryKey({ columns: [t.tenantId, t.messageId, t.position] }),
    // one file by its address
    uniqueIndex('attachments_id').on(t.tenantId, t.id),
    // whether an object is in use
    index('attachments_object')
      .on(t.tenantId, t.objectKey)
      .where(sql`object_key is not null`),
  ],
)

/** The latest reaction of each person; without an emoji it was taken back. */
export const reactions = sqliteTable(
  'reactions',
  {
    tenantId,
    messageId: text('message_id').notNull(),
    by: text('by').notNull(),
    emoji: text('emoji'),
    at: time('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.messageId, t.by] })],
)

/** What came before its message (G8). `key` keeps one row for each thing that can happen to a message once. */
export const parkedItems = sqliteTable(
  'parked_items',
  {
    tenantId,
    channelId: text('channel_id').notNull(),
    targetExternalId: text('target_external_id').notNull(),
    key: text('key').notNull(),
    item: json<InboundItem>('item').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.channelId, t.targetExternalId, t.key] }),
    // what has waited for too long, of every tenant
    index('directory_parked_waiting')
      .on(t.createdAt)
      .where(sql`"key" not in ('echo', 'former')`),
  ],
)

export type JobKind = 'send' | 'media' | 'profile'
export type JobState = 'due' | 'running' | 'sending' | 'done' | 'failed'

/**
 * Work outside of ingest, written down in the batch that makes it necessary (G6): the queue only says when to look here.
 * `subjectId`: the message to send, the attachment to fetch, the contact to ask about.
 * - `due`: may begin at `dueAt`. `running`: begun; may be begun again once `leaseUntil` has passed.
 * - `sending`: the one request that must not be repeated is on its way; after `leaseUntil` its fate is unknown.
 * - `done`, `failed`: ended.
 */
export const jobs = sqliteTable(
  'jobs',
  {
    tenantId,
    id,
    kind: text('kind').$type<JobKind>().notNull(),
    channelId: text('channel_id').notNull(),
    conversationId: text('conversation_id').notNull(),
    messageId: text('message_id').notNull(),
    subjectId: text('subject_id').notNull(),
    state: text('state').$type<JobState>().notNull(),
    attempts: integer('attempts').notNull(),
    dueAt: time('due_at').notNull(),
    leaseUntil: time('lease_until'),
    /** What the platform answered, kept until ingest has taken it. */
    result: json<Record<string, unknown>>('result'),
    lastError: json<MessageError>('last_error'),
    /** The companion that was given this as a command: it alone knows what becomes of it. */
    handedTo: text('handed_to'),
    /** Replies of one conversation go out in this order. */
    seq: integer('seq').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    // is an earlier reply of this conversation still on its way?
    index('jobs_conversation')
      .on(t.tenantId, t.conversationId, t.seq)
      .where(sql`kind = 'send' and state in ('due', 'running', 'sending')`),
    // what a companion has to do on its channel
    index('jobs_channel')
      .on(t.tenantId, t.channelId, t.seq)
      .where(sql`kind = 'send' and state in ('due', 'running', 'sending')`),
    // all of one message or file: trying again by hand
    index('jobs_subject').on(t.tenantId, t.subjectId),
    // whatever the queue has lost, of every tenant
    index('directory_jobs_open')
      .on(t.dueAt)
      .where(sql`state in ('due', 'running', 'sending')`),
    // ended work on files, whose rows go once no object can be left of it
    index('directory_jobs_ended')
      .on(t.createdAt)
      .where(sql`kind in ('media', 'profile') and state in ('done', 'failed')`),
  ],
)
