import type { FailureKind, MessageError } from '../protocol/message.ts'
import type { MessageType } from '../protocol/words.ts'
import type { Alias } from './channel.ts'

/**
 * The other half of the channel contract: what we ask of a platform. Expected failures are values, never exceptions;
 * an exception means a fault of ours. All times are epoch milliseconds, all ids text.
 */

/** What a platform takes in one message. Checked before a message is queued, so that its writer hears of it at once. */
export type OutboundLimits = {
  /** Longest text, and longest caption of a file; null where captions do not exist. */
  text: number
  caption: number | null
  /** What lengths count: UTF-16 units as the platforms do, or bytes of UTF-8. */
  unit: 'characters' | 'bytes'
  /** Files in one message. */
  attachments: number
  /** Largest file by type, in bytes; a type that is absent cannot be sent. */
  fileBytes: Partial<Record<OutboundFile['type'], number>>
  /** All files of a message together, in bytes, where there is such a limit. */
  totalFileBytes?: number
  /** What a file of a type may be, without parameters (`audio/ogg`); anything where the type is absent. */
  mimeTypes?: Partial<Record<OutboundFile['type'], readonly string[]>>
  /** Types that take no caption although others do. */
  captionless?: readonly OutboundFile['type'][]
  /** Reply buttons in one message, and the longest title; 0 where there are none. */
  buttons: number
  buttonTitle: number
  /** Longest text beside buttons, where that is less than `text`. */
  textWithButtons?: number
  canReplyTo: boolean
  canReact: boolean
  /** Templates can start a conversation outside the reply window. */
  hasTemplates: boolean
  /** How long after the customer's last message a person may still answer under the human-agent tag, in ms. */
  humanAgentMs?: number
}

/** A file of a reply; it lies in R2. */
export type OutboundFile = {
  type: 'image' | 'audio' | 'video' | 'document' | 'sticker'
  mimeType: string
  filename: string
  /** In bytes. */
  size: number
  /** Its bytes; null when the object is gone. */
  open(): Promise<ReadableStream<Uint8Array> | null>
  /** An address from which the platform may fetch it for a quarter of an hour. */
  publicUrl(): Promise<string>
}

/** What a mail has besides its text and files. Addresses are bare, and ids come without brackets. */
export type OutboundMail = {
  from: { address: string; name: string }
  subject: string
  cc: string[]
  bcc: string[]
  /** Where answers go; null: to `from`. */
  replyTo: string | null
  inReplyTo: string | null
  /** Oldest first. */
  references: string[]
  /** Put below the text; empty where there is none. */
  signature: string
}

/** A mail as the relay takes it: the builder form of the Workers binding `send_email`. */
export type RelayMail = {
  from: string | { email: string; name: string }
  to: string
  cc?: string[]
  bcc?: string[]
  replyTo?: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
  attachments: { disposition: 'attachment'; filename: string; type: string; content: ArrayBuffer }[]
}

/** Takes a mail and names it; throws, with a `code`, when it does not. */
export type MailRelay = { send(mail: RelayMail): Promise<{ messageId: string }> }

export type OutboundTemplate = { name: string; language: string; components?: unknown[] }

/** A reply as it goes to the platform. */
export type OutboundMessage = {
  /** Ours: handed to the platform as its reference, so that echoes and statuses find the message. */
  id: string
  /** Every name of the contact on this channel, the most trusted first. */
  to: [Alias, ...Alias[]]
  type: MessageType
  /** What its writer wrote: the text, or the caption of a file; empty for a file that has none. */
  content: string
  replyToExternalId?: string
  attachments: OutboundFile[]
  template?: OutboundTemplate
  buttons?: { id: string; title: string }[]
  humanAgent?: boolean
  /** Present for every mail, and for nothing else. */
  mail?: OutboundMail
}

/**
 * Why a platform did not do what it was asked. `retryAfterMs`: trying again later can help, at the earliest then.
 * `isPersonal`: the limit counts what this one customer is sent; others of the channel need not wait.
 * `traceId`: by which the platform's own support finds the request; fit for a log.
 */
export type PlatformFailure = {
  error: MessageError & { kind: FailureKind }
  retryAfterMs?: number
  isPersonal?: boolean
  traceId?: string
}

/**
 * What became of a send.
 * - `sent`: the platform has taken it under `externalId`.
 * - `rejected`: it certainly has not.
 * - `unknown`: nobody can tell (the answer was lost). It must not be sent again by itself.
 */
