import type { InboundHealth } from '../channels/channel.ts'
import type { ChannelRow } from '../store/channels.ts'
import type { JobRow } from '../store/jobs.ts'
import type { CallContext } from './open-channel.ts'
import type { MailContext } from './outbound-mail.ts'
import type { FileAccess } from './outbound-message.ts'
import type { SendResult } from './send-rules.ts'

export type SendDeps = CallContext & {
  files: FileAccess
  /** What only mail needs. */
  threads: MailContext
  /** Hands a result to the journal; throws when nobody can tell whether it was stored. Safe to repeat. */
  deliver: (job: JobRow, result: SendResult) => Promise<void>
  reportHealth: (channel: ChannelRow, health: InboundHealth) => Promise<void>
}

/** `ended`: there is nothing more to do for this job. `postponed`: it may begin again after `waitMs`. */
export type SendVerdict = { kind: 'ended' } | { kind: 'postponed'; waitMs: number }
