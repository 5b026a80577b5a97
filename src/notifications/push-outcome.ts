/**
 * What became of a push.
 * - `accepted`: the service will try. `gone`: this browser is subscribed no more, and its row can go.
 * - `refused`: this message never; the next one may.
 * - `misconfigured`: our keys are not those of the subscription, or no keys at all. Every push to it will fail.
 * - `later`: again, at the earliest after `afterMs`.
 */
export type PushOutcome =
  | { kind: 'accepted' | 'gone' | 'refused' | 'misconfigured' }
  | { kind: 'later'; afterMs: number }

const firstWaitMs = 5_000
const longestWaitMs = 30 * 60_000

/** `status`: 0 where no answer came. `retryAfterMs`: what the service asks for. `attempts`: this one counted. */
export type PushAnswer = { status: number; retryAfterMs: number | null; attempts: number }

export function pushOutcome({ status, retryAfterMs, attempts }: PushAnswer): PushOutcome {
  if (status >= 200 && status < 300) return { kind: 'accepted' }
  if (status === 404 || status === 410) return { kind: 'gone' }
  if (status === 401 || status === 403) return { kind: 'misconfigured' }
  const isPassing = status === 0 || status === 408 || status === 425 || status === 429 || status >= 500
  if (!isPassing) return { kind: 'refused' } // redirects as well: a push service has no business with them
  const ownMs = Math.min(firstWaitMs * 4 ** Math.max(0, attempts - 1), longestWaitMs)
  return { kind: 'later', afterMs: Math.max(ownMs, Math.min(retryAfterMs ?? 0, longestWaitMs)) }
}
