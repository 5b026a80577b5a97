import type { Conversation } from '../types.ts'

/** The page's title, with the number of unread messages in front while there are any. */
export function titleOf(
  conversations: readonly Conversation[],
  name: string,
  formatNumber: (value: number) => string,
): string {
  const unread = conversations.reduce((sum, conversation) => sum + conversation.unread_count, 0)
  return unread === 0 ? name : `(${formatNumber(unread)}) ${name}`
}
