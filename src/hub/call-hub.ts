import type { IngestItem, ItemResult } from '../ingest/items.ts'
import { AppError } from '../lib/app-error.ts'
import type { Closing, Revocation } from './admission.ts'
import type { Attention, ReadMarks } from './bells.ts'
import type { DoorbellSession } from './doorbells.ts'
import type { HubSession } from './session.ts'

/** Internal header from the Worker to the hub: who the socket belongs to, already verified. Never taken from outside. */
export const sessionHeader = 'x-edge-inbox-session'

/** The same for a companion's socket. */
export const companionHeader = 'x-edge-inbox-companion'

function hubOf(env: Env, tenantId: string) {
  const hint = env.HUB_LOCATION === '' ? {} : { locationHint: env.HUB_LOCATION as DurableObjectLocationHint }
  return env.HUB.get(env.HUB.idFromName(`tenant:${tenantId}`), hint)
}

/**
 * Hands items to the tenant's hub and waits until they are committed. One result for each, in order.
 * @throws AppError 503 `hub.unavailable` when nobody can tell whether they were stored; sending them again is safe.
 */
export async function receive(env: Env, tenantId: string, items: IngestItem[]): Promise<ItemResult[]> {
  if (items.length === 0) return []
  const results = await callHub(env, tenantId, (hub) => hub.receive(tenantId, items))
  if (results === null) throw unavailable('not stored')
  return results
}

/** Opens a socket for a verified session. The answer is the upgrade's own. */
export function openSocket(env: Env, session: HubSession, request: Request): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set(sessionHeader, encodeURIComponent(JSON.stringify(session)))
  headers.delete(companionHeader)
  return hubOf(env, session.tenantId).fetch(new Request(request.url, { headers }))
}

/** Opens a companion's doorbell, whose key is verified. The answer is the upgrade's own. */
export function openDoorbell(env: Env, session: DoorbellSession, request: Request): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set(companionHeader, JSON.stringify(session))
  return hubOf(env, session.tenantId).fetch(new Request(request.url, { headers }))
}

/** Closes what a companion has opened with a key. */
export function closeDoorbells(env: Env, tenantId: string, closing: { keyId: string; code: number; reason: string }) {
  return callHub(env, tenantId, (hub) => hub.closeDoorbells(closing))
}

/**
 * Closes all sockets of a user, or of the whole tenant. With `validFrom` what was issued before is not let in either by
 * Workers that have not heard of it yet.
 */
export function closeSockets(env: Env, tenantId: string, closing: Closing & Partial<Revocation>) {
  return callHub(env, tenantId, (hub) => hub.closeSockets(closing))
}

/** Settings that were just stored count from now on. */
export function tellSettingsChanged(env: Env, tenantId: string, userId: string): Promise<void> {
  return callHub(env, tenantId, (hub) => hub.settingsChanged(userId))
}

/** Somebody reads the tenant's journal behind the hub now, or nobody any more. */
export function tellFollowersChanged(env: Env, tenantId: string): Promise<void> {
  return callHub(env, tenantId, (hub) => hub.followersChanged())
}

/** Shows the user's other windows what was read. */
export function tellRead(
  env: Env,
  { tenantId, userId }: { tenantId: string; userId: string },
  read: ReadMarks,
): Promise<void> {
  return callHub(env, tenantId, (hub) => hub.tellRead(userId, read))
}

/** Of each user, how many sockets got the event `seq`, and what lies open before them. */
export function attentionOf(env: Env, tenantId: string, userIds: string[], seq: number): Promise<Attention[]> {
  return callHub(env, tenantId, (hub) => hub.attentionOf(userIds, seq))
}

type Hub = ReturnType<typeof hubOf>

/** Retries once, with a new stub, where the platform says that it can help; never when the hub is overloaded. */
async function callHub<Result>(env: Env, tenantId: string, call: (hub: Hub) => Promise<Result>): Promise<Result> {
  try {
    return await call(hubOf(env, tenantId))
  } catch (error) {
    if (!isRetryable(error)) throw unavailable(error)
  }
  try {
    return await call(hubOf(env, tenantId))
  } catch (error) {
    throw unavailable(error)
  }
}

function isRetryable(error: unknown): boolean {
  const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean }
  return retryable === true && overloaded !== true
}

function unavailable(cause: unknown): AppError {
  const error = new AppError('hub.unavailable', 503, 'The message store cannot be reached right now. Send again.')
  error.cause = cause
  return error
}