export type SendOutcome =
  | { kind: 'sent'; externalId: string }
  | ({ kind: 'rejected' } & PlatformFailure)
  | { kind: 'unknown'; reason: string }

/** What a platform answered: a value, or why there is none. */
export type PlatformAnswer<Value> = { ok: true; value: Value } | ({ ok: false } & PlatformFailure)

/** Everything a call needs from outside. */
export type PlatformIo = {
  fetch: typeof fetch
  now: () => number
  /** Base address of the platform's API, without a slash at the end (GRAPH_API_URL). */
  apiUrl: string
  /** The same for accounts that signed in with Instagram itself (INSTAGRAM_API_URL). */
  instagramApiUrl: string
  /** Takes mail to be sent; absent where this Worker sends none. */
  mail?: MailRelay
  channel: { externalId: string; alternateExternalId: string | null; accountId: string | null }
  /**
   * What the operator stored with the channel, by name. All of Meta's need `access_token`; Instagram's `login` is
   * `instagram` where the account signed in with Instagram itself, and absent where it is linked to a page, whose token
   * it then is.
   */
  credentials: Readonly<Record<string, string>>
}

/**
 * The file to be located, by what its message said. `expired`: its address was tried and is dead; a fresh one is asked
 * for through the message, whose file it is by position (0 for the first).
 */
export type MediaHandle = {
  mediaId: string | null
  url: string | null
  expired?: { messageExternalId: string; position: number }
}

/** Where a file of a message can be fetched right now. `headers` go only to the origin of `url`, wherever it redirects. */
export type MediaLocation = { url: string; headers: Record<string, string>; mimeType?: string; sha256?: string }

export type Profile = { name: string | null; username: string | null; pictureUrl: string | null }

export type MessageTemplate = {
  name: string
  language: string
  category: string
  /** Texts with their placeholders as the platform writes them: `{{1}}`. */
  header: string | null
  body: string
  footer: string | null
  buttons: string[]
}

/**
 * What a look at the account found. `problems` are for the channel's health. A check that was refused as a whole is a
 * failure instead: of kind `token` when the channel has to be connected again.
 */
export type ChannelCheck = {
  /** Null: it never expires, or the platform does not tell; then what `refreshToken` said holds. */
  tokenExpiresAt: number | null
  /** Another id under which this account's deliveries may arrive; null where none was seen. */
  alternateExternalId: string | null
  problems: { code: string; message: string; state: 'warning' | 'down' }[]
}

/** A token that replaces one before it expires. `credentials`: the whole set, to be stored in place of the old. */
export type FreshToken = { credentials: Record<string, string>; expiresAt: number }

/** One platform's API. What is absent, the platform does not offer. */
export type PlatformCalls = {
  /**
   * Sends a reply. Everything that can be repeated safely (uploading files) comes first; then `aboutToSend` is awaited,
   * and then comes the one request that the customer sees. When `aboutToSend` throws, nothing may be sent.
   */
  send(message: OutboundMessage, io: PlatformIo, aboutToSend: () => Promise<void>): Promise<SendOutcome>
  /** Sets our reaction, or takes it back (no emoji). Safe to repeat. */
  react?(
    to: Alias[],
    target: { externalId: string; emoji: string | null },
    io: PlatformIo,
  ): Promise<PlatformAnswer<null>>
  /** Shows the customer that everything up to this message was read; with `typing` also that somebody writes. */
  markRead?(to: Alias[], target: { externalId: string; typing: boolean }, io: PlatformIo): Promise<PlatformAnswer<null>>
  /** Shows the customer that somebody writes. */
  typing?(to: Alias[], lastInboundExternalId: string, io: PlatformIo): Promise<PlatformAnswer<null>>
  /** Hosts that files may be fetched from, with their sub-domains. */
  mediaHosts?: readonly string[]
  locateMedia?(file: MediaHandle, io: PlatformIo): Promise<PlatformAnswer<MediaLocation>>
  profile?(of: Alias[], io: PlatformIo): Promise<PlatformAnswer<Profile>>
  templates?(io: PlatformIo): Promise<PlatformAnswer<MessageTemplate[]>>
  check?(io: PlatformIo): Promise<PlatformAnswer<ChannelCheck>>
  refreshToken?(io: PlatformIo): Promise<PlatformAnswer<FreshToken>>
  /**
   * Messages since `since` as deliveries that `parse` understands, newest page first; for finding what no webhook
   * brought. Ends after the first failure. Bounded: it looks at the latest messages of the latest conversations only.
   */
  recent?(since: number, io: PlatformIo): AsyncIterable<PlatformAnswer<unknown>>
}
