import { toActionError } from './action-result.ts'
import type { InboxCore } from './inbox-core.ts'
import { createTypingThrottle } from './typing-throttle.ts'

/** A customer's sign of typing lasts 20 s and more on every platform that has one; this keeps it from going out. */
export const customerTypingIntervalMs = 10_000

/** Tells the colleagues, and the customer where the platform can show it, that somebody writes in a conversation. */
export function createTypingSigns(core: InboxCore): (conversationId: string) => void {
  const mayTell = createTypingThrottle(customerTypingIntervalMs)
  const refused = new Set<string>()
  return (conversationId) => {
    core.socket?.sendTyping(conversationId)
    if (refused.has(conversationId) || !mayTell(conversationId, core.environment.now())) return
    core.api.typing(conversationId).catch((error: unknown) => {
      // A sign that does not get through is not worth a word; where it is not wanted, it is not offered again.
      const { status } = toActionError(error)
      if (status >= 400 && status < 500 && status !== 429) refused.add(conversationId)
    })
  }
}
