import type { ChannelList, MeResponse } from '../protocol/api.ts'
import type { Conversation, Message } from '../protocol/message.ts'
import type { Platform } from '../protocol/words.ts'

/**
 * How the page stands towards the server.
 * - `live`: every event up to now has been applied.
 * - `catching_up`: connected, and fetching what was missed.
 * - `connecting`: on the way, or waiting for the next attempt at `retryAt` (epoch ms).
 * - `offline`: the browser says there is no network.
 * - `stopped`: the server said stay away (`code`, a close code), or `close()` was called.
 */
export type ConnectionState =
  | { kind: 'live' }
  | { kind: 'catching_up' }
  | { kind: 'connecting'; attempt: number; retryAt: number | null }
  | { kind: 'offline' }
  | { kind: 'stopped'; code: number | null }

/** The messages of one conversation that were loaded so far, oldest first. */
export type Thread = {
  messages: Message[]
  /** Pass to `loadOlder`; null when the beginning is reached. */
  before: string | null
  loading: boolean
  error: string | null
}

export type ConversationQuery = { platform?: Platform; status?: 'open' | 'closed'; unread?: boolean; q?: string }

/** Everything the inbox page shows. Immutable: a change makes new objects only along its path. */
export type InboxState = {
  connection: ConnectionState
  me: MeResponse | null
  query: ConversationQuery
  /** Newest first, as the query asks. */
  conversations: Conversation[]
  conversationsCursor: string | null
  conversationsLoading: boolean
  conversationsError: string | null
  threads: Readonly<Record<string, Thread>>
  channels: ChannelList['items']
  /** Users with an open socket. */
  online: readonly string[]
  /** Who is typing where; entries expire by themselves. */
  typing: readonly { conversationId: string; userId: string; name: string; until: number }[]
  /** Conversations that were opened, by id and kept up to date, also where the query leaves them out of the list. */
  opened?: Readonly<Record<string, Conversation>>
  /** Conversations that were merged while they were open, by id: where they went. */
  redirects?: Readonly<Record<string, string>>
}

/** The inbox behind a page: holds the state, keeps it live. Works with `useSyncExternalStore`. */
export type Inbox = {
  getState(): InboxState
  subscribe(listener: () => void): () => void
  /** Loads the first page of everything and connects. */
  start(): Promise<void>
  setQuery(query: ConversationQuery): Promise<void>
  loadMoreConversations(): Promise<void>
  openConversation(conversationId: string): Promise<void>
  loadOlder(conversationId: string): Promise<void>
  /** Marks everything in the conversation as read; shown at once, undone if the server refuses. */
  markRead(conversationId: string): Promise<void>
  sendTyping(conversationId: string): void
  /** New inbound messages that were not imported history: for sounds and titles. */
  onInbound(listener: (message: Message, conversation: Conversation) => void): () => void
  stop(): void
}
