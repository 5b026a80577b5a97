/** What the service worker asks of an open window. */
export type OpenMessage = { type: 'edge-inbox.open'; conversationId: string }

export function openMessage(conversationId: string): OpenMessage {
  return { type: 'edge-inbox.open', conversationId }
}

/** The conversation that a message asks to open; null where it asks for nothing of the kind. */
export function openMessageOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null
  const { type, conversationId } = data as { type?: unknown; conversationId?: unknown }
  return type === 'edge-inbox.open' && typeof conversationId === 'string' ? conversationId : null
}
