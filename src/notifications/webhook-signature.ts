// Trust boundary, outwards: by this signature a tenant's server knows that a webhook comes from us.
// The scheme is that of https://www.standardwebhooks.com (specification 1.0.0, symmetric signatures).
import { decodeBase64, encodeBase64 } from '../lib/base64.ts'

const prefix = 'whsec_'
/** Of a secret, in bytes. */
const shortest = 24
const longest = 64
/** A captured request is good for so long. */
const toleranceMs = 300_000
/** More signatures than any rotation needs cost only us. */
const maxSignatures = 10

export type WebhookHeaders = { 'webhook-id': string; 'webhook-timestamp': string; 'webhook-signature': string }

/** A secret as it is shown to its owner. `bytes`: 24 to 64 random ones. */
export function webhookSecret(bytes: Uint8Array): string {
  return prefix + encodeBase64(bytes)
}

/** The bytes of a secret; null for what is none. */
function keyOf(secret: string): Uint8Array<ArrayBuffer> | null {
  const bytes = secret.startsWith(prefix) ? decodeBase64(secret.slice(prefix.length)) : null
  return bytes !== null && bytes.length >= shortest && bytes.length <= longest ? bytes : null
}

/** `id`: of the event, the same in every attempt; without a dot, which parts it from what follows. `at`: of this attempt. */
export type OutgoingWebhook = { id: string; at: number; body: string }

/**
 * The headers of one attempt, signed with every secret that counts: during a rotation the old one as well.
 * @throws Error when there is no usable secret, or the id has a form that could be mistaken.
 */
export async function signWebhook(webhook: OutgoingWebhook, secrets: readonly string[]): Promise<WebhookHeaders> {
  if (!/^[\w-]{1,200}$/.test(webhook.id)) throw new Error('a webhook id has letters, digits, - and _ only')
  if (secrets.length === 0) throw new Error('a webhook needs a secret')
  const timestamp = String(Math.floor(webhook.at / 1000))
  const content = contentOf(webhook.id, timestamp, webhook.body)
  const signatures = await Promise.all(secrets.map((secret) => signatureOf(content, secret)))
  return { 'webhook-id': webhook.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

function contentOf(id: string, timestamp: string, body: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(`${id}.${timestamp}.${body}`))
}

async function signatureOf(content: Uint8Array<ArrayBuffer>, secret: string): Promise<string> {
  const bytes = keyOf(secret)
  if (bytes === null) throw new Error('a webhook secret has an unknown form')
  const signed = await crypto.subtle.sign('HMAC', await importKey(bytes, 'sign'), content)
  return `v1,${encodeBase64(new Uint8Array(signed))}`
}

function importKey(bytes: Uint8Array<ArrayBuffer>, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [usage])
}

export type WebhookVerdict = 'ok' | 'malformed' | 'too_old' | 'too_new' | 'wrong'

/**
 * The other side: what a receiver checks. Any of the signatures by any of the secrets is enough, and the comparison is
 * the platform's own, in constant time.
 */
export async function verifyWebhook(
  { headers, body }: { headers: WebhookHeaders; body: string },
  secrets: readonly string[],
  now: number,
): Promise<WebhookVerdict> {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  // Digits and nothing else: `123junk` is no time, and other readers may see another one in it.
  if (!/^\d{1,12}$/.test(timestamp) || id === '' || id.includes('.')) return 'malformed'
  const ageMs = now - Number(timestamp) * 1000
  if (ageMs > toleranceMs) return 'too_old'
  if (ageMs < -toleranceMs) return 'too_new'
  const content = contentOf(id, timestamp, body)
  const given = signature.split(' ', maxSignatures).flatMap(bytesOfSignature)
  const keys = secrets.flatMap((secret) => keyOf(secret) ?? [])
  const checks = keys.flatMap((bytes) => given.map((one) => isSignedBy(bytes, one, content)))
  return (await Promise.all(checks)).includes(true) ? 'ok' : 'wrong'
}

/** Other versions (`v1a`) are for others to check. */
function bytesOfSignature(text: string): Uint8Array<ArrayBuffer>[] {
  const bytes = text.startsWith('v1,') ? decodeBase64(text.slice('v1,'.length)) : null
  return bytes === null ? [] : [bytes]
}

async function isSignedBy(
  bytes: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  content: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await importKey(bytes, 'verify'), signature, content)
}
