import { z } from 'zod'
import { Conversation, MessageError } from './message.ts'
import { ChannelState, MessageType, Platform, Timestamp, Uuid } from './words.ts'

/**
 * What a user can be told of.
 * - `new_message`, `new_conversation`: a customer wrote; `new_conversation` where it begins one. Never imported history.
 * - `assignment`: a conversation was given to somebody, or taken away. `mention`: an internal note names the user.
 * - `send_failed`: a reply did not reach the customer.
 * - `channel_down`, `channel_up`: a channel stopped working, and works again. `token_expiring`: it will stop soon.
 * - `quarantine_grew`: deliveries came that could not be understood or placed.
 * - `system`: posted by the tenant's own server. `test`: asked for, to see what arrives.
 */
export const notificationKinds = [
  'new_message',
  'new_conversation',
  'assignment',
  'mention',
  'send_failed',
  'channel_down',
  'channel_up',
  'token_expiring',
  'quarantine_grew',
  'system',
  'test',
] as const
export const NotificationKind = z.enum(notificationKinds)
export type NotificationKind = z.infer<typeof NotificationKind>

/**
 * What the conversation was to the user when it happened. An assignment is `assigned_to_me` also for whoever loses it, a
 * failed reply also for whoever wrote it. `mention`: the note names the user, whoever the conversation belongs to.
 */
export const NotificationRelation = z.enum(['assigned_to_me', 'unassigned', 'others', 'mention'])
export type NotificationRelation = z.infer<typeof NotificationRelation>

/**
 * - `socket`: the page: a frame on the notifications feed, the list, the number on the bell.
 * - `sound`: the page plays one. `web_push`: the browser shows it, also when no page is open.
 * - `email_digest`: it is in the next summary by mail unless it was read before.
 */
export const notificationMedia = ['socket', 'sound', 'web_push', 'email_digest'] as const
export const NotificationMedium = z.enum(notificationMedia)
export type NotificationMedium = z.infer<typeof NotificationMedium>

/**
 * Why something did not go out by a medium, in the order in which it is looked at. `rule`: the settings do not name the
 * medium. `stale`: it happened too long ago. `no_socket`, `no_subscription`: allowed, but there was nobody to hand it to.
 * `not_accepted`: handed to the push service of a browser, which did not take it, or has not answered yet.
 */
export const MediumRefusal = z.enum([
  'rule',
  'digest_off',
  'paused',
  'quiet_hours',
  'focused',
  'stale',
  'no_socket',
  'no_subscription',
  'not_accepted',
])
export type MediumRefusal = z.infer<typeof MediumRefusal>

// ---------------------------------------------------------------- a notification

const common = {
  /** `<epoch>.<seq>`: the same for every user, and never given to another event. */
  id: z.string(),
  /** The number of its event in the tenant's journal. */
  seq: z.number().int().positive(),
  /** Null where no conversation is concerned. */
  relation: NotificationRelation.nullable(),
  /** When it was stored. */
  created_at: Timestamp,
  read: z.boolean(),
  conversation_id: Uuid.nullable(),
  channel_id: Uuid.nullable(),
  platform: Platform.nullable(),
  /** The customer; null where no conversation is concerned. */
  client_name: z.string().nullable(),
}

/** One line of what was written; null where there is no text to show (a file, or taken back by its author). */
const Preview = z.string().nullable()

/** Facts for a title, never a title: pages, browsers and mails word it in the reader's language. */
export const Notification = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['new_message', 'new_conversation']),
    ...common,
    message_id: Uuid,
    message_type: MessageType,
    preview: Preview,
  }),
  z.object({
    kind: z.literal('assignment'),
    ...common,
    assignee_id: Uuid.nullable(),
    previous_assignee_id: Uuid.nullable(),
    by: Uuid.nullable(),
  }),
  z.object({
    kind: z.literal('mention'),
    ...common,
    note_id: Uuid,
    by: Uuid,
    by_name: z.string(),
    preview: Preview,
  }),
  z.object({
    kind: z.literal('send_failed'),
    ...common,
    message_id: Uuid,
    author_id: Uuid.nullable(),
    error: MessageError.nullable(),
  }),
  z.object({
    kind: z.enum(['channel_down', 'channel_up']),
    ...common,
    state: ChannelState,
    /** What is, or was, wrong. */
    code: z.string().nullable(),
    message: z.string().nullable(),
  }),
  z.object({ kind: z.literal('token_expiring'), ...common, expires_at: Timestamp }),
  /** `count`: all that waits in quarantine by then. */
  z.object({ kind: z.literal('quarantine_grew'), ...common, count: z.number().int() }),
  z.object({
    kind: z.literal('system'),
    ...common,
    title: z.string(),
    text: z.string(),
    /** An https address, or a path on this host. */
    link: z.string().nullable(),
  }),
  z.object({ kind: z.literal('test'), ...common }),
])
export type Notification = z.infer<typeof Notification>

// ---------------------------------------------------------------- bodies and answers

/** The first ones, newest first. `count` of unread ones is exact unless `more`: then there are at least as many. */
export const NotificationList = z.object({
  items: z.array(Notification),
  next_cursor: z.string().nullable(),
  as_of: z.number().int(),
  epoch: z.string(),
  unread: z.object({ count: z.number().int(), more: z.boolean() }),
})
export type NotificationList = z.infer<typeof NotificationList>

