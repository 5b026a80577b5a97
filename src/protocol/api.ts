import { z } from 'zod'
import { Channel, Conversation, Message } from './message.ts'
import { JournalEvent } from './frames.ts'
import { Direction, ExternalId, MessageType, Platform, Timestamp, Uuid } from './words.ts'

/** Every error of the API. `code` is stable and meant for programs, `message` for people. */
export const ErrorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

const Name = z.string().trim().min(1).max(200)
export const Role = z.enum(['manager', 'admin'])
export type Role = z.infer<typeof Role>

// ---------------------------------------------------------------- operator

export const CreateTenantBody = z.strictObject({ name: Name })
/** `disabled`: nobody of it gets in, nothing of it is pushed or sent as a digest; what customers write is stored. */
export const UpdateTenantBody = z
  .strictObject({ name: Name.optional(), disabled: z.boolean().optional() })
  .refine((body) => Object.keys(body).length > 0, 'Say what to change.')
export const CreateChannelBody = z.strictObject({
  platform: Platform,
  /** WhatsApp `phone_number_id`, Facebook page id, Instagram account id, e-mail address, Telegram user id. */
  external_id: ExternalId,
  name: Name,
  /** What the platform's API asks for, as text by name; stored sealed, never given back. */
  credentials: z.record(z.string(), z.string().max(16_384)).optional(),
  /** The tenant's own Meta app that signs this channel's webhooks; without it the operator's app does. */
  meta_app_id: ExternalId.optional(),
  /** WhatsApp Business Account id: routes events that name no phone number. Learned from webhooks where absent. */
  account_id: ExternalId.optional(),
  /** A second id of the same account, where deliveries may name either (Instagram's two ways to sign in). */
  alternate_external_id: ExternalId.optional(),
})
export const UpdateChannelBody = z.strictObject({
  name: Name.optional(),
  credentials: z.record(z.string(), z.string().max(16_384)).optional(),
  meta_app_id: ExternalId.nullable().optional(),
  account_id: ExternalId.nullable().optional(),
  alternate_external_id: ExternalId.nullable().optional(),
  /** Of a mailbox: whether its own server sends what is answered, through the companion. The first lease turns it on. */
  companion_sends: z.boolean().optional(),
})
/** `previous_app_secret` stays valid until `previous_until`, so that a rotation drops nothing. */
export const CreateMetaAppBody = z.strictObject({
  meta_app_id: ExternalId,
  name: Name,
  app_secret: z.string().min(8).max(512),
  verify_token: z.string().min(8).max(512),
})
export const RotateMetaAppBody = z.strictObject({
  app_secret: z.string().min(8).max(512),
  /** How long the old secret stays valid, in seconds; a day unless told. */
  overlap_seconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .optional(),
})
/**
 * What a service key may do. `ingest`: bring what was seen. `tokens`: make tokens and links for users. `notifications`:
 * tell users of the tenant's own events. `webhooks`: say where the whole journal is posted to. `companion`: run accounts
 * and send replies on them.
 */
export const keyScopes = ['ingest', 'tokens', 'notifications', 'webhooks', 'companion'] as const
export const KeyScope = z.enum(keyScopes)
export type KeyScope = z.infer<typeof KeyScope>
export const CreateServiceKeyBody = z.strictObject({
  name: Name.optional(),
  /** All but `companion` unless told. */
  scopes: z.array(KeyScope).min(1).optional(),
})

// ---------------------------------------------------------------- callers

/** `valid_from`: what was issued to the user before is void; null where nothing was revoked, or where all is. */
export const UserAccess = z.object({ user_id: Uuid, disabled: z.boolean(), valid_from: Timestamp.nullable() })
export type UserAccess = z.infer<typeof UserAccess>
export const UserAccessBody = z.strictObject({ disabled: z.boolean() })
export const CreateTokenBody = z.strictObject({
  user_id: Uuid,
  name: Name,
  role: Role.optional(),
  /** 60 s to 24 h; an hour unless told. */
  ttl_seconds: z.number().int().min(60).max(86_400).optional(),
})
export const CreateLinkBody = z.strictObject({
  user_id: Uuid,
  name: Name,
  role: Role.optional(),
  /** How long the link can be used, once; 10 min unless told, a day at most. */
  ttl_seconds: z.number().int().min(60).max(86_400).optional(),
})
export const CreateSessionBody = z.strictObject({ link_token: z.string().min(1).max(4096) })
export const TokenResponse = z.object({ token: z.string(), expires_at: Timestamp })
export const TicketResponse = z.object({ ticket: z.string(), expires_at: Timestamp })
export const LinkResponse = z.object({ url: z.string(), expires_at: Timestamp })
/** Who the caller is. `session_expires_at`: when signing in again is due. */
export const MeResponse = z.object({
  user_id: Uuid,
  name: z.string(),
  role: Role,
  tenant: z.object({ id: Uuid, name: z.string() }),
  session_expires_at: Timestamp,
})
export type MeResponse = z.infer<typeof MeResponse>

