/** A colleague's typing sign is sent again at the earliest after this time, and goes out by itself after 6 s. */
export const typingIntervalMs = 3_000

/** Says whether a typing sign for a conversation may be sent at `now` (epoch ms); if so, it counts as sent. */
export function createTypingThrottle(intervalMs = typingIntervalMs): (conversationId: string, now: number) => boolean {
  const sentAt = new Map<string, number>()
  return (conversationId, now) => {
    for (const [id, at] of sentAt) if (now - at >= intervalMs) sentAt.delete(id)
    if (sentAt.has(conversationId)) return false
    sentAt.set(conversationId, now)
    return true
  }
}
