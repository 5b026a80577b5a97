import { type AddressRules, publicAddress } from './public-address.ts'
import { retryAfterMs } from './retry-after.ts'
import { signWebhook } from './webhook-signature.ts'

/** A receiver that works longer than this has to take the event first and work on it afterwards. */
export const webhookTimeoutMs = 15_000

export type PostDeps = { fetch: typeof fetch; now: () => number; rules: AddressRules; timeoutMs: number }
/** `secrets`: those that sign. */
export type WebhookTarget = { url: string; secrets: readonly string[] }

/**
 * How a receiver answered. `status`: 0 where no answer came in time. `error`: null for any 2xx; never words of the
 * receiver's, which would let its tenant read what stands at an address.
 */
export type WebhookReply = { status: number; ms: number; retryAfterMs: number | null; error: PostError | null }
export type PostError = 'address' | 'timeout' | 'unreachable' | 'redirect' | 'refused'

/** One attempt. Never throws for what a receiver does. */
export async function postWebhook(
  { fetch: send, now, rules, timeoutMs }: PostDeps,
  { url, secrets }: WebhookTarget,
  { id, body }: { id: string; body: string },
): Promise<WebhookReply> {
  const startedAt = now()
  // Looked at again each time: what is our own host may change.
  const address = publicAddress(url, rules)
  if (address === null) return { status: 0, ms: 0, retryAfterMs: null, error: 'address' }
  const signed = await signWebhook({ id, at: startedAt, body }, secrets)
  try {
    const response = await send(address.href, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'edge-inbox-webhooks', ...signed },
      body,
      // An address that was looked at must not lead to one that was not.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    // Nobody reads it, however long it is.
    await response.body?.cancel()
    const { status, headers } = response
    const wait = retryAfterMs(headers.get('retry-after'), now())
    return { status, ms: now() - startedAt, retryAfterMs: wait, error: errorOf(status) }
  } catch (error) {
    const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
    return { status: 0, ms: now() - startedAt, retryAfterMs: null, error: isLate ? 'timeout' : 'unreachable' }
  }
}

function errorOf(status: number): PostError | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? 'redirect' : 'refused'
}
