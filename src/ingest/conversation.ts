import { derivedId } from '../lib/derived-id.ts'
import type { ConversationRow, MessageRow } from '../store/wire.ts'
import { shownAddress, shownName } from './contact-names.ts'
import type { Draft } from './draft.ts'
import type { ItemChannel } from './items.ts'
import { placeRow, putRow, rowsInGroup } from './rows.ts'
import type { ContactRow } from './snapshot.ts'

const previewLength = 140

/** The one line a list shows of a message; `[image]` and the like where it has no text. */
export function previewOf(message: Pick<MessageRow, 'content' | 'type' | 'deletedAt'>): string {
  if (message.deletedAt !== null) return ''
  const line = message.content.replaceAll(/\s+/g, ' ').trim()
  if (line === '') return message.type === 'text' ? '' : `[${message.type}]`
  return [...line.slice(0, previewLength * 2)].slice(0, previewLength).join('')
}

function namesOf(
  contact: ContactRow,
): Pick<ConversationRow, 'clientName' | 'externalId' | 'searchText' | 'pictureKey'> {
  const clientName = shownName(contact)
  const externalId = shownAddress(contact)
  const searchText = `${clientName}\n${externalId}\n${contact.username ?? ''}`.toLowerCase()
  return { clientName, externalId, searchText, pictureKey: contact.pictureKey }
}

export function findConversation(draft: Draft, contact: ContactRow, thread: string): ConversationRow | undefined {
  return rowsInGroup(draft.conversations, contact.id).find((row) => row.thread === thread && row.status !== 'merged')
}

/** The conversation that an item names, or what that one became part of. */
export function namedConversation(
  draft: Draft,
  channel: Pick<ItemChannel, 'id'>,
  id: string | undefined,
): ConversationRow | undefined {
  const row = draft.conversations.byKey.get(id ?? '')
  if (row === undefined || row.channelId !== channel.id) return undefined
  return row.mergedInto === null ? row : namedConversation(draft, channel, row.mergedInto)
}

export function resolveConversation(
  draft: Draft,
  channel: ItemChannel,
  contact: ContactRow,
  thread: string,
): ConversationRow {
  const known = findConversation(draft, contact, thread)
  if (known !== undefined) return known
  const { tenantId, now } = draft.context
  return putRow(draft.conversations, {
    tenantId,
    id: derivedId(tenantId, 'conversation', contact.id, thread),
    channelId: channel.id,
    contactId: contact.id,
    thread,
    platform: channel.platform,
    ...namesOf(contact),
    status: 'open',
    assigneeId: null,
    unreadCount: 0,
    readSeq: 0,
    lastMessageId: null,
    lastMessageAt: null,
    lastMessageSeq: null,
    lastMessagePreview: '',
    lastMessageDirection: null,
    lastInboundAt: null,
    mergedInto: null,
    createdAt: now,
  })
}

/** Counts a new message in: list position, preview, unread, reply window. Right in any order. */
export function countMessageIn(
  draft: Draft,
  conversation: ConversationRow,
  message: MessageRow,
  silent: boolean,
): void {
  const isLast = isLater(message, conversation)
  const isFromCustomer = message.direction === 'inbound' && message.type !== 'system'
  putRow(draft.conversations, {
    ...conversation,
    ...(isLast ? lastMessageFields(message) : {}),
    unreadCount: conversation.unreadCount + (message.countsUnread ? 1 : 0),
    lastInboundAt: isFromCustomer
      ? Math.max(conversation.lastInboundAt ?? 0, message.createdAt)
      : conversation.lastInboundAt,
    status: conversation.status === 'closed' && isFromCustomer && !silent ? 'open' : conversation.status,
  })
}

function lastMessageFields(message: MessageRow) {
  return {
    lastMessageId: message.id,
    lastMessageAt: message.createdAt,
    lastMessageSeq: message.seq,
    lastMessagePreview: previewOf(message),
    lastMessageDirection: message.direction,
  }
}

/** A thread's order: by the source's time, then by arrival. */
function isLater(message: MessageRow, conversation: ConversationRow): boolean {
  const { lastMessageAt, lastMessageSeq } = conversation
  if (lastMessageAt === null || lastMessageSeq === null) return true
  return message.createdAt > lastMessageAt || (message.createdAt === lastMessageAt && message.seq > lastMessageSeq)
}

