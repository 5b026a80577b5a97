import type { EventBody } from './draft.ts'

/** Somebody whom an event concerns in person. */
export type ConcernedUser = { tenantId: string; userId: string; seq: number }

/** What the journal keeps beside an event, so that users' lists find it: never fewer than it is to be told to. */
export type Audience = {
  /** What it is told as; null: it tells nobody. */
  notify: string | null
  /** Whose the conversation is; empty where it is nobody's, or everybody is meant; null: for `users` only. */
  audience: string | null
  users: readonly string[]
}

const nobody: Audience = { notify: null, audience: null, users: [] }

const present = (ids: readonly (string | null)[]): string[] => ids.filter((id) => id !== null)

/** Whom an event is to be told to, of all who might be: their own rules are not asked here. */
export function audienceOf(body: EventBody): Audience {
  switch (body.type) {
    case 'new_message': {
      const { message, conversation, silent } = body
      if (message.direction !== 'inbound' || silent === true || message.type === 'system') return nobody
      return { notify: body.cause?.kind ?? 'new_message', audience: conversation.assignee_id ?? '', users: [] }
    }
    case 'conversation_updated':
      if (body.cause?.kind !== 'assignment') return nobody
      return { notify: 'assignment', audience: body.conversation.assignee_id ?? '', users: present([body.cause.from]) }
    case 'message_status':
    case 'message_updated':
      if (body.cause?.kind !== 'send_failed') return nobody
      return { notify: 'send_failed', audience: body.cause.assignee_id ?? '', users: present([body.cause.author_id]) }
    case 'channel_health':
      return body.cause?.kind === 'channel_alert' ? { notify: body.cause.alert, audience: '', users: [] } : nobody
    case 'new_note':
      if (body.note.mentions.length === 0) return nobody
      return { notify: 'mention', audience: null, users: body.note.mentions }
    case 'notification':
      return audienceOfNotice(body.notification)
  }
}

/** As `NoticeItem` brings it. */
function audienceOfNotice({ kind, to }: Record<string, unknown>): Audience {
  if (typeof kind !== 'string') return nobody
  const users = Array.isArray(to) ? to.filter((id) => typeof id === 'string') : []
  return { notify: kind, audience: Array.isArray(to) ? null : '', users }
}
