import { useSyncExternalStore } from 'react'
import type { Inbox, InboxState } from './inbox-state.ts'

/** The state of `inbox` as React sees it: renders again whenever it changes. Starting and stopping is the owner's part. */
export function useInbox(inbox: Inbox): InboxState {
  return useSyncExternalStore(inbox.subscribe, inbox.getState, inbox.getState)
}
