import type { ConversationList } from '../protocol/api.ts'
import { appendPage } from './conversation-rows.ts'
import { errorText, type InboxCore, installView } from './inbox-core.ts'
import type { ConversationQuery } from './inbox-state.ts'

/** Shows another list: the rows of before stay until those of `query` are there. */
export async function setQuery(core: InboxCore, query: ConversationQuery): Promise<void> {
  // Until then no events: what they would do to these rows depends on a query that is no longer asked.
  core.views.forget('list')
  // Nor pages: where they go on belongs to that query.
  core.store.set({ query, conversationsCursor: null, conversationsLoading: true, conversationsError: null })
  await reloadList(core)
}

/** Loads the first page of the current query again, without a sign of loading unless there is one already. */
export function reloadList(core: InboxCore): Promise<void> {
  return core.loads.run('list', {
    read: () => core.api.conversations(core.store.get().query, null),
    show: (page) => showList(core, page),
    fail: (error) => core.store.set({ conversationsLoading: false, conversationsError: errorText(error) }),
  })
}

/** Puts a first page on show. */
export function showList(core: InboxCore, page: ConversationList): void {
  core.store.set({
    conversations: page.items,
    conversationsCursor: page.next_cursor,
    conversationsLoading: false,
    conversationsError: null,
  })
  installView(core, 'list', page)
}

/** Appends the next page, if there is one and none is on its way; the first one where that is missing. */
export async function loadMoreConversations(core: InboxCore): Promise<void> {
  const { query, conversationsCursor: cursor, conversationsLoading } = core.store.get()
  if (conversationsLoading) return
  if (core.views.positionOf('list') === null) return setQuery(core, query)
  if (cursor === null) return
  const isWanted = core.loads.begin('more')
  core.store.set({ conversationsLoading: true, conversationsError: null })
  try {
    const page = await core.api.conversations(query, cursor)
    if (isWanted() && isSameList(core, query, cursor)) addPage(core, page)
  } catch (error) {
    if (!isWanted() || !isSameList(core, query, cursor)) return
    core.store.set({ conversationsLoading: false, conversationsError: errorText(error) })
  }
}

// A list that was loaded anew meanwhile has another query or begins its pages anew.
function isSameList(core: InboxCore, query: ConversationQuery, cursor: string): boolean {
  const state = core.store.get()
  return state.query === query && state.conversationsCursor === cursor
}

function addPage(core: InboxCore, page: ConversationList): void {
  const { conversations } = core.store.get()
  core.store.set({
    conversations: appendPage(conversations, page.items),
    conversationsCursor: page.next_cursor,
    conversationsLoading: false,
  })
  if (page.epoch !== core.epoch) core.reload()
  // A page read before the list's own position lacks what happened in between.
  else if (!core.views.replay('list', page.as_of)) void reloadList(core)
}
