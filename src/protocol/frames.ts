import { z } from 'zod'
import { ChannelHealth, Conversation, Message, MessageError } from './message.ts'
import {
  EventCause,
  FocusFrame,
  NewNoteEvent,
  NotificationSettingsFrame,
  NotificationsReadFrame,
} from './notifications.ts'
import { MessageStatus, Platform, Timestamp, Uuid } from './words.ts'

/** The subprotocol of this version of the frames; a client that negotiates it may get `batch`. */
export const subprotocol = 'edge-inbox.v1'
/** Prefix of the subprotocol that carries a one-time ticket. It is never echoed. */
export const ticketPrefix = 'ticket.'
/** The bytes of a ping. Anything else wakes the hub. */
export const pingFrame = '{"type":"ping"}'
export const pingIntervalMs = 25_000
/** Largest frame a client may send, in bytes. */
export const maxInboundFrameBytes = 4096
/** Frames a client may send in a minute; pings are not counted. */
export const maxInboundFramesPerMinute = 120
/** A client shows that it is alive by a ping at the latest after receiving this many bytes. */
export const proofOfLifeBytes = 256 * 1024

const Seq = z.number().int().positive()

/** A message that was not there before. */
export const NewMessageEvent = z.object({
  type: z.literal('new_message'),
  seq: Seq,
  conversation_id: Uuid,
  message: Message,
  conversation: Conversation,
  /** Imported history: no sound, no notification, not unread. */
  silent: z.boolean().optional(),
  cause: EventCause.optional(),
})
/** The whole message after an edit, a deletion, a reaction, a change of its attachments, or once its external id is known. */
export const MessageUpdatedEvent = z.object({
  type: z.literal('message_updated'),
  seq: Seq,
  conversation_id: Uuid,
  message: Message,
  cause: EventCause.optional(),
})
export const MessageStatusEvent = z.object({
  type: z.literal('message_status'),
  seq: Seq,
  conversation_id: Uuid,
  message_id: Uuid,
  status: MessageStatus,
  at: Timestamp,
  error: MessageError.nullable(),
  cause: EventCause.optional(),
})
/** The whole conversation after a read mark, an assignment, a new name, or a merge. */
export const ConversationUpdatedEvent = z.object({
  type: z.literal('conversation_updated'),
  seq: Seq,
  conversation_id: Uuid,
  conversation: Conversation,
  cause: EventCause.optional(),
})
export const ChannelHealthEvent = z.object({
  type: z.literal('channel_health'),
  seq: Seq,
  channel_id: Uuid,
  health: ChannelHealth,
  cause: EventCause.optional(),
})
/** On the notifications feed as `NotificationFrame` has it; `notification` is open, so that newer kinds can be read. */
export const NotificationEvent = z.object({
  type: z.literal('notification'),
  seq: Seq,
  notification: z.record(z.string(), z.unknown()),
  show: z.boolean().optional(),
  sound: z.boolean().optional(),
})

/** One line of the tenant's journal, as it goes over the wire. Later events carry whole objects: applying one twice is harmless. */
export const JournalEvent = z.discriminatedUnion('type', [
  NewMessageEvent,
  MessageUpdatedEvent,
  MessageStatusEvent,
  ConversationUpdatedEvent,
  ChannelHealthEvent,
  NewNoteEvent,
  NotificationEvent,
])
export type JournalEvent = z.infer<typeof JournalEvent>
export type NewMessageEvent = z.infer<typeof NewMessageEvent>
export type MessageUpdatedEvent = z.infer<typeof MessageUpdatedEvent>
export type MessageStatusEvent = z.infer<typeof MessageStatusEvent>
export type ConversationUpdatedEvent = z.infer<typeof ConversationUpdatedEvent>
export type ChannelHealthEvent = z.infer<typeof ChannelHealthEvent>

/** Events `from`…`seq` exist but are not for this socket: it only moves the cursor. */
export const SkipFrame = z.object({ type: z.literal('skip'), from: Seq, seq: Seq })
export type SkipFrame = z.infer<typeof SkipFrame>

/** First frame of a socket. Replayed events, if any, follow it. */
export const ReadyFrame = z.object({
  type: z.literal('ready'),
  /** The journal's head at this moment: where a replay ends, and where a client without a cursor starts. */
  seq: z.number().int().nonnegative(),
  epoch: z.string(),
  /** True: every event after `since` follows. False with a `reason`: page `/events` (too_far) or reload (epoch). */
  resumed: z.boolean(),
  reason: z.enum(['too_far', 'epoch']).optional(),
  user_id: Uuid,
  ping_interval_ms: z.number().int(),
  /** Users with an open socket, at most 200. */
  online: z.array(Uuid).optional(),
})
export type ReadyFrame = z.infer<typeof ReadyFrame>

export const TypingFrame = z.object({
  type: z.literal('typing'),
  conversation_id: Uuid,
  user_id: Uuid,
  name: z.string(),
})
export const PresenceFrame = z.object({ type: z.literal('presence'), user_id: Uuid, online: z.boolean() })
export const PongFrame = z.object({ type: z.literal('pong'), seq: z.number().int().nonnegative(), epoch: z.string() })
export const ErrorFrame = z.object({ type: z.literal('error'), code: z.string(), message: z.string() })
/** Consecutive events in one frame; only for clients that negotiated the subprotocol. */
export const BatchFrame = z.object({ type: z.literal('batch'), events: z.array(z.union([JournalEvent, SkipFrame])) })

export const ServerFrame = z.union([
  ReadyFrame,
  JournalEvent,
  SkipFrame,
  BatchFrame,
  TypingFrame,
  PresenceFrame,
  PongFrame,
  NotificationsReadFrame,
  NotificationSettingsFrame,
  ErrorFrame,
])
export type ServerFrame = z.infer<typeof ServerFrame>

/** Replaces the socket's whole filter. A missing list means "all". */
export const FilterFrame = z.object({
  type: z.literal('filter'),
  platforms: z.array(Platform).max(32).optional(),
  conversation_ids: z.array(Uuid).max(50).optional(),
})
export type FilterFrame = z.infer<typeof FilterFrame>

export const ClientFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ping') }),
  FilterFrame,
  z.object({ type: z.literal('typing'), conversation_id: Uuid }),
  FocusFrame,
])
export type ClientFrame = z.infer<typeof ClientFrame>
