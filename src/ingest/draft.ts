import type { InboundMessage, InboundStatus } from '../channels/channel.ts'
import type { JournalEvent } from '../protocol/frames.ts'
import type { EventCause } from '../protocol/notifications.ts'
import type { Platform } from '../protocol/words.ts'
import type { JobRow } from '../store/jobs.ts'
import {
  type AttachmentRow,
  type ConversationRow,
  type HealthRow,
  type MessageRow,
  type ReactionRow,
  type ReplyWindow,
  toWireConversation,
  toWireMessage,
} from '../store/wire.ts'
import { type ConcernedUser, audienceOf } from './audience.ts'
import type { CommittedEvent, ItemChannel } from './items.ts'
import { type Rows, changedRows, createRows, rowsInGroup } from './rows.ts'
import type { AliasRow, ContactRow, EventRow, HeadRow, NoteRow, ParkedRow, Snapshot } from './snapshot.ts'

/** What planning takes from outside, so that it stays a function of its arguments. */
export type PlanContext = {
  tenantId: string
  now: number
  replyWindow: ReplyWindow
  /** Whether the platform can be asked who a contact is. */
  hasProfiles: (platform: Platform) => boolean
  stepAlert: StepAlert
}

/** What people were told of a channel, and what its present state adds to it. */
export type ChannelAlert = {
  told: 'up' | 'down'
  downAt: number | null
  upAt: number | null
  upSince: number | null
}
export type StepAlert = (
  alert: ChannelAlert,
  isDown: boolean,
  now: number,
) => { alert: ChannelAlert; tell: 'channel_down' | 'channel_up' | null }

/** Rows of every table that a plan works on. */
export type Tables = {
  aliases: Rows<AliasRow>
  contacts: Rows<ContactRow>
  conversations: Rows<ConversationRow>
  messages: Rows<MessageRow>
  attachments: Rows<AttachmentRow>
  reactions: Rows<ReactionRow>
  parked: Rows<ParkedRow>
  health: Rows<HealthRow>
}

/** The tables as they will be after the batch, built up item by item in memory. */
export type Draft = Tables & {
  context: PlanContext
  head: HeadRow
  /** The journal's head before this batch. */
  baseSeq: number
  events: EventRow[]
  /** Whom events concern in person. */
  concerned: ConcernedUser[]
  notes: NoteRow[]
  /** By id, grouped by subject. Those that are stored belong to whoever works on them: ingest only adds and ends jobs. */
  jobs: Rows<JobRow>
  addedJobs: Set<string>
  endedJobs: Set<string>
  /** Messages and files that are gone: whatever was to be done for them is not. */
  endedSubjects: string[]
  /** Messages whose external id turned out to be another's; they give it up before anything else is written. */
  released: string[]
  /** Echoes that are to be looked at once more, since what they were taken for had another external id. */
  replays: Replay[]
  /** Messages that were read without their files and reactions. */
  partial: Set<string>
  /** Parked rows that were stored and have found their message. */
  unparked: Pick<ParkedRow, 'channelId' | 'targetExternalId' | 'key'>[]
  merges: { fromConversationId: string; toConversationId: string }[]
  contactMerges: { fromContactId: string; toContactId: string }[]
  /** Messages whose content must leave the journal too. */
  scrubs: { messageId: string; conversationId: string; createdAt: number; deletedAt: number }[]
  removedObjects: string[]
  accountIds: Map<string, string>
  knownEventKeys: Set<string>
  /** Each conversation's row as its last event showed it, to tell whether another event is due. */
  shown: Map<string, Readonly<ConversationRow>>
}

export type Replay = { channel: ItemChannel; item: InboundMessage; status: InboundStatus }

export const aliasKey = (channelId: string, kind: string, value: string): string => `${channelId} ${kind} ${value}`
export const messageKey = (channelId: string, externalId: string): string => `${channelId} ${externalId}`
export const parkedKey = (row: Pick<ParkedRow, 'channelId' | 'targetExternalId' | 'key'>): string =>
  `${row.channelId} ${row.targetExternalId} ${row.key}`

export function createTables(rows: Pick<Snapshot, keyof Tables>): Tables {
  return {
    aliases: createRows(rows.aliases, (row) => aliasKey(row.channelId, row.kind, row.value)),
    contacts: createRows(rows.contacts, (row) => row.id),
    conversations: createRows(
      rows.conversations,
      (row) => row.id,
      (row) => row.contactId,
    ),
    messages: createRows(
      rows.messages,
      (row) => row.id,
      (row) => messageKey(row.channelId, row.externalId ?? ''),
    ),
    attachments: createRows(
      rows.attachments,
      (row) => row.id,
      (row) => row.messageId,
    ),
    reactions: createRows(
      rows.reactions,
      (row) => `${row.messageId} ${row.by}`,
      (row) => row.messageId,
    ),
    parked: createRows(rows.parked, parkedKey, (row) => messageKey(row.channelId, row.targetExternalId)),
    health: createRows(rows.health, (row) => row.channelId),
  }
}

/** The message a platform knows by this id. Those that it does not know yet share the empty one. */
export function findMessage(
  { messages }: Pick<Tables, 'messages'>,
  channelId: string,
  externalId: string,
): MessageRow | undefined {
  return externalId === '' ? undefined : rowsInGroup(messages, messageKey(channelId, externalId))[0]
}

