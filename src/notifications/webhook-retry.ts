const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

/** Waits after the first attempt, the second …: three days in all, as the specification of Standard Webhooks advises. */
const waits = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
]
export const maxWebhookAttempts = waits.length + 1
/** A server that works under too much load is asked less often from the first answer on. */
const throttledMs = minuteMs
const longestMs = 24 * hourMs

/** `status`: 0 where no answer came in time. `attempts`: this one counted. `random`: from 0 up to 1. */
export type WebhookAnswer = { status: number; retryAfterMs: number | null; attempts: number; random: number }

/**
 * - `delivered`. `retry`: at the earliest after `afterMs`. `exhausted`: nothing more is tried by itself; a replay can.
 * - `disabled`: the receiver wants no more of any event (410).
 */
export type WebhookStep = { kind: 'delivered' | 'exhausted' | 'disabled' } | { kind: 'retry'; afterMs: number }

export function stepAfterWebhook({ status, retryAfterMs, attempts, random }: WebhookAnswer): WebhookStep {
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 410) return { kind: 'disabled' }
  const wait = waits[attempts - 1]
  if (wait === undefined) return { kind: 'exhausted' }
  const isThrottled = status === 429 || status === 502 || status === 504
  const ownMs = isThrottled ? Math.max(wait, throttledMs) : wait
  const askedMs = Math.min(retryAfterMs ?? 0, longestMs)
  // Up to a tenth longer, so that what failed together does not come back together.
  return { kind: 'retry', afterMs: Math.round(Math.max(ownMs, askedMs) * (1 + random / 10)) }
}
