import { derivedId } from '../lib/derived-id.ts'
import type { EventCause } from '../protocol/notifications.ts'
import type { ConversationRow } from '../store/wire.ts'
import { type Draft, addConversationUpdated, addEvent, wireConversation } from './draft.ts'
import type { ItemResult, NoteItem, NoticeItem, StaffItem } from './items.ts'
import { plausibleTime } from './plausible-time.ts'
import { putRow } from './rows.ts'
import type { Snapshot } from './snapshot.ts'

type StaffOf<Kind extends StaffItem['kind']> = Extract<StaffItem, { kind: Kind }>

function refused(code: string): ItemResult {
  return { outcome: 'refused', messageId: null, conversationId: null, seq: null, code }
}

function changeConversation(
  draft: Draft,
  before: ConversationRow,
  after: ConversationRow,
  cause?: EventCause,
): ItemResult {
  const of = { messageId: null, conversationId: after.id }
  putRow(draft.conversations, after)
  const isShown =
    before.unreadCount !== after.unreadCount || before.status !== after.status || before.assigneeId !== after.assigneeId
  if (!isShown) return { outcome: 'duplicate', ...of, seq: null }
  return { outcome: 'applied', ...of, seq: addConversationUpdated(draft, after.id, cause) }
}

/** Marks everything up to a message as read, by order of arrival. A mark never moves back. */
export function applyReadMark(draft: Draft, marks: Snapshot['readMarks'], item: StaffOf<'read'>): ItemResult {
  const conversation = draft.conversations.byKey.get(item.conversationId)
  if (conversation === undefined) return refused('conversation.not_found')
  const mark = marks.find((candidate) => candidate.messageId === item.messageId)
  if (mark === undefined || mark.conversationId !== conversation.id) return refused('message.not_found')
  if (mark.seq <= conversation.readSeq) {
    return { outcome: 'duplicate', messageId: null, conversationId: conversation.id, seq: null }
  }
  const inThisBatch = [...draft.messages.byKey.values()].filter(
    (row) => row.conversationId === conversation.id && row.countsUnread && row.seq > draft.baseSeq,
  ).length
  const unreadCount = mark.unreadAfter + inThisBatch
  return changeConversation(draft, conversation, { ...conversation, readSeq: mark.seq, unreadCount })
}

export function applyConversationChange(draft: Draft, item: StaffOf<'conversation'>): ItemResult {
  const conversation = draft.conversations.byKey.get(item.conversationId)
  if (conversation === undefined) return refused('conversation.not_found')
  if (conversation.status === 'merged') return refused('conversation.merged')
  const status = item.status ?? conversation.status
  const assigneeId = item.assigneeId === undefined ? conversation.assigneeId : item.assigneeId
  const after = { ...conversation, status, assigneeId }
  if (assigneeId === conversation.assigneeId) return changeConversation(draft, conversation, after)
  const cause = { kind: 'assignment', by: item.by ?? null, from: conversation.assigneeId } as const
  return changeConversation(draft, conversation, after, cause)
}

/** The same note of the same client has the same id, however often it is handed in. */
export function noteId(tenantId: string, item: Pick<NoteItem, 'conversationId' | 'clientNoteId'>): string {
  return derivedId(tenantId, 'note', item.conversationId, item.clientNoteId)
}

export const noteEventKey = (id: string): string => `note:${id}`

/** Stores what one of the staff writes to the others; customers, previews and unread counts do not change by it. */
export function applyNote(draft: Draft, item: NoteItem): ItemResult {
  const { tenantId, now } = draft.context
  const conversation = draft.conversations.byKey.get(item.conversationId)
  if (conversation === undefined) return refused('conversation.not_found')
  const id = noteId(tenantId, item)
  const key = noteEventKey(id)
  const of = { messageId: null, conversationId: conversation.id }
  if (draft.knownEventKeys.has(key)) return { outcome: 'duplicate', ...of, seq: null }
  if (conversation.status === 'merged') return refused('conversation.merged')
  const { author, text, mentions } = item
  const createdAt = plausibleTime(item.at, now)
  const row = { tenantId, id, conversationId: conversation.id, text, mentions, createdAt, seq: draft.head.seq + 1 }
  draft.notes.push({ ...row, authorId: author.userId, authorName: author.name })
  const note = { id, author_id: author.userId, author_name: author.name, text, mentions }
  const body = {
    type: 'new_note',
    conversation_id: conversation.id,
    note: { ...note, created_at: new Date(createdAt).toISOString() },
    conversation: wireConversation(draft, conversation.id),
  } as const
  draft.knownEventKeys.add(key)
  return { outcome: 'applied', ...of, seq: addEvent(draft, body, { platform: conversation.platform, key }) }
}

export function applyNotice(draft: Draft, { key, platform, notice }: NoticeItem): ItemResult {
  const of = { messageId: null, conversationId: null }
  if (draft.knownEventKeys.has(key)) return { outcome: 'duplicate', ...of, seq: null }
  draft.knownEventKeys.add(key)
  const seq = addEvent(
    draft,
    { type: 'notification', notification: { ...notice } },
    { platform: platform ?? null, key },
  )
  return { outcome: 'applied', ...of, seq }
}
