import type { Conversation } from '../protocol/message.ts'
import type { ConversationQuery, InboxState } from './inbox-state.ts'

/** The part of the state that is the list of conversations. */
export type ConversationRows = Pick<InboxState, 'query' | 'conversations' | 'conversationsCursor'>

/** Whether the list of `query` should hold `conversation`. What `q` finds only the server can tell, so it is left out. */
export function matchesQuery(query: ConversationQuery, conversation: Conversation): boolean {
  if (conversation.status === 'merged') return false
  if (query.platform !== undefined && query.platform !== conversation.platform) return false
  if (query.status !== undefined && query.status !== conversation.status) return false
  return query.unread !== true || conversation.unread_count > 0
}

/** The list after `conversation` became what it is now: at its place by time, or gone where the query leaves it out. */
export function upsertConversation(rows: ConversationRows, conversation: Conversation): Conversation[] {
  const { query, conversations } = rows
  const others = conversations.filter(({ id }) => id !== conversation.id)
  const isKnown = others.length < conversations.length
  if (!matchesQuery(query, conversation)) return isKnown ? others : conversations
  // Search results keep the server's order, and only the server knows whether an unknown one belongs to them.
  if (query.q !== undefined && query.q !== '') return replaceById(conversations, conversation)
  const place = others.findIndex((other) => lastAt(other) <= lastAt(conversation))
  if (place !== -1) return others.toSpliced(place, 0, conversation)
  const isBeyondPage = rows.conversationsCursor !== null && !isKnown
  return isBeyondPage ? conversations : [...others, conversation]
}

/** `page` after `conversations`; what is in both stays as it was, since events keep it up to date. */
export function appendPage(conversations: Conversation[], page: readonly Conversation[]): Conversation[] {
  const known = new Set(conversations.map(({ id }) => id))
  return [...conversations, ...page.filter(({ id }) => !known.has(id))]
}

/** The rows with the one of the same id replaced by `next`; the same array when there is none. */
export function replaceById<T extends { id: string }>(rows: T[], next: T): T[] {
  const index = rows.findIndex(({ id }) => id === next.id)
  return index === -1 ? rows : rows.with(index, next)
}

function lastAt({ last_message_at: at }: Conversation): number {
  return at === null ? Number.NEGATIVE_INFINITY : Date.parse(at)
}
