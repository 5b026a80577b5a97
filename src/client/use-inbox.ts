import { useMemo, useSyncExternalStore } from 'react'
import type { Inbox, InboxState } from './inbox-state.ts'

/** What `useInbox` gives: the state of the inbox, and in `actions` what a page does with it; those never change. */
export type InboxView = InboxState & {
  actions: Omit<Inbox, 'getState' | 'subscribe' | 'start' | 'stop' | 'onInbound'>
}

/**
 * The inbox as React sees it: renders again whenever its state changes. Starting and stopping is the owner's part.
 * `threadRows(view, conversationId)` are the messages of a conversation to show, this page's unsent ones included;
 * `view.actions.send(conversationId, { content })` adds one.
 */
export function useInbox(inbox: Inbox): InboxView {
  const state = useSyncExternalStore(inbox.subscribe, inbox.getState, inbox.getState)
  return useMemo(() => ({ ...state, actions: inbox }), [inbox, state])
}
