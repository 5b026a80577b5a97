import type { InboundWatermark } from '../channels/channel.ts'
import { type MessageStatus, isForward } from '../protocol/words.ts'
import type { MessageRow } from '../store/wire.ts'
import { resolveContact } from './contact.ts'
import { type Draft, addStatusEvent } from './draft.ts'
import type { ItemChannel, ItemResult } from './items.ts'
import { plausibleTime } from './plausible-time.ts'
import { putRow } from './rows.ts'
import type { ContactRow } from './snapshot.ts'

/** A contact has been delivered, or has read, all up to a moment. The marks never move back. */
export function applyWatermark(draft: Draft, channel: ItemChannel, item: InboundWatermark): ItemResult {
  const contact = resolveContact(draft, channel.id, item.contact, item.at)
  const upTo = item.upTo > 0 ? plausibleTime(item.upTo, draft.context.now) : 0
  if (item.thread !== undefined) return markThread(draft, item, { contact, upTo })
  const marked = {
    ...contact,
    deliveredUntil: Math.max(contact.deliveredUntil, upTo),
    readUntil: item.status === 'read' ? Math.max(contact.readUntil, upTo) : contact.readUntil,
  }
  const isMoved = marked.deliveredUntil > contact.deliveredUntil || marked.readUntil > contact.readUntil
  if (!isMoved) return { outcome: 'duplicate', messageId: null, conversationId: null, seq: null }
  putRow(draft.contacts, marked)
  const seq = markMessages(draft, messagesTo(draft, marked), { marked, at: item.at })
  return { outcome: 'applied', messageId: null, conversationId: null, seq }
}

/** The contact's own marks stay: they are about everything. */
function markThread(
  draft: Draft,
  { thread, status, at }: InboundWatermark,
  { contact, upTo }: { contact: ContactRow; upTo: number },
): ItemResult {
  const isThere = (row: MessageRow) => draft.conversations.byKey.get(row.conversationId)?.thread === thread
  const marked = { ...contact, deliveredUntil: upTo, readUntil: status === 'read' ? upTo : 0 }
  const seq = markMessages(draft, messagesTo(draft, contact).filter(isThere), { marked, at })
  return { outcome: seq === null ? 'duplicate' : 'applied', messageId: null, conversationId: null, seq }
}

function markMessages(
  draft: Draft,
  rows: readonly MessageRow[],
  { marked, at }: { marked: ContactRow; at: number },
): number | null {
  let seq: number | null = null
  for (const row of rows) {
    const next = withMarks(row, marked)
    if (next !== row) seq = addStatusEvent(draft, putRow(draft.messages, next), at)
  }
  return seq
}

function messagesTo(draft: Draft, contact: ContactRow): MessageRow[] {
  const isOurs = (row: MessageRow) => draft.conversations.byKey.get(row.conversationId)?.contactId === contact.id
  return [...draft.messages.byKey.values()].filter((row) => row.direction === 'outbound' && isOurs(row))
}

/**
 * The message with the status that its contact's marks give it; the same object where they give none. One that is not
 * known to be sent was not read either, whatever the mark says: it may have been on its way for longer.
 */
export function withMarks(message: MessageRow, { deliveredUntil, readUntil }: ContactRow): MessageRow {
  const isSent = message.status === 'sent' || message.status === 'delivered'
  if (message.direction !== 'outbound' || !isSent) return message
  const from = sentFrom(message)
  const status: MessageStatus = from <= readUntil ? 'read' : from <= deliveredUntil ? 'delivered' : 'sent'
  return isForward(message.status, status) ? { ...message, status } : message
}

/** What the platform said of this very message, apart from marks: they are the contact's, and move with no external id. */
export function reportedStatus(draft: Draft, message: MessageRow): MessageStatus {
  const contact = contactOf(draft, message.conversationId)
  const marked = contact === undefined ? null : withMarks({ ...message, status: 'sent' }, contact).status
  return marked === message.status ? 'sent' : message.status
}

/** When the newest attempt to send it began: a mark from before says nothing of it. */
function sentFrom({ clientMessageId, createdAt, receivedAt }: MessageRow): number {
  return clientMessageId === null ? createdAt : Math.max(createdAt, receivedAt)
}

/** The contact that a conversation is with. */
export function contactOf(draft: Draft, conversationId: string): ContactRow | undefined {
  return draft.contacts.byKey.get(draft.conversations.byKey.get(conversationId)?.contactId ?? '')
}
