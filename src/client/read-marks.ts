import type { Conversation } from '../protocol/message.ts'
import { upsertConversation } from './conversation-rows.ts'
import type { InboxCore } from './inbox-core.ts'
import type { InboxState } from './inbox-state.ts'
import { newestArrival } from './thread-messages.ts'
import { resolveRedirect } from './redirects.ts'

/** Marks a conversation as read up to its newest message: at once on show, taken back where the server refuses. */
export async function markRead(core: InboxCore, conversationId: string): Promise<void> {
  const id = resolveRedirect(core.store.get(), conversationId)
  const before = findConversation(core.store.get(), id)
  if (before === undefined || before.unread_count === 0) return
  const assumed = { ...before, unread_count: 0 }
  showConversation(core, assumed)
  // Whatever an event made of it meanwhile is newer than what we know.
  const isUntouched = (): boolean => (findConversation(core.store.get(), id) ?? assumed) === assumed
  try {
    const messageId = await newestMessageId(core, id)
    if (messageId === null) return
    const { conversation } = await core.api.markRead(id, messageId)
    if (isUntouched()) showConversation(core, conversation)
  } catch {
    // Nothing is lost: the count is back on show, and opening the conversation again repeats the mark.
    if (isUntouched()) showConversation(core, before)
  }
}

function findConversation(state: InboxState, id: string): Conversation | undefined {
  return state.conversations.find((conversation) => conversation.id === id) ?? state.opened?.[id]
}

function showConversation(core: InboxCore, conversation: Conversation): void {
  const state = core.store.get()
  const opened = state.opened ?? {}
  core.store.set({
    conversations: upsertConversation(state, conversation),
    ...(opened[conversation.id] === undefined ? {} : { opened: { ...opened, [conversation.id]: conversation } }),
  })
}

async function newestMessageId(core: InboxCore, id: string): Promise<string | null> {
  const loaded = newestArrival(core.store.get().threads[id]?.messages ?? [])
  if (loaded !== undefined) return loaded.id
  const page = await core.api.messages(id, null, 1)
  return page.items[0]?.id ?? null
}
