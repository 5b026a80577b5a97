import type { InboundAttachment, InboundMessage } from '../channels/channel.ts'
import { derivedId } from '../lib/derived-id.ts'
import type { AttachmentRow, MessageRow } from '../store/wire.ts'
import { amend } from './amendment.ts'
import { resolveContact } from './contact.ts'
import { countMessageIn, refreshPreview, resolveConversation } from './conversation.ts'
import { type Draft, addEvent, addMessageUpdated, messageKey, wireConversation, wireMessage } from './draft.ts'
import { countInbound } from './health.ts'
import type { ItemChannel, ItemResult } from './items.ts'
import { dropRow, putRow, rowsInGroup } from './rows.ts'

/** Larger details say nothing a reader needs; the row and its journal line must stay far below D1's 2 MB. */
const maxDetailsLength = 64 * 1024

export function applyMessage(draft: Draft, channel: ItemChannel, item: InboundMessage): ItemResult {
  const known = draft.messages.byKey.get(messageKey(channel.id, item.externalId))
  if (known !== undefined) return repeatMessage(draft, channel, item, known)
  const contact = resolveContact(draft, channel.id, item.contact, item.at)
  const conversation = resolveConversation(draft, channel, contact, item.thread ?? '')
  const draftRow = newMessageRow(draft, channel, item, conversation.id)
  putRow(draft.messages, draftRow)
  for (const file of newAttachments(draft, draftRow.id, item.attachments ?? [])) putRow(draft.attachments, file)
  const message = unpark(draft, channel, draftRow)
  countMessageIn(draft, conversation, message, item.silent === true)
  const seq = addEvent(
    draft,
    {
      type: 'new_message',
      conversation_id: conversation.id,
      message: wireMessage(draft, message),
      conversation: wireConversation(draft, conversation.id),
      ...(item.silent === true ? { silent: true } : {}),
    },
    { platform: channel.platform, key: `message:${message.id}` },
  )
  if (message.direction === 'inbound' && item.silent !== true) countInbound(draft, channel)
  return { outcome: 'stored', messageId: message.id, conversationId: conversation.id, seq }
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
  for (const file of newAttachments(draft, known.id, item.attachments ?? [])) putRow(draft.attachments, file)
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

function newAttachments(draft: Draft, messageId: string, files: readonly InboundAttachment[]): AttachmentRow[] {
  const { tenantId } = draft.context
  return files.map((file, position) => {
    const isStored = 'objectKey' in file.source
    return {
      tenantId,
      messageId,
      position,
      id: derivedId(tenantId, 'attachment', messageId, String(position)),
      type: file.type,
      mimeType: file.mimeType ?? null,
      filename: file.filename ?? null,
      size: file.size ?? null,
      sha256: file.sha256 ?? null,
      state: isStored ? 'ready' : 'pending',
      mediaId: 'objectKey' in file.source ? null : (file.source.mediaId ?? null),
      sourceUrl: 'objectKey' in file.source ? null : (file.source.url ?? null),
      objectKey: 'objectKey' in file.source ? file.source.objectKey : null,
    }
  })
}

/** Applies what came before its message (G8). No events of its own: the message's event shows the outcome. */
function unpark(draft: Draft, channel: ItemChannel, message: MessageRow): MessageRow {
  const key = messageKey(channel.id, message.externalId ?? '')
  const waiting = rowsInGroup(draft.parked, key)
  for (const row of waiting) {
    draft.unparked.push({ channelId: row.channelId, targetExternalId: row.targetExternalId, key: row.key })
    dropRow(draft.parked, row)
    if ('targetExternalId' in row.item) amend(draft, channel, row.item, { isSilent: true })
  }
  return draft.messages.byKey.get(key) ?? message
}
