import type { Conversation, Inbox, InboxState, Message } from '../../src/ui/types.ts'
import { inboxState } from './build.ts'

export type FakeInbox = Inbox & {
  /** Every call that asks for something, in order: `name argument`. */
  calls: string[]
  set(change: Partial<InboxState>): void
  ring(message: Message, conversation: Conversation): void
}

/** An inbox that holds what it is given and writes down what the page asks of it. */
export function fakeInbox(given: Partial<InboxState> = {}): FakeInbox {
  let state = inboxState(given)
  const listeners = new Set<() => void>()
  const inbound = new Set<(message: Message, conversation: Conversation) => void>()
  const calls: string[] = []
  const call = async (...words: string[]) => void calls.push(words.join(' '))
  const done = async (...words: string[]) => {
    await call(...words)
    return { ok: true as const, value: null }
  }
  const set = (change: Partial<InboxState>) => {
    state = { ...state, ...change }
    for (const listener of listeners) listener()
  }
  return {
    calls,
    set,
    ring: (message, conversation) => inbound.forEach((listener) => listener(message, conversation)),
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: () => call('start'),
    setQuery: async (query) => {
      set({ query })
      await call('setQuery', JSON.stringify(query))
    },
    loadMoreConversations: () => call('loadMoreConversations'),
    openConversation: (id) => call('openConversation', id),
    loadOlder: (id) => call('loadOlder', id),
    markRead: (id) => call('markRead', id),
    sendTyping: (id) => void call('sendTyping', id),
    typing: (id) => void call('typing', id),
    send: (id, draft) => {
      calls.push(`send ${id} ${JSON.stringify(draft)}`)
      return [`client-${calls.length}`]
    },
    retry: (id) => done('retry', id),
    discard: (id) => void call('discard', id),
    attach: (file, name) => {
      calls.push(`attach ${name ?? file.type}`)
      return `upload-${calls.length}`
    },
    retryUpload: (id) => void call('retryUpload', id),
    removeUpload: (id) => void call('removeUpload', id),
    react: (id, emoji) => done('react', id, String(emoji)),
    templates: async (id) => {
      await call('templates', id)
      return { ok: true, value: [] }
    },
    retryAttachment: (id) => done('retryAttachment', id),
    addNote: async (id, draft) => {
      calls.push(`addNote ${id} ${JSON.stringify(draft)}`)
      const at = '2026-11-23T09:00:00Z'
      const note = { id: 'note', author_id: 'me', author_name: 'Iryna', mentions: [...(draft.mentions ?? [])] }
      return { ok: true, value: { ...note, text: draft.text, created_at: at } }
    },
    staff: async () => ({ ok: true, value: [] }),
    onInbound: (listener) => {
      inbound.add(listener)
      return () => inbound.delete(listener)
    },
    stop: () => void call('stop'),
  }
}
