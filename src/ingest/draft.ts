import type { JournalEvent } from '../protocol/frames.ts'
import type { Platform } from '../protocol/words.ts'
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
import type { CommittedEvent } from './items.ts'
import { type Rows, changedRows, createRows, rowsInGroup } from './rows.ts'
import type { AliasRow, ContactRow, EventRow, HeadRow, ParkedRow, Snapshot } from './snapshot.ts'

/** What planning takes from outside, so that it stays a function of its arguments. */
export type PlanContext = { tenantId: string; now: number; replyWindow: ReplyWindow }

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
  /** Parked rows that were stored and have found their message. */
  unparked: Pick<ParkedRow, 'channelId' | 'targetExternalId' | 'key'>[]
  merges: { fromConversationId: string; toConversationId: string }[]
  contactMerges: { fromContactId: string; toContactId: string }[]
  /** Messages whose content must leave the journal too. */
  scrubs: { messageId: string; conversationId: string; createdAt: number; deletedAt: number }[]
  removedObjects: string[]
  accountIds: Map<string, string>
  knownEventKeys: Set<string>
  /** Each conversation as its last event showed it, to tell whether another event is due. */
  shown: Map<string, string>
}

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
    messages: createRows(rows.messages, (row) => messageKey(row.channelId, row.externalId ?? '')),
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

export function openDraft(snapshot: Snapshot, context: PlanContext): Draft {
  const draft: Draft = {
    context,
    head: { ...snapshot.head },
    baseSeq: snapshot.head.seq,
    ...createTables(snapshot),
    events: [],
    unparked: [],
    merges: [],
    contactMerges: [],
    scrubs: [],
    removedObjects: [],
    accountIds: new Map(),
    knownEventKeys: new Set(snapshot.eventKeys),
    shown: new Map(),
  }
  for (const id of draft.conversations.byKey.keys()) draft.shown.set(id, showConversation(draft, id))
  return draft
}

function showConversation(draft: Draft, conversationId: string): string {
  const row = draft.conversations.byKey.get(conversationId)
  return row === undefined ? '' : JSON.stringify(toWireConversation(row, draft.context.replyWindow))
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
type EventBody = DistributiveOmit<JournalEvent, 'seq'>

/**
 * Adds a line to the journal and gives its number. `key` names what happened, for things that happen once; the others
 * are unique by their place in this batch.
 */
export function addEvent(draft: Draft, body: EventBody, of: { platform: Platform | null; key?: string }): number {
  const seq = draft.head.seq + 1
  draft.head.seq = seq
  const conversationId = 'conversation_id' in body ? body.conversation_id : null
  const { type, ...rest } = body
  draft.events.push({
    tenantId: draft.context.tenantId,
    seq,
    key: of.key ?? `${type}:${draft.head.revision + 1}:${draft.events.length}`,
    type,
    platform: of.platform,
    conversationId,
    data: JSON.stringify({ type, seq, ...rest }),
    createdAt: draft.context.now,
  })
  if ('conversation' in body) draft.shown.set(body.conversation.id, JSON.stringify(body.conversation))
  return seq
}

export function addMessageUpdated(draft: Draft, message: MessageRow): number {
  const body = {
    type: 'message_updated',
    conversation_id: message.conversationId,
    message: wireMessage(draft, message),
  } as const
  return addEvent(draft, body, { platform: platformOf(draft, message.conversationId) })
}

export function addConversationUpdated(draft: Draft, conversationId: string): number {
  const conversation = wireConversation(draft, conversationId)
  const body = { type: 'conversation_updated', conversation_id: conversationId, conversation } as const
  return addEvent(draft, body, { platform: conversation.platform })
}

/** Tells of every conversation that differs from what its last event showed. */
export function addPendingConversationEvents(draft: Draft): void {
  for (const { id } of changedRows(draft.conversations)) {
    if (draft.shown.get(id) !== showConversation(draft, id)) addConversationUpdated(draft, id)
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
  return { seq: row.seq, type: row.type, platform: row.platform, conversationId: row.conversationId, data: row.data }
}
