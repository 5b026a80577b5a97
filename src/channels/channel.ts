import type { MessageError } from '../protocol/message.ts'
import type { Direction, MessageStatus, MessageType, Platform } from '../protocol/words.ts'
import type { OutboundLimits, PlatformCalls } from './outbound.ts'

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
  /** Where their picture lies in R2. */
  pictureKey?: string
}

/**
 * A file of a message. With a handle it is fetched later; with an `objectKey` it is in R2 already; with an
 * `announcedKey` somebody else fetches it and brings it as an `InboundFile` of that key.
 */
export type InboundAttachment = {
  type: 'image' | 'audio' | 'video' | 'document' | 'sticker'
  mimeType?: string
  filename?: string
  /** Lower-case hex or base64, as the platform gives it. */
  sha256?: string
  size?: number
  source: { mediaId?: string; url?: string } | { objectKey: string } | { announcedKey: string }
}

/** `at`: the source's own time; 0 or less where it gave none to be believed, and the time of receipt stands in. */
type Base = { at: number }

export type InboundMessage = Base & {
  kind: 'message'
  externalId: string
  contact: InboundContact
  /** Separates conversations of one contact (an e-mail thread, a forum topic). */
  thread?: string
  /**
   * Our id of the conversation it belongs to, as found by whoever hands it in, or of one that became part of it. Goes
   * before contact and thread, which hold where this channel has no such conversation.
   */
  inConversation?: string
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
  /**
   * An echo of something that the business sent: it may be a message of ours whose sending is not yet known to have
   * succeeded. `reference` is the id we gave it, where the platform hands one back; without it the oldest message of
   * the same content that is on its way in that conversation is meant.
   */
  echo?: { reference?: string }
}

export type InboundStatus = Base & {
  kind: 'status'
  targetExternalId: string
  status: MessageStatus
  error?: MessageError
  /** The id we gave the message when we sent it, where the platform hands it back: finds it before its external id is known. */
  reference?: string
}

/** All that the business sent this contact up to `upTo` (epoch ms, the platform's clock) has reached `status`. */
export type InboundWatermark = Base & {
  kind: 'watermark'
  contact: InboundContact
  /** Only what is in this conversation of the contact, where the platform says it of one alone. */
  thread?: string
  status: 'delivered' | 'read'
  upTo: number
}

/** What became of a file that its message announced by `key`. Once it is there it stays. */
export type InboundFile = Base & {
  kind: 'file'
  targetExternalId: string
  key: string
  outcome: { stored: { objectKey: string; size: number; mimeType: string | null } } | { error: MessageError }
}

/**
 * New text of a known message. The latest by `at` wins, whatever order edits come in. `details` take the place of those
 * of the same names.
 */
export type InboundEdit = Base & {
  kind: 'edit'
  targetExternalId: string
  content: string
  details?: Record<string, unknown>
}

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
  /** When the channel's access token ends; null: never, as far as is known. Left out where the report is not about it. */
  tokenExpiresAt?: number | null
  /** How the session stands that the companion holds (`AccountState` of its protocol). Left out like the above. */
  sessionState?: string
}

export type InboundItem =
  | InboundMessage
  | InboundStatus
  | InboundWatermark
  | InboundFile
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

/** What a platform lets through and how long it keeps it. */
export type FileRules = {
  /** Largest file by type, in bytes; 25 MB where a type is absent. */
  maxBytes?: Partial<Record<InboundAttachment['type'], number>>
  /** How long after its message there is a point in asking for a file, in ms; a day and a half unless told. */
  patienceMs?: number
}

/** One platform's adapter. Pure: no clock, no I/O. */
export type ChannelAdapter = {
  platform: Platform
  /** Never throws: what it cannot read comes back as `refused`, beside everything it could. */
  parse(delivery: unknown): ParsedUpdate[]
  /** Whose handshake and signature its webhooks have; absent where it sends none. */
  webhooks?: 'meta'
  /** The alias that `parse` gives the person with this id, so that both meet in one contact; `user` where absent. */
  aliasOf?(externalId: string): Alias
  files?: FileRules
  /** How long after a customer's message the business may write freely, in ms; undefined where there is no such rule. */
  replyWindowMs?: number
  /**
   * Who sends replies, where it is the companion, which holds the account's session: `always`, or only for accounts that
   * it `can` run and was given.
   */
  companion?: 'always' | 'can'
  /** What a reply may contain; undefined where this build cannot answer. */
  limits?: OutboundLimits
  /** The platform's own API. Not pure: it talks to the platform, through the `fetch` it is given. */
  calls?: PlatformCalls
}
