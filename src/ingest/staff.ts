import type { ConversationRow } from '../store/wire.ts'
import { type Draft, addConversationUpdated } from './draft.ts'
import type { ItemResult, StaffItem } from './items.ts'
import { putRow } from './rows.ts'
import type { Snapshot } from './snapshot.ts'

type StaffOf<Kind extends StaffItem['kind']> = Extract<StaffItem, { kind: Kind }>

function refused(code: string): ItemResult {
  return { outcome: 'refused', messageId: null, conversationId: null, seq: null, code }
}

function changeConversation(draft: Draft, before: ConversationRow, after: ConversationRow): ItemResult {
  const of = { messageId: null, conversationId: after.id }
  putRow(draft.conversations, after)
  const isShown =
    before.unreadCount !== after.unreadCount || before.status !== after.status || before.assigneeId !== after.assigneeId
  if (!isShown) return { outcome: 'duplicate', ...of, seq: null }
  return { outcome: 'applied', ...of, seq: addConversationUpdated(draft, after.id) }
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
  return changeConversation(draft, conversation, { ...conversation, status, assigneeId })
}
