import type { MessageStatusEvent } from '../protocol/frames.ts'
import type { Message } from '../protocol/message.ts'
import { isForward } from '../protocol/words.ts'
import { replaceById } from './conversation-rows.ts'
import type { Thread } from './inbox-state.ts'

/** Order of messages in a thread: by the source's time, then by their place in the journal. */
export function compareMessages(a: Message, b: Message): number {
  return Date.parse(a.created_at) - Date.parse(b.created_at) || a.seq - b.seq
}

/**
 * The message that arrived last, which need not be the last by its source's time: whole seconds of a platform's clock
 * can put it before a reply of ours. Read marks go by arrival.
 */
export function newestArrival(messages: readonly Message[]): Message | undefined {
  return messages.reduce<Message | undefined>(
    (newest, message) => (newest === undefined || message.seq > newest.seq ? message : newest),
    undefined,
  )
}

/** The thread with a new message at its place. One that belongs to a page not loaded yet is left for that page. */
export function insertMessage(thread: Thread, message: Message): Thread {
  const { messages, before } = thread
  if (messages.some(({ id }) => id === message.id)) return thread
  const later = messages.findIndex((other) => compareMessages(other, message) > 0)
  if (later === 0 && before !== null) return thread
  return { ...thread, messages: later === -1 ? [...messages, message] : messages.toSpliced(later, 0, message) }
}

/** The thread with a message as it is now; unchanged where that message is not loaded. */
export function replaceMessage(thread: Thread, message: Message): Thread {
  const messages = replaceById(thread.messages, message)
  return messages === thread.messages ? thread : { ...thread, messages }
}

/**
 * The thread after a status report. Statuses only move forward (G8): a late `sent` does not undo a `read`. A failure
 * ended its attempt, so what the journal reports after it belongs to the next one.
 */
export function applyStatus(thread: Thread, event: MessageStatusEvent): Thread {
  const message = thread.messages.find(({ id }) => id === event.message_id)
  if (message === undefined) return thread
  if (message.status !== 'failed' && !isForward(message.status, event.status)) return thread
  return replaceMessage(thread, { ...message, status: event.status, error: event.error })
}

/** A page of the past before what is loaded. The page comes newest first, a thread is kept oldest first. */
export function prependPage(messages: readonly Message[], page: readonly Message[]): Message[] {
  const known = new Set(messages.map(({ id }) => id))
  return [...page.filter(({ id }) => !known.has(id)), ...messages].toSorted(compareMessages)
}
