import type { AttemptOutcome } from '../account.ts'
import type { FailureKind } from '../../src/protocol/message.ts'
import type { SmtpResult } from './smtp-session.ts'

export type SmtpFailure = Extract<SmtpResult, { kind: 'failed' }>

/**
 * What a failure means.
 * - `never`: this mail will not be taken, `kind` says what is in the way.
 * - `later`: it was not taken; the same mail may be, another time.
 * - `login`, `unreachable`: it was not taken, and no other mail would be right now.
 * - `maybe`: all of it was handed over and no answer came.
 */
export type SmtpMeaning =
  | { meaning: 'never'; code: string; title: string; kind: FailureKind }
  | { meaning: 'later' | 'login' | 'unreachable' | 'maybe'; code: string; title: string; kind: FailureKind }

type ErrorFields = { code?: unknown; responseCode?: unknown; command?: unknown }

export function meaningOf({ stage, error }: SmtpFailure): SmtpMeaning {
  const { code, responseCode, command } = fieldsOf(error)
  const answer = typeof responseCode === 'number' && responseCode >= 400 ? responseCode : null
  if (answer === null) return withoutAnswer(stage, { code, command })
  const named = { code: `smtp.${answer}` }
  // RFC 4954 §6: 454 and its like are a passing fault of the server's own.
  const isLogin = (stage === 'login' && answer >= 500) || answer === 530
  if (isLogin) return { ...named, meaning: 'login', title: 'The mail server refuses the login', kind: 'token' }
  // A greeting or EHLO that is refused says nothing of the mail; 503 is about the order of commands (RFC 5321 §4.3.2).
  if (stage === 'connect' || stage === 'login') return { ...named, ...unreachable }
  if (answer < 500 || answer === 503) {
    return { ...named, meaning: 'later', title: 'The mail server puts this mail off', kind: 'platform' }
  }
  return { ...named, meaning: 'never', ...refusalOf(answer, command) }
}

const unreachable = {
  meaning: 'unreachable',
  title: 'The mail server cannot be reached',
  kind: 'unreachable',
} as const

function withoutAnswer(stage: SmtpFailure['stage'], { code, command }: ErrorFields): SmtpMeaning {
  const named = { code: typeof code === 'string' ? `smtp.${code}`.slice(0, 100) : 'smtp.lost' }
  if (stage === 'handed_over') {
    const title = 'The mail server took the mail and gave no answer'
    return { code: 'smtp.lost', meaning: 'maybe', title, kind: 'unreachable' }
  }
  // The server had announced how much it takes, or the client will not say such an address.
  if (code === 'EMESSAGE')
    return { code: 'mail.too_large', meaning: 'never', title: 'The mail is too large', kind: 'content' }
  if (code === 'EENVELOPE') return { ...named, meaning: 'never', ...refusalOf(550, command) }
  if (code === 'EAUTH')
    return { ...named, meaning: 'login', title: 'The mail server offers no login of ours', kind: 'token' }
  return { ...named, ...unreachable }
}

/** RFC 5321 §4.2.3, by what was being said when it was refused. */
function refusalOf(answer: number, command: unknown): { title: string; kind: FailureKind } {
  if (answer === 552 || answer === 523)
    return { title: 'The mail is too large, or there is no room for it', kind: 'content' }
  if (command === 'RCPT TO') return { title: 'This address was refused', kind: 'recipient' }
  if (command === 'MAIL FROM') return { title: 'The mail server does not let this mailbox send', kind: 'permission' }
  return { title: 'The mail server refuses this mail', kind: 'content' }
}

function fieldsOf(error: unknown): ErrorFields {
  return typeof error === 'object' && error !== null ? error : {}
}

/** RFC 3463: the numbers say more than the words, and hold no address. */
export function statusIn(error: unknown): string | null {
  const { response } = (typeof error === 'object' && error !== null ? error : {}) as { response?: unknown }
  return typeof response === 'string' ? (/\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(response)?.[0] ?? null) : null
}

/** The outcome while a mail has to wait. */
export function waiting(
  { code, title, kind }: { code: string; title: string; kind: FailureKind },
  { until, details = null, holds }: { until: number; details?: string | null; holds: 'conversation' | 'account' },
): AttemptOutcome {
  return { kind: 'waiting', until: new Date(until).toISOString(), error: { code, title, details, kind }, holds }
}