/** After an edit or a deletion. */
export function refreshPreview(draft: Draft, message: MessageRow): void {
  const conversation = draft.conversations.byKey.get(message.conversationId)
  if (conversation === undefined || conversation.lastMessageId !== message.id) return
  const lastMessagePreview = previewOf(message)
  if (lastMessagePreview !== conversation.lastMessagePreview) {
    putRow(draft.conversations, { ...conversation, lastMessagePreview })
  }
}

export function showContactInConversations(draft: Draft, contact: ContactRow): void {
  const names = namesOf(contact)
  for (const row of rowsInGroup(draft.conversations, contact.id)) {
    const isSame = row.clientName === names.clientName && row.externalId === names.externalId
    const isSameBeside = row.searchText === names.searchText && row.pictureKey === names.pictureKey
    if (row.status !== 'merged' && !(isSame && isSameBeside)) putRow(draft.conversations, { ...row, ...names })
  }
}

/** A message turned out to be another's double: if it was the last, the last one is looked for again. */
export function forgetLast(draft: Draft, double: MessageRow): void {
  const conversation = draft.conversations.byKey.get(double.conversationId)
  if (conversation === undefined || conversation.lastMessageId !== double.id) return
  const none: ConversationRow = { ...conversation, lastMessageAt: null, lastMessageSeq: null }
  const last = [...draft.messages.byKey.values()]
    .filter((row) => row.conversationId === conversation.id && !isDouble(row))
    .reduce((best, row) => (isLater(row, best) ? { ...best, ...lastMessageFields(row) } : best), none)
  putRow(draft.conversations, last)
}

/** What is left of a row that turned out to be the echo of another. */
export function isDouble({ details, deletedAt }: MessageRow): boolean {
  return deletedAt !== null && typeof details['duplicate_of'] === 'string'
}

/** Two contacts are one: their conversations become one for each thread; the other is left behind as `merged`. */
export function mergeConversations(draft: Draft, fromContactId: string, toContactId: string): void {
  for (const from of rowsInGroup(draft.conversations, fromContactId)) {
    if (from.status === 'merged') continue
    const to = rowsInGroup(draft.conversations, toContactId).find(
      (row) => row.thread === from.thread && row.status !== 'merged',
    )
    if (to === undefined) {
      putRow(draft.conversations, { ...from, contactId: toContactId })
      continue
    }
    putRow(draft.conversations, combine(to, from))
    // Without a preview: it could not follow when its message is taken back.
    putRow(draft.conversations, {
      ...from,
      status: 'merged',
      mergedInto: to.id,
      unreadCount: 0,
      lastMessagePreview: '',
      pictureKey: null,
    })
    for (const message of draft.messages.byKey.values()) {
      if (message.conversationId === from.id) putRow(draft.messages, { ...message, conversationId: to.id })
    }
    for (const job of draft.jobs.byKey.values()) {
      if (job.conversationId === from.id) placeRow(draft.jobs, { ...job, conversationId: to.id })
    }
    draft.merges.push({ fromConversationId: from.id, toConversationId: to.id })
  }
}

function combine(to: ConversationRow, from: ConversationRow): ConversationRow {
  const isFromLater =
    (from.lastMessageAt ?? 0) > (to.lastMessageAt ?? 0) ||
    (from.lastMessageAt === to.lastMessageAt && (from.lastMessageSeq ?? 0) > (to.lastMessageSeq ?? 0))
  const last = isFromLater ? from : to
  return {
    ...to,
    status: to.status === 'open' || from.status === 'open' ? 'open' : to.status,
    assigneeId: to.assigneeId ?? from.assigneeId,
    unreadCount: to.unreadCount + from.unreadCount,
    readSeq: readSeqOfBoth(to, from),
    lastMessageId: last.lastMessageId,
    lastMessageAt: last.lastMessageAt,
    lastMessageSeq: last.lastMessageSeq,
    lastMessagePreview: last.lastMessagePreview,
    lastMessageDirection: last.lastMessageDirection,
    lastInboundAt: Math.max(to.lastInboundAt ?? 0, from.lastInboundAt ?? 0) || null,
  }
}

/** No further than before where something is unread; with nothing unread in either, both are read to their ends. */
function readSeqOfBoth(to: ConversationRow, from: ConversationRow): number {
  const marks = [to, from].filter(({ unreadCount }) => unreadCount > 0).map(({ readSeq }) => readSeq)
  return marks.length > 0 ? Math.min(...marks) : Math.max(to.readSeq, from.readSeq)
}
