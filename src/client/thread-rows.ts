import type { Message } from '../protocol/message.ts'
import type { ActionError } from './action-result.ts'
import type { InboxState } from './inbox-state.ts'
import type { OutgoingMessage, Upload } from './outgoing.ts'
import { resolveRedirect } from './redirects.ts'

/** What only this page knows of a message that the server does not have yet; fields as in `OutgoingMessage`. */
export type LocalSend = {
  state: Exclude<OutgoingMessage['state'], 'stored'>
  retryAt: number | null
  error: ActionError | null
  uploads: readonly Upload[]
}

/** A message of a thread as a page shows it. With `local` it is this page's own and not stored yet. */
export type ThreadMessage = Message & { local?: LocalSend }

const noMessages: readonly Message[] = []

/**
 * The messages of a conversation to show, oldest first: those loaded, then this page's own on their way. A message that
 * came from both sides is there once, and second copies of what we sent (`details.duplicate_of`) are left out.
 */
export function threadRows(
  state: Pick<InboxState, 'threads' | 'outgoing' | 'uploads' | 'redirects'>,
  conversationId: string,
): readonly ThreadMessage[] {
  const id = resolveRedirect(state, conversationId)
  const messages = state.threads[id]?.messages ?? noMessages
  const shown = messages.some(isDuplicate) ? messages.filter((message) => !isDuplicate(message)) : messages
  const own = state.outgoing.filter((row) => resolveRedirect(state, row.conversationId) === id)
  if (own.length === 0) return shown
  const known = new Set(messages.flatMap((message) => [message.id, message.client_message_id]))
  const missing = own.filter((row) => !known.has(row.clientMessageId) && !known.has(row.message.id))
  return [...shown, ...missing.map((row) => toThreadMessage(row, state.uploads))]
}

/** What stays the same when the server's row takes the place of ours: for lists that keep their elements. */
export function rowKey({ id, client_message_id: clientId }: Pick<Message, 'id' | 'client_message_id'>): string {
  return clientId ?? id
}

// What is left of an echo that was stored before it was known whose it is: a tombstone that names the original.
function isDuplicate({ details, deleted_at: deletedAt }: Message): boolean {
  return deletedAt !== null && typeof details['duplicate_of'] === 'string'
}

function toThreadMessage(row: OutgoingMessage, uploads: readonly Upload[]): ThreadMessage {
  const { state, retryAt, error } = row
  if (state === 'stored') return row.message
  const files = row.uploads.flatMap((id) => uploads.find((upload) => upload.id === id) ?? [])
  return { ...row.message, local: { state, retryAt, error, uploads: files } }
}
