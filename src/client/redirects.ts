import type { InboxState } from './inbox-state.ts'

/** Where a conversation is now, after all merges that were seen. */
export function resolveRedirect(state: Pick<InboxState, 'redirects'>, conversationId: string): string {
  const seen = new Set<string>()
  let id = conversationId
  for (let next = state.redirects?.[id]; next !== undefined && !seen.has(id); next = state.redirects?.[id]) {
    seen.add(id)
    id = next
  }
  return id
}
