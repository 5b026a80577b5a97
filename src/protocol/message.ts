import { z } from 'zod'
import {
  AttachmentState,
  ChannelState,
  ConversationStatus,
  Direction,
  MessageStatus,
  MessageType,
  Platform,
  Timestamp,
  Uuid,
} from './words.ts'

/**
 * What stands in the way, in words of our own: what a user or an operator can do differs.
 * `token`: the channel has to be connected again. `rate_limit`: too much in too short a time. `window`: the customer has
 * been silent for too long. `permission`: the app or account may not do this. `recipient`: this customer cannot be
 * reached. `content`: the platform does not take this message. `platform`: anything else it said. `unreachable`: it could
 * not be asked.
 */
export const FailureKind = z.enum([
  'token',
  'rate_limit',
  'window',
  'permission',
  'recipient',
  'content',
  'platform',
  'unreachable',
])
export type FailureKind = z.infer<typeof FailureKind>

/**
 * Why a message failed, or why one that is queued waits: the platform's own code and words, and what kind of failure that
 * is. `until`: when it is tried again by itself.
 */
export const MessageError = z.object({
  code: z.string(),
  title: z.string(),
  details: z.string().nullable(),
  kind: FailureKind.optional(),
  until: Timestamp.optional(),
})
export type MessageError = z.infer<typeof MessageError>

/** A file of a message. `url` is a path on this host, present once `state` is `ready`. `size` in bytes. */
export const Attachment = z.object({
  id: Uuid,
  type: z.enum(['image', 'audio', 'video', 'document', 'sticker']),
  mime_type: z.string().nullable(),
  filename: z.string().nullable(),
  size: z.number().nullable(),
  state: AttachmentState,
  url: z.string().nullable(),
  /** Why it could not be fetched; null unless `state` is `failed` or `expired`. */
  error: MessageError.nullable(),
})
export type Attachment = z.infer<typeof Attachment>

/** The newest reaction of one person. `by` is `customer`, `business`, or the platform's id of a group member. */
export const Reaction = z.object({ by: z.string(), emoji: z.string(), at: Timestamp })
export type Reaction = z.infer<typeof Reaction>

/** Who wrote a message, where that says more than its direction: a group member, or the phone app of the business. */
export const Sender = z.object({ external_id: z.string(), name: z.string().nullable() })
export type Sender = z.infer<typeof Sender>

/**
 * A message as every reader sees it. The first nine fields are the ones the replaced service already sent; they never
 * change meaning. `content` is the text, or a caption, or a one-line description of what has no text.
 * `details` holds what belongs to the type: coordinates, contact cards, button payloads, the referral, as given.
 */
export const Message = z.object({
  id: Uuid,
  conversation_id: Uuid,
  direction: Direction,
  type: MessageType,
  content: z.string(),
  status: MessageStatus,
  attachments: z.array(Attachment),
  /** The source's own time. */
  created_at: Timestamp,
  external_id: z.string().nullable(),
  /** Its place in the tenant's journal: the `seq` of its `new_message`. */
  seq: z.number().int(),
  sender: Sender.nullable(),
  /** The platform's id of the message this one answers; it may be one we never saw. */
  reply_to_external_id: z.string().nullable(),
  reactions: z.array(Reaction),
  details: z.record(z.string(), z.unknown()),
  error: MessageError.nullable(),
  edited_at: Timestamp.nullable(),
  /** Set when the author took it back: content, details and attachments are gone for good. */
  deleted_at: Timestamp.nullable(),
  client_message_id: z.string().nullable(),
})
export type Message = z.infer<typeof Message>

/** A conversation as every reader sees it. The first four fields are the ones the replaced service already sent. */
export const Conversation = z.object({
  id: Uuid,
  platform: Platform,
  external_id: z.string(),
  client_name: z.string(),
  channel_id: Uuid,
  status: ConversationStatus,
  assignee_id: Uuid.nullable(),
  /** Inbound messages after the last read mark, shared by the whole staff. */
  unread_count: z.number().int(),
  last_message_at: Timestamp.nullable(),
  last_message_preview: z.string(),
  last_message_direction: Direction.nullable(),
  /** Until when the platform lets us write freely: 24 h after the customer's newest message; null where no such rule. */
  can_reply_until: Timestamp.nullable(),
  merged_into: Uuid.nullable(),
  /** A path on this host where the customer's picture is, where the platform gave one. */
  picture_url: z.string().nullable(),
})
export type Conversation = z.infer<typeof Conversation>

/** What a channel last did, and what is wrong with it (G9). Counters only grow. */
export const ChannelHealth = z.object({
  state: ChannelState,
  last_inbound_at: Timestamp.nullable(),
  last_error_at: Timestamp.nullable(),
  last_error_code: z.string().nullable(),
  last_error_message: z.string().nullable(),
  signature_failures: z.number().int(),
  token_expires_at: Timestamp.nullable(),
  session_state: z.string().nullable(),
})
export type ChannelHealth = z.infer<typeof ChannelHealth>

/**
 * What a reply on a channel may contain, so that a page can say so before it is sent. Lengths in `unit`, sizes in bytes;
 * `files`: the largest of each type that can be sent.
 */
export const ReplyRules = z.object({
  text: z.number().int(),
  caption: z.number().int().nullable(),
  unit: z.enum(['characters', 'bytes']),
  attachments: z.number().int(),
  files: z.record(z.string(), z.number().int()),
  buttons: z.number().int(),
  button_title: z.number().int(),
  can_reply_to: z.boolean(),
  can_react: z.boolean(),
  has_templates: z.boolean(),
  /** How long after the customer's last message a person may still answer, in ms; null where only the window counts. */
  human_agent_ms: z.number().int().nullable(),
})
export type ReplyRules = z.infer<typeof ReplyRules>

/** A connected account. Its credentials never leave the server. `reply_rules`: null where nothing can be sent. */
export const Channel = z.object({
  id: Uuid,
  platform: Platform,
  external_id: z.string(),
  name: z.string(),
  health: ChannelHealth,
  reply_rules: ReplyRules.nullable(),
})
export type Channel = z.infer<typeof Channel>
