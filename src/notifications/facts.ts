import type { Notification, NotificationKind, NotificationRelation } from '../protocol/notifications.ts'
import type { Platform } from '../protocol/words.ts'

/** One line of the journal: `data` is its frame, `at` when it was committed, in epoch ms. */
export type JournalLine = { seq: number; type: string; platform: Platform | null; at: number; data: string }

type CommonField =
  | 'id'
  | 'seq'
  | 'relation'
  | 'created_at'
  | 'read'
  | 'conversation_id'
  | 'channel_id'
  | 'platform'
  | 'client_name'
type Bare<Kind> = Kind extends unknown ? Omit<Kind, CommonField> : never

/** What one kind of notification says beside what all of them say. */
export type NotificationBody = Bare<Notification>

type Among<Body, Kind> = Body extends { kind: infer Own } ? ([Kind & Own] extends [never] ? never : Body) : never

/** The same for certain kinds. */
export type BodyOf<Kind extends NotificationKind> = Among<NotificationBody, Kind>

/** What an event says that can be told, before it is known to whom: read once, held against each user's settings. */
export type EventFacts = {
  seq: number
  at: number
  platform: Platform | null
  channelId: string | null
  conversation: { id: string; assigneeId: string | null; clientName: string } | null
  /** Who did it, and therefore knows. */
  actorId: string | null
  /** The only users it is for; null: for whomever it concerns. */
  addressees: readonly string[] | null
  /** What it may be told as: a user hears of the first one that their rules name any medium for. */
  bodies: readonly [NotificationBody, ...NotificationBody[]]
}

/** What an event is to one user: `all` concerns everybody alike, `none` is not for this one. */
export type Standing = NotificationRelation | 'all' | 'none'

export function standingOf({ bodies, conversation, actorId, addressees }: EventFacts, userId: string): Standing {
  if (actorId === userId || addressees?.includes(userId) === false) return 'none'
  const [body] = bodies
  if (body.kind === 'mention') return 'mention'
  if (conversation === null) return 'all'
  if (isOwn(body, userId) || conversation.assigneeId === userId) return 'assigned_to_me'
  return conversation.assigneeId === null ? 'unassigned' : 'others'
}

/** Whoever lost a conversation, and whoever wrote what could not be sent, is concerned like its owner. */
function isOwn(body: NotificationBody, userId: string): boolean {
  if (body.kind === 'assignment') return body.previous_assignee_id === userId
  return body.kind === 'send_failed' && body.author_id === userId
}
