import type { InboundMessage } from '../channels/channel.ts'
import { derivedId } from '../lib/derived-id.ts'
import type { MessageRow } from '../store/wire.ts'
import { adoptEcho } from './adopt.ts'
import { amend, unpark } from './amendment.ts'
import { resolveContact } from './contact.ts'
import {
  countMessageIn,
  findConversation,
  namedConversation,
  refreshPreview,
  resolveConversation,
} from './conversation.ts'
import { type Draft, addEvent, addMessageUpdated, findMessage, wireConversation, wireMessage } from './draft.ts'
import { addFiles } from './files.ts'
import { countInbound } from './health.ts'
import type { ItemChannel, ItemResult } from './items.ts'
import { addMediaJob, addPatienceJob, addProfileJob } from './jobs.ts'
import { withMarks } from './marks.ts'
import { answerFormer } from './parked.ts'
import { putRow, rowsInGroup } from './rows.ts'
import type { ContactRow } from './snapshot.ts'

/** Larger details say nothing a reader needs; the row and its journal line must stay far below D1's 2 MB. */
const maxDetailsLength = 64 * 1024

export function applyMessage(draft: Draft, channel: ItemChannel, item: InboundMessage): ItemResult {
  const known = findMessage(draft, channel.id, item.externalId)
  if (known !== undefined) return repeatMessage(draft, channel, item, known)
  const former = answerFormer(draft, channel.id, item.externalId)
  if (former !== null) return former
  const contact = resolveContact(draft, channel.id, item.contact, item.at)
  return adoptEcho(draft, item, { channelId: channel.id, contact }) ?? storeMessage(draft, channel, item, contact)
}

function storeMessage(draft: Draft, channel: ItemChannel, item: InboundMessage, contact: ContactRow): ItemResult {
  const named = namedConversation(draft, channel, item.inConversation)
  const isNew = named === undefined && findConversation(draft, contact, item.thread ?? '') === undefined
  const conversation = named ?? resolveConversation(draft, channel, contact, item.thread ?? '')
  const draftRow = withMarks(newMessageRow(draft, channel, item, conversation.id), contact)
  putRow(draft.messages, draftRow)
  addFiles(draft, draftRow.id, item.attachments ?? [])
  const message = unpark(draft, draftRow)
  countMessageIn(draft, conversation, message, item.silent === true)
  addMediaJobs(draft, message)
  if (isNew) addProfileJob(draft, conversation, message)
  const seq = addEvent(
    draft,
    {
      type: 'new_message',
      conversation_id: conversation.id,
      message: wireMessage(draft, message),
      conversation: wireConversation(draft, conversation.id),
      ...(item.silent === true ? { silent: true } : {}),
      ...(isNew && isFromCustomer(message, item) ? { cause: { kind: 'new_conversation' as const } } : {}),
    },
    { platform: channel.platform, key: `message:${message.id}` },
  )
  if (message.direction === 'inbound' && item.silent !== true) countInbound(draft, channel)
  return { outcome: 'stored', messageId: message.id, conversationId: conversation.id, seq }
}

/** One who waits for an answer: neither imported history nor what the platform itself reports. */
function isFromCustomer({ direction, type }: MessageRow, { silent }: InboundMessage): boolean {
  return direction === 'inbound' && silent !== true && type !== 'system'
}

/** The same message again. Imported history may know a later status than we do, or bring the file it announced. */
function repeatMessage(draft: Draft, channel: ItemChannel, item: InboundMessage, known: MessageRow): ItemResult {
  if (known.details['placeholder'] === true && item.placeholder !== true && known.deletedAt === null) {
    return fillPlaceholder(draft, item, known)
  }
  if (item.status !== undefined && item.direction === 'outbound') {
    amend(draft, channel, { kind: 'status', targetExternalId: item.externalId, status: item.status, at: item.at })
  }
  return { outcome: 'duplicate', messageId: known.id, conversationId: known.conversationId, seq: known.seq }
}

function fillPlaceholder(draft: Draft, item: InboundMessage, known: MessageRow): ItemResult {
  const content = known.editedAt === null ? item.content : known.content
  const filled = putRow(draft.messages, { ...known, type: item.type, content, details: detailsOf(item) })
  addFiles(draft, known.id, item.attachments ?? [])
  addMediaJobs(draft, filled)
  refreshPreview(draft, filled)
  const of = { messageId: known.id, conversationId: known.conversationId }
  return { outcome: 'applied', ...of, seq: addMessageUpdated(draft, filled) }
}

function newMessageRow(draft: Draft, channel: ItemChannel, item: InboundMessage, conversationId: string): MessageRow {
  const { tenantId, now } = draft.context
  return {
    tenantId,
    id: derivedId(tenantId, 'message', channel.id, item.externalId),
    channelId: channel.id,
    conversationId,
    externalId: item.externalId,
    clientMessageId: null,
    seq: draft.head.seq + 1,
    direction: item.direction,
    type: item.type,
    content: item.content,
    status: item.status ?? 'sent',
    error: null,
    sender: item.sender === undefined ? null : { external_id: item.sender.externalId, name: item.sender.name ?? null },
    replyToExternalId: item.replyToExternalId ?? null,
    details: detailsOf(item),
    countsUnread: item.direction === 'inbound' && item.silent !== true && item.type !== 'system',
    createdAt: item.at,
    receivedAt: now,
    editedAt: null,
    deletedAt: null,
  }
}

function detailsOf({ details = {}, placeholder }: InboundMessage): Record<string, unknown> {
  const bounded = JSON.stringify(details).length > maxDetailsLength ? { truncated: true } : details
  return placeholder === true ? { ...bounded, placeholder } : bounded
}

function addMediaJobs(draft: Draft, message: MessageRow): void {
  for (const file of rowsInGroup(draft.attachments, message.id)) {
    if (file.announcedKey === null) addMediaJob(draft, message, file)
    else addPatienceJob(draft, message, file)
  }
}
