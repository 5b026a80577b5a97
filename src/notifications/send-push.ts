import { buildPushPayload } from '@block65/webcrypto-web-push'
import type { Config } from '../lib/config.ts'
import { errorFields, log } from '../lib/log.ts'
import { pushEndpoint } from './push-endpoint.ts'
import type { PushMessage } from './push-message.ts'
import { type PushOutcome, pushOutcome } from './push-outcome.ts'
import type { PushTarget } from './push-target.ts'
import { retryAfterMs } from './retry-after.ts'

export type PushSender = {
  fetch: typeof fetch
  now: () => number
  vapid: NonNullable<Config['push']>
  origins: readonly string[]
  timeoutMs: number
}

/** Hands a push to the browser's push service. `attempts`: those before it that were not taken, in a row. */
export async function sendPush(
  sender: PushSender,
  target: PushTarget,
  { message, attempts }: { message: PushMessage; attempts: number },
): Promise<PushOutcome & { status: number }> {
  // Looked at again: what is taken today may have been stored before a rule was made.
  const url = pushEndpoint(target.endpoint, sender.origins)
  if (url === null) return { kind: 'gone', status: 0 }
  const request = await makeRequest(sender, { ...target, endpoint: url.href }, message)
  if (request === null) return { kind: 'misconfigured', status: 0 }
  const { status, retryAfter } = await post(sender, url, request)
  const answer = { status, retryAfterMs: retryAfterMs(retryAfter, sender.now()), attempts: attempts + 1 }
  return { ...pushOutcome(answer), status }
}

type PushRequest = { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> }

/** Encrypted and signed; null where our keys, or those of the browser, are none. */
async function makeRequest(
  { vapid }: PushSender,
  { endpoint, keys }: PushTarget,
  { data, options }: PushMessage,
): Promise<PushRequest | null> {
  // Stand-ins on the own machine have no certificate; the library signs for https only.
  const subscription = { endpoint: endpoint.replace(/^http:/, 'https:'), expirationTime: null, keys }
  try {
    const { headers, body } = await buildPushPayload({ data, options }, subscription, vapid)
    const { 'content-length': _, ...own } = headers
    return { headers: own, body: new Uint8Array(body) }
  } catch (error) {
    log('error', 'push.not_signed', errorFields(error))
    return null
  }
}

/** `status` 0: no answer came in time. What is in an answer is never read: it may be anything, of any length. */
async function post(
  { fetch, timeoutMs }: PushSender,
  url: URL,
  { headers, body }: PushRequest,
): Promise<{ status: number; retryAfter: string | null }> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url.href, { method: 'POST', headers, body, redirect: 'manual', signal })
    await response.body?.cancel().catch(() => undefined)
    return { status: response.status, retryAfter: response.headers.get('retry-after') }
  } catch {
    return { status: 0, retryAfter: null }
  }
}
