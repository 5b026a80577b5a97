import { z } from 'zod'

/**
 * Where a channel lives: `whatsapp`, `facebook`, `instagram`, `email`, `telegram`, or one that the server has besides.
 * Any word of this form can be read, so that a client keeps working when its server learns another platform.
 */
export const Platform = z.string().regex(/^[a-z][a-z0-9_]{1,31}$/)
export type Platform = z.infer<typeof Platform>

/** `inbound`: from the customer. `outbound`: from the organisation, by whatever device. */
export const Direction = z.enum(['inbound', 'outbound'])
export type Direction = z.infer<typeof Direction>

export const messageTypes = [
  'text',
  'image',
  'audio',
  'video',
  'document',
  'sticker',
  'location',
  'contacts',
  'interactive',
  'button',
  'order',
  'template',
  'reaction',
  'story',
  'share',
  'system',
  'unsupported',
] as const
export const MessageType = z.enum(messageTypes)
export type MessageType = z.infer<typeof MessageType>

/**
 * Where a message stands. Ranked: a status only ever moves to a later one (G8).
 * `failed` ends an attempt, so it outranks whatever came before it. `unknown` (sent or not, nobody can tell) gives way
 * to any report from the platform.
 */
export const messageStatuses = ['queued', 'unknown', 'sent', 'delivered', 'read', 'played', 'failed'] as const
export const MessageStatus = z.enum(messageStatuses)
export type MessageStatus = z.infer<typeof MessageStatus>

/** Whether `next` is a step forward from `current`. Repeats and steps back are not. */
export function isForward(current: MessageStatus, next: MessageStatus): boolean {
  return messageStatuses.indexOf(next) > messageStatuses.indexOf(current)
}

export const AttachmentState = z.enum(['pending', 'ready', 'failed', 'expired'])
export type AttachmentState = z.infer<typeof AttachmentState>

/** `merged`: the contact turned out to be another one as well, and everything moved to `merged_into`. */
export const ConversationStatus = z.enum(['open', 'closed', 'merged'])
export type ConversationStatus = z.infer<typeof ConversationStatus>

/**
 * `idle`: nothing received yet. `ok`: the last thing heard was good. `warning`: works, but needs attention.
 * `down`: nothing can be received or sent until somebody acts.
 */
export const ChannelState = z.enum(['idle', 'ok', 'warning', 'down'])
export type ChannelState = z.infer<typeof ChannelState>

/** A canonical lower-case UUID, the only form of id on the wire. */
export const Uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)

/** An id given by a platform: text, never a number (numbers above 2^53 lose digits). */
export const ExternalId = z.string().min(1).max(512)

/** ISO 8601 in UTC, milliseconds kept. */
export const Timestamp = z.iso.datetime({ offset: true })
