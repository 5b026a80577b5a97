import type { MessageList } from '../protocol/api.ts'
import type { Conversation } from '../protocol/message.ts'
import type { View } from './apply-event.ts'
import { errorText, type InboxCore, installView } from './inbox-core.ts'
import type { Thread } from './inbox-state.ts'
import { dropNotes, loadNotes, loadOlderNotes } from './notes.ts'
import { resolveRedirect } from './redirects.ts'
import { compareMessages, prependPage } from './thread-messages.ts'

/** Threads that are kept and kept live; beyond it the ones opened longest ago are let go. */
const maxThreads = 20

const emptyThread: Thread = { messages: [], before: null, loading: true, error: null }

/** Loads a conversation, its newest messages and notes, unless they are there already. Follows a merge. */
export async function openConversation(core: InboxCore, conversationId: string): Promise<void> {
  const id = resolveRedirect(core.store.get(), conversationId)
  const thread = core.store.get().threads[id]
  keepThread(core, id, thread ?? emptyThread)
  if (thread?.loading === true) return
  if (isMissing(core, `thread:${id}`)) patchThread(core, id, { loading: true, error: null })
  await loadMissing(core, id)
}

/** Loads the page before the oldest message that is there. */
export async function loadOlder(core: InboxCore, conversationId: string): Promise<void> {
  const id = resolveRedirect(core.store.get(), conversationId)
  const thread = core.store.get().threads[id]
  if (thread === undefined || thread.loading || thread.before === null) return
  const { before } = thread
  const isLatest = core.loads.begin(`older:${id}`)
  // Where the thread was loaded anew meanwhile, its pages begin anew.
  const isWanted = (): boolean => isLatest() && core.store.get().threads[id]?.before === before
  setThread(core, id, { ...thread, loading: true, error: null })
  try {
    const page = await core.api.messages(id, before)
    if (isWanted()) showOlder(core, id, page)
  } catch (error) {
    if (isWanted()) patchThread(core, id, { loading: false, error: errorText(error) })
  }
}

/** Loads every thread on hand again, without a sign of loading. */
export async function reloadThreads(core: InboxCore): Promise<void> {
  const ids = Object.keys(core.store.get().threads)
  await Promise.all(ids.flatMap((id) => [loadThread(core, id), loadOpened(core, id), loadNotes(core, id)]))
}

/** Loads at once what is missing of the threads on hand, without a sign of loading. */
export function completeThreads(core: InboxCore): void {
  for (const [id, { loading }] of Object.entries(core.store.get().threads)) {
    if (!loading) void loadMissing(core, id)
  }
}

/** A conversation went into another: what was open follows it. */
export function followMerge(core: InboxCore, from: string, into: string): void {
  const { threads, redirects } = core.store.get()
  const wasOpen = threads[from] !== undefined
  if (wasOpen) {
    dropThread(core, from)
    core.store.set({ redirects: { ...redirects, [from]: into } })
  }
  // Messages moved over, also into a thread that was loaded before.
  if (threads[into] !== undefined) void Promise.all([loadThread(core, into), loadNotes(core, into)])
  else if (wasOpen) void openConversation(core, into)
}

function isMissing(core: InboxCore, view: View): boolean {
  return core.views.positionOf(view) === null
}

async function loadMissing(core: InboxCore, id: string): Promise<void> {
  void (isMissing(core, `notes:${id}`) ? loadNotes(core, id) : loadOlderNotes(core, id))
  await Promise.all([
    isMissing(core, `thread:${id}`) ? loadThread(core, id) : null,
    isMissing(core, `opened:${id}`) ? loadOpened(core, id) : null,
  ])
}

function loadThread(core: InboxCore, id: string): Promise<void> {
  return core.loads.run(`thread:${id}`, {
    read: () => core.api.messages(id),
    show(page) {
      const messages = page.items.toSorted(compareMessages)
      patchThread(core, id, { messages, before: page.next_cursor, loading: false, error: null })
      installView(core, `thread:${id}`, page)
      core.outgoing.settle(page.items)
      void loadOlderNotes(core, id)
    },
    fail: (error) => patchThread(core, id, { loading: false, error: errorText(error) }),
  })
}

function loadOpened(core: InboxCore, id: string): Promise<void> {
  return core.loads.run(`opened:${id}`, {
    read: () => core.api.conversation(id),
    show({ conversation, ...reading }) {
      if (conversation.merged_into !== null) return followMerge(core, id, conversation.merged_into)
      patchThread(core, id, { openedError: null })
      showOpened(core, conversation)
      installView(core, `opened:${id}`, reading)
    },
    fail: (error) => patchThread(core, id, { openedError: errorText(error) }),
  })
}

function showOlder(core: InboxCore, id: string, page: MessageList): void {
  const thread = core.store.get().threads[id]
  if (thread === undefined) return
  const messages = prependPage(thread.messages, page.items)
  setThread(core, id, { ...thread, messages, before: page.next_cursor, loading: false, error: null })
  if (page.epoch !== core.epoch) core.reload()
  else if (!core.views.replay(`thread:${id}`, page.as_of)) void loadThread(core, id)
  void loadOlderNotes(core, id)
}

function showOpened(core: InboxCore, conversation: Conversation): void {
  core.store.set({ opened: { ...core.store.get().opened, [conversation.id]: conversation } })
}

function setThread(core: InboxCore, id: string, thread: Thread): void {
  core.store.set({ threads: { ...core.store.get().threads, [id]: thread } })
}

// For answers: a thread that was let go meanwhile stays away.
function patchThread(core: InboxCore, id: string, patch: Partial<Thread>): void {
  const thread = core.store.get().threads[id]
  if (thread !== undefined) setThread(core, id, { ...thread, ...patch })
}

// Object keys keep the order of insertion, so taking a thread out and in again makes it the newest.
function keepThread(core: InboxCore, id: string, thread: Thread): void {
  const { [id]: _, ...others } = core.store.get().threads
  core.store.set({ threads: { ...others, [id]: thread } })
  const surplus = Object.keys(others).slice(0, Math.max(0, Object.keys(others).length + 1 - maxThreads))
  for (const old of surplus) dropThread(core, old)
}

function dropThread(core: InboxCore, id: string): void {
  const { threads, opened } = core.store.get()
  const { [id]: _thread, ...otherThreads } = threads
  const { [id]: _opened, ...otherOpened } = opened ?? {}
  core.loads.begin(`thread:${id}`) // what is on its way is not wanted any more
  core.loads.begin(`opened:${id}`)
  core.views.forget(`thread:${id}`)
  core.views.forget(`opened:${id}`)
  core.store.set({ threads: otherThreads, opened: otherOpened })
  dropNotes(core, id)
}
