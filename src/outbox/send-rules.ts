import type { PlatformFailure, SendOutcome } from '../channels/outbound.ts'
import type { MessageError } from '../protocol/message.ts'

/** What became of a reply: the form in which ingest takes it, and in which it is kept until ingest has. */
export type SendResult =
  | { kind: 'sent'; externalId: string }
  | { kind: 'failed'; error: MessageError }
  | { kind: 'unknown'; error: MessageError }

export type SendStep = { kind: 'end'; result: SendResult } | { kind: 'postpone'; dueAt: number; error: MessageError }

/** `attempts`: this one counted. `createdAt`: when the attempt was asked for. `closesAt`: end of the reply window, if it has one. */
export type SendSituation = { now: number; attempts: number; createdAt: number; closesAt: number | null }

/** Attempts of one sending, crashes counted. */
export const maxAttempts = 10
/** A reply that could not be sent for so long is no answer any more. */
const giveUpAfterMs = 24 * 3_600_000

const firstWaitMs = 5_000
const longestWaitMs = 15 * 60_000

/** The wait before the next attempt: 5 s, 15 s, 45 s … 15 min. What the platform asks for counts where it is longer. */
export function waitBefore(attempts: number, askedMs = 0): number {
  const ownMs = Math.min(firstWaitMs * 3 ** Math.max(0, attempts - 1), longestWaitMs)
  return Math.max(ownMs, askedMs)
}

/** What to do about a platform's answer. Only what certainly was not sent is tried again. */
export function stepAfter(outcome: SendOutcome, situation: SendSituation): SendStep {
  switch (outcome.kind) {
    case 'sent':
      return { kind: 'end', result: { kind: 'sent', externalId: outcome.externalId } }
    case 'unknown':
      return { kind: 'end', result: unknownResult(outcome.reason) }
    case 'rejected':
      return stepAfterFailure(outcome, situation)
  }
}

function stepAfterFailure({ error, retryAfterMs }: PlatformFailure, situation: SendSituation): SendStep {
  const failed = { kind: 'end', result: { kind: 'failed', error } } as const
  if (retryAfterMs === undefined || situation.attempts >= maxAttempts) return failed
  const dueAt = situation.now + waitBefore(situation.attempts, retryAfterMs)
  const lastAt = Math.min(situation.closesAt ?? Number.POSITIVE_INFINITY, situation.createdAt + giveUpAfterMs)
  return dueAt > lastAt ? failed : { kind: 'postpone', dueAt, error }
}

/** Nobody can tell whether it was sent. A person may send it again; this program never does. */
export function unknownResult(reason: string): SendResult {
  const title = 'It is not known whether this message was sent.'
  return { kind: 'unknown', error: { code: 'send.unknown', title, details: reason, kind: 'unreachable' } }
}

export function failedResult(error: MessageError): SendResult {
  return { kind: 'failed', error }
}

/** Every attempt ended before anything was sent: something on our side breaks off. */
export function exhaustedResult(): SendResult {
  const title = 'Sending broke off too often.'
  return { kind: 'failed', error: { code: 'send.exhausted', title, details: null, kind: 'unreachable' } }
}
