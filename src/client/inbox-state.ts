import type { ChannelList, MeResponse } from '../protocol/api.ts'
import type { Conversation, Message } from '../protocol/message.ts'
import type { Note } from '../protocol/notes.ts'
import type { Platform } from '../protocol/words.ts'
import type { ActionResult } from './action-result.ts'
import type { StaffMember } from './note-calls.ts'
import type { Draft, MessageTemplate, OutgoingMessage, Upload } from './outgoing.ts'

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

/** The messages of one conversation that were loaded so far, oldest first. `threadRows` is what to show of them. */
export type Thread = {
  messages: Message[]
  /** Pass to `loadOlder`; null when the beginning is reached. */
  before: string | null
  loading: boolean
  /** Why messages are not there. The newest are tried again by themselves. */
  error: string | null
  /** Why the conversation is not in `opened`; it is tried again by itself. */
  openedError?: string | null
}

/** What the staff wrote to each other in one conversation, oldest first, as far back as its messages are loaded. */
export type NoteThread = {
  notes: Note[]
  /** Where older ones begin; they come with older messages. */
  before: string | null
  /** Why notes are not there; they are tried again by themselves. */
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
  /** Why the list, or where there is a cursor its next page, is not there. The list is tried again by itself. */
  conversationsError: string | null
  threads: Readonly<Record<string, Thread>>
  channels: ChannelList['items']
  /** Users with an open socket. */
  online: readonly string[]
  /** Who is typing where; entries expire by themselves. */
  typing: readonly { conversationId: string; userId: string; name: string; until: number }[]
  /** This page's own messages that the journal has not brought yet, in the order they were written. */
  outgoing: readonly OutgoingMessage[]
  /** Files that were attached and belong to no stored message yet. */
  uploads: readonly Upload[]
  /** Conversations that were opened, by id and kept up to date, also where the query leaves them out of the list. */
  opened?: Readonly<Record<string, Conversation>>
  /** Notes of conversations that were opened, by conversation. Customers never see them. */
  notes?: Readonly<Record<string, NoteThread>>
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
  /** Tells the colleagues that this user is typing. */
  sendTyping(conversationId: string): void
  /** The same, and tells the customer too, where the platform can show it. Call it with every key: it is throttled. */
  typing(conversationId: string): void
  /**
   * Sends a reply. Its rows are in `state.outgoing` (and `threadRows`) before this returns, and give way to the
   * server's as soon as its answer or its event comes, whichever is first. Without an answer the same request goes
   * again by itself, under the same client message id; a refusal stays on the row as `error`. Gives the client message
   * ids: several where the channel takes fewer files in a message, none where the draft says nothing.
   */
  send(conversationId: string, draft: Draft): string[]
  /**
   * Sends once more what was not sent: a row of `state.outgoing` by its client message id, or a stored message that
   * `failed` or is `unknown` by its id. An unknown one may reach the customer twice.
   */
  retry(messageId: string): Promise<ActionResult>
  /** Takes a row of `state.outgoing` away. If the server has it after all, its event shows it. */
  discard(clientMessageId: string): void
  /** Begins to upload a file for a later `send`; gives its id in `state.uploads`. */
  attach(file: Blob, name?: string): string
  retryUpload(uploadId: string): void
  removeUpload(uploadId: string): void
  /** Sets our reaction to a message, in place of an earlier one; null takes it back. */
  react(messageId: string, emoji: string | null): Promise<ActionResult>
  /** The templates of a channel whose `reply_rules.has_templates`; kept for five minutes. */
  templates(channelId: string): Promise<ActionResult<readonly MessageTemplate[]>>
  /** Fetches a file of a message again that `failed` or `expired`. */
  retryAttachment(attachmentId: string): Promise<ActionResult>
  /**
   * Writes a note to the rest of the staff; it goes to no customer, whatever the channel. `mentions`: users to notify.
   * Asked for again with the same words after no answer came, it is one note.
   */
  addNote(conversationId: string, draft: { text: string; mentions?: readonly string[] }): Promise<ActionResult<Note>>
  /** Whom a note can name; kept for a minute. */
  staff(): Promise<ActionResult<readonly StaffMember[]>>
  /** New inbound messages that were not imported history: for sounds and titles. */
  onInbound(listener: (message: Message, conversation: Conversation) => void): () => void
  stop(): void
}