/** What `unread` of the list says, and as of when: frames of the feed with a later number come on top of it. */
export const UnreadNotifications = z.object({
  count: z.number().int(),
  more: z.boolean(),
  as_of: z.number().int(),
  epoch: z.string(),
})
export type UnreadNotifications = z.infer<typeof UnreadNotifications>

/** `up_to`: the `as_of` of the list that was shown. What came after it stays unread. */
export const ReadAllNotificationsBody = z.strictObject({ up_to: z.number().int().nonnegative() })

/** A path on this host, or an https address: it becomes a link in pages and mails. */
const Link = z
  .string()
  .max(1000)
  .refine((link) => /^(?:https:\/\/|\/(?![/\\]))/.test(link) && URL.canParse(link, 'https://host.invalid'), {
    message: 'is neither an https address nor a path that begins with one slash',
  })

/**
 * A notification by the tenant's server, for one user or for all. The same `key` twice makes one notification.
 */
export const SystemNotificationBody = z.strictObject({
  user_id: Uuid.optional(),
  title: z.string().trim().min(1).max(200),
  text: z.string().max(2000).default(''),
  link: Link.optional(),
  key: z.string().min(1).max(200).optional(),
})
export type SystemNotificationBody = z.infer<typeof SystemNotificationBody>

export const TestNotificationBody = z.strictObject({ user_id: Uuid.optional() })

/** What the test did for one user: how many sockets and browsers got it, and of each medium it did not go by, why. */
export const NotificationReach = z.object({
  user_id: Uuid,
  sockets: z.number().int(),
  pushes: z.number().int(),
  media: z.array(NotificationMedium),
  refused: z.partialRecord(NotificationMedium, MediumRefusal),
})
export type NotificationReach = z.infer<typeof NotificationReach>
export const TestNotificationResponse = z.object({ seq: z.number().int(), users: z.array(NotificationReach) })
/** The same for a test of the user's own. */
export const OwnTestResponse = z.object({ seq: z.number().int(), reach: NotificationReach })

// ---------------------------------------------------------------- frames

/**
 * The event of the notifications feed. `show`: it may pop up. `sound`: it may sound. Neither is set while the user has
 * paused, looks at that conversation, or gets it late; then it only counts.
 */
export const NotificationFrame = z.object({
  type: z.literal('notification'),
  seq: z.number().int().positive(),
  notification: Notification,
  show: z.boolean(),
  sound: z.boolean(),
})
export type NotificationFrame = z.infer<typeof NotificationFrame>

/** Without a number, to the user's other sockets: something was read. A list that is loaded anew says the same. */
export const NotificationsReadFrame = z.object({
  type: z.literal('notifications_read'),
  /** Everything up to here is read; null when only `ids` were. */
  up_to: z.number().int().nullable(),
  ids: z.array(z.string()),
})
export type NotificationsReadFrame = z.infer<typeof NotificationsReadFrame>

/** Without a number, to all of the user's sockets: their settings are others now. Whoever shows them asks for them anew. */
export const NotificationSettingsFrame = z.object({ type: z.literal('notification_settings') })
export type NotificationSettingsFrame = z.infer<typeof NotificationSettingsFrame>

/**
 * From a client, on either feed: the conversation that lies open in a visible, focused window; null when none does.
 * Holds for this socket until the next one. While any socket of the user has it, that conversation makes no noise.
 */
export const FocusFrame = z.object({ type: z.literal('focus'), conversation_id: Uuid.nullable() })
export type FocusFrame = z.infer<typeof FocusFrame>

/**
 * Why a line of the journal is one to tell of, where the line itself does not say: an optional field `cause` of its
 * frame, written with it. Lines without it tell nobody.
 * - `new_conversation` on `new_message`: it is the first one of its conversation.
 * - `assignment` on `conversation_updated`: who did it (null: a program) and whose it was.
 * - `send_failed` on `message_status` and `message_updated`: whose reply it was, and where.
 * - `channel_alert` on `channel_health`: the change is one to tell of.
 */
export const EventCause = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('new_conversation') }),
  z.object({ kind: z.literal('assignment'), by: Uuid.nullable(), from: Uuid.nullable() }),
  z.object({
    kind: z.literal('send_failed'),
    author_id: Uuid.nullable(),
    assignee_id: Uuid.nullable(),
    channel_id: Uuid,
    client_name: z.string(),
  }),
  z.object({ kind: z.literal('channel_alert'), alert: z.enum(['channel_down', 'channel_up']) }),
])
export type EventCause = z.infer<typeof EventCause>

/** A note of one of the staff in a conversation, which customers never see. `mentions`: the users it names. */
export const NewNoteEvent = z.object({
  type: z.literal('new_note'),
  seq: z.number().int().positive(),
  conversation_id: Uuid,
  note: z.object({
    id: Uuid,
    author_id: Uuid,
    author_name: z.string(),
    text: z.string(),
    mentions: z.array(Uuid),
    created_at: Timestamp,
  }),
  conversation: Conversation,
})
export type NewNoteEvent = z.infer<typeof NewNoteEvent>
