import type { InboundItem } from '../channels/channel.ts'
import type { Platform } from '../protocol/words.ts'

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
  | { kind: 'conversation'; conversationId: string; status?: 'open' | 'closed'; assigneeId?: string | null }

/** Wrong signatures counted at the edge for a channel since the last report. */
export type SignatureFailures = { kind: 'signature_failures'; count: number; at: number }

/** What `hub.receive` takes. All of a tenant's writes that make journal events have this form. */
export type IngestItem =
  | { channel: ItemChannel; item: InboundItem | SignatureFailures }
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
}

export type IngestOutcome = {
  results: ItemResult[]
  events: CommittedEvent[]
  head: { seq: number; epoch: string }
  /** Content was taken back: earlier events say less than they did when they were sent. */
  isJournalRewritten: boolean
  /** R2 objects of content that was taken back. */
  removedObjects: string[]
}