// ---------------------------------------------------------------- companion

const BroadcastChannel = z.object({ platform: Platform, external_id: ExternalId })
const BroadcastConversation = z.object({
  external_id: ExternalId,
  client_name: z.string().max(500).optional(),
  /** Separates conversations of one contact: the id of a forum's topic. */
  thread: z.string().max(200).optional(),
  /** Other ids of the same contact: a group's own from before it became a supergroup. */
  aliases: z.array(ExternalId).max(10).optional(),
})
const FileKey = z.string().min(1).max(200)
const BroadcastAttachment = z.union([
  z.object({ upload_id: Uuid, filename: z.string().max(500).nullish() }),
  /** A file that follows as an item of kind `file` under the same `key`; until then it is shown as on its way. */
  z.object({
    key: FileKey,
    type: z.enum(['image', 'audio', 'video', 'document', 'sticker']).optional(),
    filename: z.string().max(500).nullish(),
    mime_type: z.string().max(255).nullish(),
    /** In bytes. */
    size: z.number().int().nonnegative().nullish(),
  }),
])
const BroadcastSender = z.object({ external_id: ExternalId, name: z.string().max(500).nullish() })
const Content = z.string().max(1_000_000)

const BroadcastNewMessage = z.object({
  kind: z.literal('message').optional(),
  channel: BroadcastChannel,
  conversation: BroadcastConversation,
  message: z.object({
    external_id: ExternalId,
    direction: Direction,
    type: MessageType.default('text'),
    content: Content.default(''),
    created_at: Timestamp,
    sender: BroadcastSender.nullish(),
    reply_to_external_id: ExternalId.nullish(),
    attachments: z.array(BroadcastAttachment).max(30).optional(),
    /** Of an outbound message, our id of the reply it is, where the platform handed one back. */
    reference: Uuid.optional(),
    /** Whatever belongs to the type (coordinates, poll options …), kept as given. */
    details: z.record(z.string(), z.unknown()).optional(),
  }),
  /** Imported history: no unread, no sound. */
  silent: z.boolean().optional(),
})
const BroadcastEdit = z.object({
  kind: z.literal('edit'),
  channel: BroadcastChannel,
  message: z.object({
    external_id: ExternalId,
    content: Content,
    edited_at: Timestamp,
    /** Takes the place of the details of the same names; the others stay. */
    details: z.record(z.string(), z.unknown()).optional(),
  }),
})
const BroadcastDelete = z.object({
  kind: z.literal('delete'),
  channel: BroadcastChannel,
  message: z.object({ external_id: ExternalId, deleted_at: Timestamp }),
})
const BroadcastReaction = z.object({
  kind: z.literal('reaction'),
  channel: BroadcastChannel,
  message: z.object({ external_id: ExternalId }),
  /** No emoji, or an empty one, takes the reaction back. `by`: who reacted, `customer` unless told. */
  reaction: z.object({ emoji: z.string().max(64).nullish(), by: ExternalId.optional(), at: Timestamp }),
})
/** What became of a file that a message announced by `key`. */
const BroadcastFile = z.object({
  kind: z.literal('file'),
  channel: BroadcastChannel,
  message: z.object({ external_id: ExternalId }),
  file: z.union([
    z.object({ key: FileKey, upload_id: Uuid, mime_type: z.string().max(255).nullish() }),
    z.object({ key: FileKey, error: z.object({ code: z.string().max(100), title: z.string().max(500) }) }),
  ]),
})
/** The customer has read all that was sent them up to a time of the platform's clock. */
const BroadcastRead = z.object({
  kind: z.literal('read'),
  channel: BroadcastChannel,
  conversation: BroadcastConversation,
  read: z.object({ up_to: Timestamp }),
})

/** One thing the companion saw. Without `kind` it is a message, the form the replaced service took. */
export const BroadcastItem = z.union([
  BroadcastEdit,
  BroadcastDelete,
  BroadcastReaction,
  BroadcastFile,
  BroadcastRead,
  BroadcastNewMessage,
])
export type BroadcastItem = z.infer<typeof BroadcastItem>

