import type { JournalEvent } from '../protocol/frames.ts'
import { replaceById, upsertConversation } from './conversation-rows.ts'
import type { InboxState, Thread } from './inbox-state.ts'
import { withNote } from './note-rows.ts'
import { applyStatus, insertMessage, replaceMessage } from './thread-messages.ts'

/**
 * What was loaded from the server as one piece and has a position of its own in the journal: the list of conversations,
 * the channels, the messages of a conversation, its notes, a conversation that was opened.
 */
export type View = 'list' | 'channels' | `thread:${string}` | `opened:${string}` | `notes:${string}`

/** The state after `event` happened to one view; the same object where it does not concern it. Pure. */
export function applyEvent(state: InboxState, view: View, event: JournalEvent): InboxState {
  if (view === 'list') return applyToList(state, event)
  if (view === 'channels') return applyToChannels(state, event)
  const [kind, id] = view.split(':') as ['thread' | 'opened' | 'notes', string]
  if (!('conversation_id' in event) || event.conversation_id !== id) return state
  if (kind === 'notes') return applyToNotes(state, id, event)
  return kind === 'thread' ? applyToThreads(state, id, event) : applyToOpened(state, id, event)
}

function applyToList(state: InboxState, event: JournalEvent): InboxState {
  if (!('conversation' in event)) return state
  const conversations = upsertConversation(state, event.conversation)
  return conversations === state.conversations ? state : { ...state, conversations }
}

function applyToChannels(state: InboxState, event: JournalEvent): InboxState {
  if (event.type !== 'channel_health') return state
  const channel = state.channels.find(({ id }) => id === event.channel_id)
  if (channel === undefined) return state
  return { ...state, channels: replaceById(state.channels, { ...channel, health: event.health }) }
}

function applyToOpened(state: InboxState, id: string, event: JournalEvent): InboxState {
  if (!('conversation' in event) || state.opened?.[id] === undefined) return state
  return { ...state, opened: { ...state.opened, [id]: event.conversation } }
}

function applyToNotes(state: InboxState, id: string, event: JournalEvent): InboxState {
  const thread = state.notes?.[id]
  if (event.type !== 'new_note' || thread === undefined) return state
  return { ...state, notes: { ...state.notes, [id]: withNote(thread, event.note) } }
}

function applyToThreads(state: InboxState, id: string, event: JournalEvent): InboxState {
  const thread = state.threads[id]
  if (thread === undefined) return state
  const next = applyToThread(thread, event)
  return next === thread ? state : { ...state, threads: { ...state.threads, [id]: next } }
}

/** The thread after an event of its conversation. */
export function applyToThread(thread: Thread, event: JournalEvent): Thread {
  switch (event.type) {
    case 'new_message':
      return insertMessage(thread, event.message)
    case 'message_updated':
      return replaceMessage(thread, event.message)
    case 'message_status':
      return applyStatus(thread, event)
    case 'conversation_updated':
    case 'channel_health':
    case 'new_note':
    case 'notification':
      return thread
  }
}