export function openDraft(snapshot: Snapshot, context: PlanContext): Draft {
  const tables = createTables({ ...snapshot, messages: [...snapshot.passing, ...snapshot.messages] })
  return {
    context,
    head: { ...snapshot.head },
    baseSeq: snapshot.head.seq,
    ...tables,
    events: [],
    concerned: [],
    notes: [],
    jobs: createRows(
      snapshot.jobs,
      (row) => row.id,
      (row) => row.subjectId,
    ),
    addedJobs: new Set(),
    endedJobs: new Set(),
    endedSubjects: [],
    released: [],
    replays: [],
    partial: partialIds(snapshot),
    unparked: [],
    merges: [],
    contactMerges: [],
    scrubs: [],
    removedObjects: [],
    accountIds: new Map(),
    knownEventKeys: new Set(snapshot.eventKeys),
    shown: new Map(tables.conversations.byKey),
  }
}

function partialIds({ messages, passing }: Snapshot): Set<string> {
  if (passing.length === 0) return new Set()
  const whole = new Set(messages.map((row) => row.id))
  return new Set(passing.flatMap((row) => (whole.has(row.id) ? [] : [row.id])))
}

/** Whether readers can tell the two rows apart. Rows are replaced, never changed, so the same one needs no look. */
function looksOther(draft: Draft, shown: Readonly<ConversationRow> | undefined, row: ConversationRow): boolean {
  if (shown === row) return false
  const look = (of: ConversationRow): string => JSON.stringify(toWireConversation(of, draft.context.replyWindow))
  return shown === undefined || look(shown) !== look(row)
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
export type EventBody = DistributiveOmit<JournalEvent, 'seq'>

/**
 * Adds a line to the journal and gives its number. `key` names what happened, for things that happen once; the others
 * are unique by their place in this batch.
 */
export function addEvent(draft: Draft, body: EventBody, of: { platform: Platform | null; key?: string }): number {
  const seq = draft.head.seq + 1
  draft.head.seq = seq
  const conversationId = 'conversation_id' in body ? body.conversation_id : null
  const { type, ...rest } = body
  const { notify, audience, users } = audienceOf(body)
  draft.events.push({
    tenantId: draft.context.tenantId,
    seq,
    key: of.key ?? `${type}:${draft.head.revision + 1}:${draft.events.length}`,
    type,
    platform: of.platform,
    conversationId,
    data: JSON.stringify({ type, seq, ...rest }),
    createdAt: draft.context.now,
    notify,
    audience,
  })
  for (const userId of new Set(users)) draft.concerned.push({ tenantId: draft.context.tenantId, userId, seq })
  if ('conversation' in body) markShown(draft, body.conversation.id)
  return seq
}

function markShown(draft: Draft, conversationId: string): void {
  const row = draft.conversations.byKey.get(conversationId)
  if (row !== undefined) draft.shown.set(conversationId, row)
}

/** Whose reply did not reach the customer, and where: written with the event that says so. */
function sendFailure(draft: Draft, message: MessageRow): { cause?: EventCause } {
  const conversation = draft.conversations.byKey.get(message.conversationId)
  if (conversation === undefined) return {}
  const cause = {
    kind: 'send_failed',
    author_id: message.clientMessageId === null ? null : (message.sender?.external_id ?? null),
    assignee_id: conversation.assigneeId,
    channel_id: message.channelId,
    client_name: conversation.clientName,
  } as const
  return { cause }
}

/** `hasFailed`: it is this event that says so. */
export function addMessageUpdated(draft: Draft, message: MessageRow, { hasFailed = false } = {}): number {
  const body = {
    type: 'message_updated',
    conversation_id: message.conversationId,
    message: wireMessage(draft, message),
    ...(hasFailed ? sendFailure(draft, message) : {}),
  } as const
  return addEvent(draft, body, { platform: platformOf(draft, message.conversationId) })
}

/** Each status once for each external id: another attempt at the same message may come to the same end. */
export function addStatusEvent(draft: Draft, message: MessageRow, at: number): number {
  const { id, conversationId, externalId, status, error } = message
  const body = { conversation_id: conversationId, message_id: id, status, at: new Date(at).toISOString(), error }
  const cause = status === 'failed' ? sendFailure(draft, message) : {}
  const key = externalId === null ? {} : { key: `status:${id}:${externalId}:${status}` }
  return addEvent(
    draft,
    { type: 'message_status', ...body, ...cause },
    { platform: platformOf(draft, conversationId), ...key },
  )
}

export function addConversationUpdated(draft: Draft, conversationId: string, cause?: EventCause): number {
  const conversation = wireConversation(draft, conversationId)
  const because = cause === undefined ? {} : { cause }
  const body = { type: 'conversation_updated', conversation_id: conversationId, conversation, ...because } as const
  return addEvent(draft, body, { platform: conversation.platform })
}

/** Tells of every conversation that differs from what its last event showed. */
export function addPendingConversationEvents(draft: Draft): void {
  for (const row of changedRows(draft.conversations)) {
    if (looksOther(draft, draft.shown.get(row.id), row)) addConversationUpdated(draft, row.id)
  }
}

export function wireMessage(draft: Draft, row: MessageRow) {
  const files = rowsInGroup(draft.attachments, row.id).sort((a, b) => a.position - b.position)
  return toWireMessage(row, files, rowsInGroup(draft.reactions, row.id))
}

export function wireConversation(draft: Draft, conversationId: string) {
  const row = draft.conversations.byKey.get(conversationId)
  if (row === undefined) throw new Error(`Conversation ${conversationId} is not in the draft`)
  return toWireConversation(row, draft.context.replyWindow)
}

export function platformOf(draft: Draft, conversationId: string): Platform | null {
  return draft.conversations.byKey.get(conversationId)?.platform ?? null
}

export function toCommittedEvent(row: EventRow): CommittedEvent {
  const { seq, type, platform, conversationId, data, createdAt: at } = row
  return { seq, type, platform, conversationId, data, at }
}