/**
 * What became of one item. `duplicate`: it was known already, nothing new was stored. `parked`: it waits for its
 * message. `error`: this item alone was refused; the others stand.
 */
export const BroadcastResult = z.object({
  message_id: Uuid.nullable(),
  conversation_id: Uuid.nullable(),
  seq: z.number().int().nullable(),
  duplicate: z.boolean(),
  parked: z.boolean().optional(),
  error: ErrorBody.shape.error.optional(),
})
export type BroadcastResult = z.infer<typeof BroadcastResult>
export const UploadResponse = z.object({ upload_id: Uuid })

// ---------------------------------------------------------------- reading and writing, for users

/** `as_of` is the journal's head when the rows were read: apply only events after it. */
const asOf = { next_cursor: z.string().nullable(), as_of: z.number().int(), epoch: z.string() }
export const ConversationList = z.object({ items: z.array(Conversation), ...asOf })
export type ConversationList = z.infer<typeof ConversationList>
/** Newest first; `next_cursor` goes back in time as `?before=`. */
export const MessageList = z.object({ items: z.array(Message), ...asOf })
export type MessageList = z.infer<typeof MessageList>
export const ChannelList = z.object({ items: z.array(Channel), ...asOf })
export type ChannelList = z.infer<typeof ChannelList>
export const ConversationResponse = z.object({ conversation: Conversation, as_of: z.number().int(), epoch: z.string() })
/** Events after `since`, oldest first. `seq`: the last one of this page (`since` when there is none). `more`: ask again from `seq`. */
export const EventPage = z.object({
  events: z.array(JournalEvent),
  seq: z.number().int(),
  epoch: z.string(),
  more: z.boolean(),
})
export type EventPage = z.infer<typeof EventPage>

/** A message of one of our templates, filled in: `components` as WhatsApp documents them. */
const TemplateUse = z.strictObject({
  name: z.string().min(1).max(512),
  language: z.string().min(2).max(35),
  components: z.array(z.record(z.string(), z.unknown())).max(20).optional(),
})

/**
 * A reply. `client_message_id` is the client's own: the same one twice in a conversation makes one message, and the
 * second answer is the same as the first. What a platform does not take is refused with 422 before anything is stored.
 */
export const SendMessageBody = z.strictObject({
  client_message_id: z.string().min(1).max(100),
  content: z.string().max(200_000).default(''),
  /** Our id of the message this one answers. */
  reply_to: Uuid.optional(),
  /** Files sent ahead to `/uploads`. */
  attachments: z
    .array(z.strictObject({ upload_id: Uuid, filename: z.string().trim().min(1).max(255).optional() }))
    .max(30)
    .optional(),
  template: TemplateUse.optional(),
  /** Up to three choices the customer can tap (WhatsApp). */
  buttons: z
    .array(z.strictObject({ id: z.string().min(1).max(256), title: z.string().trim().min(1).max(100) }))
    .min(1)
    .max(13)
    .optional(),
  /** A person answers after the reply window (Messenger, Instagram: up to seven days). */
  human_agent: z.boolean().optional(),
  /** Of a mail: a subject other than that of what it answers, and whom else it goes to. Bare addresses. */
  email: z
    .strictObject({
      subject: z.string().trim().min(1).max(998).optional(),
      cc: z.array(z.string().min(3).max(254)).max(49).optional(),
      bcc: z.array(z.string().min(3).max(254)).max(49).optional(),
    })
    .optional(),
})
export type SendMessageBody = z.infer<typeof SendMessageBody>
/** The message as stored, and the `seq` of its `new_message`. */
export const SendMessageResponse = z.object({ message: Message, seq: z.number().int() })
/** Null takes the reaction back. */
export const ReactBody = z.strictObject({ emoji: z.string().min(1).max(64).nullable() })
export const MessageTemplateList = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      language: z.string(),
      category: z.string(),
      header: z.string().nullable(),
      body: z.string(),
      footer: z.string().nullable(),
      buttons: z.array(z.string()),
    }),
  ),
})

export const ReadMarkBody = z.strictObject({ message_id: Uuid })
export const UpdateConversationBody = z.strictObject({
  status: z.enum(['open', 'closed']).optional(),
  assignee_id: Uuid.nullable().optional(),
})
/** The conversation after the change, and the `seq` of the event that told everybody (null when nothing changed). */
export const ConversationChangeResponse = z.object({ conversation: Conversation, seq: z.number().int().nullable() })
