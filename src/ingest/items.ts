import type { InboundItem } from '../channels/channel.ts'
import type { OutboundTemplate } from '../channels/outbound.ts'
import type { MessageError } from '../protocol/message.ts'
import type { JobKind } from '../store/schema.ts'
import type { AttachmentState, MessageType, Platform } from '../protocol/words.ts'

/** The channel an item belongs to, as the directory knows it. */
export type ItemChannel = {
  id: string
  platform: Platform
  /** What the delivery calls the account; written to the channel row when it differs from `knownAccountId`. */
  accountId?: string | undefined
  knownAccountId?: string | null | undefined
}

/** A change by one of the staff, or by the system itself. */
export type StaffItem =
  | { kind: 'read'; conversationId: string; messageId: string }
  /** `by`: who did it; without it a program did. */
  | {
      kind: 'conversation'
      conversationId: string
      status?: 'open' | 'closed'
      assigneeId?: string | null
      by?: string
    }
  | SendItem
  /** A person wants a message that failed, or whose fate is unknown, to be sent once more. */
  | { kind: 'retry'; conversationId: string; messageId: string; at: number }
  | DeliveryItem
  | AttachmentItem
  | NoteItem
  | NoticeItem

/** A reply by one of the staff. The same `clientMessageId` in the same conversation is the same message. */
export type SendItem = {
  kind: 'send'
  conversationId: string
  clientMessageId: string
  at: number
  sender: { userId: string; name: string }
  type: MessageType
  content: string
  /** Our id of the message that this one answers. */
  replyToMessageId?: string
  files: { type: OutboundFileType; objectKey: string; mimeType: string; filename: string; size: number }[]
  template?: OutboundTemplate
  buttons?: { id: string; title: string }[]
  humanAgent?: boolean
  /** Of a mail, where its writer says more than its text. */
  mail?: { subject?: string; cc?: string[]; bcc?: string[] }
}
export type OutboundFileType = 'image' | 'audio' | 'video' | 'document' | 'sticker'

/** What one of the staff writes to the others. The same `clientNoteId` in the same conversation is the same note. */
export type NoteItem = {
  kind: 'note'
  conversationId: string
  clientNoteId: string
  at: number
  author: { userId: string; name: string }
  text: string
  /** Users that it names. */
  mentions: string[]
}

/** Something to be told that happened to nothing in the inbox; the same `key` is told once. `to`: the only users it is for. */
export type NoticeItem = {
  kind: 'notice'
  key: string
  platform?: Platform
  notice: Record<string, unknown> & { kind: string; to: readonly string[] | null }
}

/** What became of sending a message; `jobId` is the attempt, which ends with it unless it only waits. */
export type DeliveryItem = {
  kind: 'delivery'
  conversationId: string
  messageId: string
  jobId: string
  at: number
  outcome:
    | { kind: 'sent'; externalId: string }
    | { kind: 'failed'; error: MessageError }
    | { kind: 'unknown'; error: MessageError }
    | { kind: 'waiting'; error: MessageError }
}

/** What became of fetching a file; or, with `pending`, that it is to be tried again. `jobId`: who tried. */
export type AttachmentItem = {
  kind: 'attachment'
  conversationId: string
  messageId: string
  attachmentId: string
  jobId?: string
  state: AttachmentState
  stored?: { objectKey: string; size: number; mimeType: string | null; sha256: string }
  error?: MessageError
}

/** Time has passed: perhaps people are to hear now that the channel works again. */
export type AlertSweep = { kind: 'alert_sweep' }

/** Wrong signatures counted at the edge for a channel since the last report. */
export type SignatureFailures = { kind: 'signature_failures'; count: number; at: number }

/** What `hub.receive` takes. All of a tenant's writes that make journal events have this form. */
export type IngestItem =
  | { channel: ItemChannel; item: InboundItem | SignatureFailures | AlertSweep }
  | { channel?: undefined; item: StaffItem }

/**
 * What became of one item.
 * - `stored`: a new message. `applied`: something changed. Both have made the event `seq`.
 * - `duplicate`: known already, or nothing to change; `seq` is the message's own where there is one.
 * - `parked`: waits for its message.
 * - `refused`: cannot be stored; `code` says why. Its neighbours are not touched by it.
 */
export type ItemResult = {
  outcome: 'stored' | 'applied' | 'duplicate' | 'parked' | 'refused'
  messageId: string | null
  conversationId: string | null
  seq: number | null
  code?: string
}

/** One line of the journal after its commit: the frame as sent, and what a filter needs to know of it. */
export type CommittedEvent = {
  seq: number
  type: string
  platform: Platform | null
  conversationId: string | null
  data: string
  /** When it was written, in epoch ms. */
  at: number
}

export type IngestOutcome = {
  results: ItemResult[]
  events: CommittedEvent[]
  head: { seq: number; epoch: string }
  /** Content was taken back: earlier events say less than they did when they were sent. */
  isJournalRewritten: boolean
  /** R2 objects of content that was taken back. */
  removedObjects: string[]
  /** Work that the batch has written down and that may begin now. */
  jobs: { id: string; kind: JobKind; channelId: string; platform: Platform | null; seq: number }[]
}
