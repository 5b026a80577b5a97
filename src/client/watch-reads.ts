import type { Conversation } from '../protocol/message.ts'
import type { Inbox } from './inbox-state.ts'

/** Tells of each conversation of an inbox that was read, here or by anybody else. Gives the way to stop. */
export function watchReads(
  inbox: Pick<Inbox, 'getState' | 'subscribe'>,
  onRead: (conversationId: string) => void,
): () => void {
  // Shown as read before the server knows: the same conversation from the server is told of once more.
  const assumed = new Set<string>()
  let known = rowsOf(inbox)
  return inbox.subscribe(() => {
    const before = known
    known = rowsOf(inbox)
    for (const [id, row] of known) {
      const previous = before.get(id)
      if (previous === undefined || previous === row || row.unread_count > 0) continue
      if (previous.unread_count > 0) assumed.add(id)
      else if (!assumed.delete(id)) continue
      onRead(id)
    }
  })
}

function rowsOf(inbox: Pick<Inbox, 'getState'>): ReadonlyMap<string, Conversation> {
  const { conversations, opened = {} } = inbox.getState()
  return new Map([...Object.values(opened), ...conversations].map((row) => [row.id, row]))
}
