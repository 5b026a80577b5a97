import type { ConversationQuery, Platform } from '../types.ts'

// A filter that is off is left out, not set to nothing: two queries that ask the same look the same.

export function withUnread(query: ConversationQuery, unread: boolean): ConversationQuery {
  const next = { ...query }
  if (unread) next.unread = true
  else delete next.unread
  return next
}

export function withPlatform(query: ConversationQuery, platform: Platform | null): ConversationQuery {
  const next = { ...query }
  if (platform === null) delete next.platform
  else next.platform = platform
  return next
}

export function withSearch(query: ConversationQuery, q: string): ConversationQuery {
  const next = { ...query }
  if (q === '') delete next.q
  else next.q = q
  return next
}

export function isEverything(query: ConversationQuery): boolean {
  return Object.keys(query).length === 0
}
