import type { Direction, MessageStatus, MessageType, Platform } from '../protocol/words.ts'

/**
 * The contract between a platform's folder and the rest. An adapter turns a verified delivery into items; it knows
 * nothing of tenants, tables or sockets. All times are epoch milliseconds, all ids text.
 */

/**
 * One name a contact is known by on one channel. Aliases of one item belong to one person. `phone`: digits without `+`.
 * The order of kinds is the order of trust when an address has to be shown.
 */
export type Alias = { kind: 'phone' | 'user' | 'parent_user' | 'group' | 'address' | 'peer'; value: string }

export type InboundContact = {
  /** At least one; the one to show first. */
  aliases: [Alias, ...Alias[]]
  name?: string
  username?: string
}

/** A file that the platform only named; it is fetched later, by whichever handle is given. */
export type InboundAttachment = {
  type: 'image' | 'audio' | 'video' | 'document' | 'sticker'
  mimeType?: string
  filename?: string
  /** Lower-case hex or base64, as the platform gives it. */
  sha256?: string
  size?: number
  source: { mediaId?: string; url?: string } | { objectKey: string }
}

/** `at`: the source's own time; 0 or less where it gave none to be believed, and the time of receipt stands in. */
type Base = { at: number }

export type InboundMessage = Base & {
  kind: 'message'
  externalId: string
  contact: InboundContact
  /** Separates conversations of one contact (an e-mail thread, a forum topic). */
  thread?: string
  direction: Direction
  type: MessageType
  content: string
  /** `sent` unless the source says more (imported history does). */
  status?: MessageStatus
  sender?: { externalId: string; name?: string }
  replyToExternalId?: string
  attachments?: InboundAttachment[]
  details?: Record<string, unknown>
  /** Imported history: no unread, no notification. */
  silent?: boolean
  /** Stands for a message whose real content follows under the same `externalId` and should take its place. */
  placeholder?: boolean
}

export type InboundStatus = Base & {
  kind: 'status'
  targetExternalId: string
  status: MessageStatus
  error?: { code: string; title: string; details?: string }
}

/** New text of a known message. The latest by `at` wins, whatever order edits come in. */
export type InboundEdit = Base & { kind: 'edit'; targetExternalId: string; content: string }

/** The author took a message back: its content goes, a tombstone stays. */
export type InboundDeletion = Base & { kind: 'deletion'; targetExternalId: string }

/** The latest reaction of `by` wins; without an emoji it is taken back. `by`: `customer`, `business` or a member's id. */
export type InboundReaction = Base & { kind: 'reaction'; targetExternalId: string; by: string; emoji?: string }

/** Something learned of a contact apart from any message: a new id, a new number, a new name. */
export type InboundContactChange = Base & { kind: 'contact'; contact: InboundContact }

/** Something learned of the channel itself. */
export type InboundHealth = Base & {
  kind: 'health'
  state: 'ok' | 'warning' | 'down'
  code: string
  message: string
}

export type InboundItem =
  | InboundMessage
  | InboundStatus
  | InboundEdit
  | InboundDeletion
  | InboundReaction
  | InboundContactChange
  | InboundHealth

/**
 * Where an item belongs: to the one channel with this external id, or to every channel of an account (events that name
 * no channel, such as those of a WhatsApp Business Account).
 */
export type Destination = { channelExternalId: string; accountId?: string } | { accountId: string }

/**
 * One update of a delivery after parsing. `raw` is a delivery of its own, as small as possible, that parses to just
 * this update: it is what quarantine keeps and replays.
 * - `item`: goes to ingest.
 * - `refused`: could not be understood; kept in quarantine under `reason`.
 * - `ignored`: understood, and knowingly nothing for an inbox.
 */
export type ParsedUpdate =
  | { kind: 'item'; to: Destination; item: InboundItem; raw: unknown }
  | { kind: 'refused'; to?: Destination; reason: string; raw: unknown }
  | { kind: 'ignored'; reason: string }

/** One platform's adapter. Pure: no clock, no I/O. */
export type ChannelAdapter = {
  platform: Platform
  /** Never throws: what it cannot read comes back as `refused`, beside everything it could. */
  parse(delivery: unknown): ParsedUpdate[]
  /** How long after a customer's message the business may write freely, in ms; undefined where there is no such rule. */
  replyWindowMs?: number
}
