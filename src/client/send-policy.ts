import type { ActionError } from './action-result.ts'
import { backoffDelayMs, patienceDelayMs } from './backoff.ts'

/** Answers in a row that ask for another attempt before a person has to decide. Silence is not counted: networks come back. */
export const maxServerFailures = 8

/** How often something failed since a person last asked for it. */
export type Failures = { count: number; byServer: number }

export const noFailures: Failures = { count: 0, byServer: 0 }

/** `delayMs`: how long to wait before trying again by ourselves; `canHurry` unless the server asked for that wait. */
export type AfterFailure =
  | { kind: 'retry'; delayMs: number; canHurry: boolean; failures: Failures }
  | { kind: 'give_up' }

/**
 * What to do after sending a message or a file did not succeed. Trying again is safe, as the same thing is sent under
 * the same name: no answer and a server in trouble are worth it, a refusal (4xx) is not. A conversation that has just
 * become part of another one is worth it too: the event that says of which is on its way.
 */
export function afterSendFailure(error: ActionError, before: Failures, random: () => number): AfterFailure {
  const isServers = error.status >= 500 || error.code === 'conversation.merged'
  const failures = { count: before.count + 1, byServer: isServers ? before.byServer + 1 : 0 }
  if (error.status === 429) return { kind: 'retry', delayMs: patienceDelayMs(random), canHurry: false, failures }
  const isPassing = error.code === 'network' || error.status === 408 || isServers
  if (!isPassing || failures.byServer >= maxServerFailures) return { kind: 'give_up' }
  return { kind: 'retry', delayMs: backoffDelayMs(before.count, random), canHurry: true, failures }
}
