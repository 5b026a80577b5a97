import type { ConversationQuery, Platform } from '../types.ts'

// A filter that is off is left out, not set to nothing: two queries that ask the same look the same.

export function withUnread({ unread: _, ...rest }: ConversationQuery, unread: boolean): ConversationQuery {
  return unread ? { ...rest, unread } : rest
}

export function withPlatform(
  { platform: _, ...rest }: ConversationQuery,
  platform: Platform | null,
): ConversationQuery {
  return platform === null ? rest : { ...rest, platform }
}

export function withSearch({ q: _, ...rest }: ConversationQuery, q: string): ConversationQuery {
  return q === '' ? rest : { ...rest, q }
}

export function isEverything(query: ConversationQuery): boolean {
  return Object.keys(query).length === 0
}
