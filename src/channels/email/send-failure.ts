import type { FailureKind } from '../../protocol/message.ts'
import type { PlatformFailure, SendOutcome } from '../outbound.ts'

const minuteMs = 60_000

type Meaning = { kind: FailureKind; title: string; retryAfterMs?: number }

/** "Error codes" of the Email Service's Workers API, as far as they say that nothing was sent. */
const meanings: Readonly<Record<string, Meaning>> = {
  E_RATE_LIMIT_EXCEEDED: { kind: 'rate_limit', title: 'Too much mail in too short a time', retryAfterMs: minuteMs },
  E_DAILY_LIMIT_EXCEEDED: {
    kind: 'rate_limit',
    title: 'The limit of this day is reached',
    retryAfterMs: 60 * minuteMs,
  },
  E_SENDER_NOT_VERIFIED: { kind: 'permission', title: 'The domain of this mailbox is not set up for sending' },
  E_SENDER_DOMAIN_NOT_AVAILABLE: { kind: 'permission', title: 'The domain of this mailbox is not set up for sending' },
  E_RECIPIENT_NOT_ALLOWED: { kind: 'recipient', title: 'This address may not be written to' },
  E_RECIPIENT_SUPPRESSED: { kind: 'recipient', title: 'Mail to this address came back before' },
  E_TOO_MANY_RECIPIENTS: { kind: 'content', title: 'Too many recipients' },
  E_TOO_MANY_ATTACHMENTS: { kind: 'content', title: 'Too many files' },
  E_CONTENT_TOO_LARGE: { kind: 'content', title: 'The mail is too large' },
  E_VALIDATION_ERROR: { kind: 'content', title: 'The mail was not accepted' },
  E_FIELD_MISSING: { kind: 'content', title: 'The mail was not accepted' },
  E_HEADER_NOT_ALLOWED: { kind: 'content', title: 'The mail was not accepted' },
  E_HEADER_USE_API_FIELD: { kind: 'content', title: 'The mail was not accepted' },
  E_HEADER_VALUE_INVALID: { kind: 'content', title: 'The mail was not accepted' },
  E_HEADER_VALUE_TOO_LONG: { kind: 'content', title: 'The mail was not accepted' },
  E_HEADER_NAME_INVALID: { kind: 'content', title: 'The mail was not accepted' },
  E_HEADERS_TOO_LARGE: { kind: 'content', title: 'The mail was not accepted' },
  E_HEADERS_TOO_MANY: { kind: 'content', title: 'The mail was not accepted' },
}

export type Refusal = Extract<SendOutcome, { kind: 'rejected' }>

/** A failure of our own finding, before anything was sent. */
export function refusal(kind: FailureKind, code: string, title: string): Refusal {
  return { kind: 'rejected', error: { code, title, details: null, kind } }
}

/**
 * What an exception of the relay means. Its words are left out, as they may repeat an address. A code that is not in the
 * list (`E_DELIVERY_FAILED`, `E_INTERNAL_SERVER_ERROR`, a lost connection) does not say whether the mail has gone.
 */
export function outcomeOf(thrown: unknown): SendOutcome {
  const { code } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as { code?: unknown }
  const meaning = typeof code === 'string' && Object.hasOwn(meanings, code) ? meanings[code] : undefined
  if (meaning === undefined || typeof code !== 'string') {
    return { kind: 'unknown', reason: typeof code === 'string' ? code.slice(0, 100) : 'relay.broke_off' }
  }
  const { kind, title, retryAfterMs } = meaning
  const failure: PlatformFailure = { error: { code, title, details: null, kind } }
  return { kind: 'rejected', ...failure, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}
