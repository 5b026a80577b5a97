import { derivedId } from '../lib/derived-id.ts'
import type { Attachment, ChannelHealth, Conversation, Message, Reaction } from '../protocol/message.ts'
import type { attachments, channelHealth, conversations, messages, reactions } from './schema.ts'

export type ConversationRow = typeof conversations.$inferSelect
export type MessageRow = typeof messages.$inferSelect
export type AttachmentRow = typeof attachments.$inferSelect
export type ReactionRow = typeof reactions.$inferSelect
export type HealthRow = typeof channelHealth.$inferSelect

/** How long after a customer's message each conversation may be answered freely, in ms; null where there is no rule. */
export type ReplyWindow = (platform: ConversationRow['platform']) => number | null

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

export function toWireConversation(row: ConversationRow, replyWindow: ReplyWindow): Conversation {
  const window = replyWindow(row.platform)
  return {
    id: row.id,
    platform: row.platform,
    external_id: row.externalId,
    client_name: row.clientName,
    channel_id: row.channelId,
    status: row.status,
    assignee_id: row.assigneeId,
    unread_count: row.unreadCount,
    last_message_at: isoOrNull(row.lastMessageAt),
    last_message_preview: row.lastMessagePreview,
    last_message_direction: row.lastMessageDirection,
    can_reply_until: window === null || row.lastInboundAt === null ? null : iso(row.lastInboundAt + window),
    merged_into: row.mergedInto,
    picture_url: pictureUrl(row),
  }
}

/** The version makes an address of its own of every picture, so that browsers may keep each for good. */
function pictureUrl({ id, pictureKey }: ConversationRow): string | null {
  if (pictureKey === null) return null
  return `/api/v1/communications/conversations/${id}/picture?v=${derivedId(pictureKey).slice(0, 8)}`
}

function toWireAttachment(row: AttachmentRow): Attachment {
  return {
    id: row.id,
    type: row.type,
    mime_type: row.mimeType,
    filename: row.filename,
    size: row.size,
    state: row.state,
    url: row.state === 'ready' ? `/api/v1/communications/attachments/${row.id}` : null,
    error: row.error,
  }
}

/** Reactions that were taken back stay in the table, so that an older one cannot return; readers never see them. */
function toWireReactions(rows: readonly ReactionRow[]): Reaction[] {
  const given = rows.flatMap((row) => (row.emoji === null ? [] : [{ by: row.by, emoji: row.emoji, at: iso(row.at) }]))
  return given.sort((a, b) => a.at.localeCompare(b.at) || a.by.localeCompare(b.by))
}

export function toWireMessage(
  row: MessageRow,
  files: readonly AttachmentRow[],
  given: readonly ReactionRow[],
): Message {
  return {
    id: row.id,
    conversation_id: row.conversationId,
    direction: row.direction,
    type: row.type,
    content: row.content,
    status: row.status,
    attachments: row.deletedAt === null ? files.map(toWireAttachment) : [],
    created_at: iso(row.createdAt),
    external_id: row.externalId,
    seq: row.seq,
    sender: row.sender,
    reply_to_external_id: row.replyToExternalId,
    reactions: toWireReactions(given),
    details: row.details,
    error: row.error,
    edited_at: isoOrNull(row.editedAt),
    deleted_at: isoOrNull(row.deletedAt),
    client_message_id: row.clientMessageId,
  }
}

export function toWireHealth(row: HealthRow): ChannelHealth {
  return {
    state: row.state,
    last_inbound_at: isoOrNull(row.lastInboundAt),
    last_error_at: isoOrNull(row.lastErrorAt),
    last_error_code: row.lastErrorCode,
    last_error_message: row.lastErrorMessage,
    signature_failures: row.signatureFailures,
    token_expires_at: isoOrNull(row.tokenExpiresAt),
    session_state: row.sessionState,
  }
}
