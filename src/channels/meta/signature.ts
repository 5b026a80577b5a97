// Trust boundary: nothing of a Meta delivery may be read before this says yes.

const headerForm = /^sha256=([0-9a-f]{64})$/

/**
 * Whether `header` (`X-Hub-Signature-256`) is the HMAC-SHA256 of the delivery's raw bytes under one of the app secrets
 * (the current one and, while rotating, the previous). The bytes must be those received: Meta signs its own escaped
 * form, so a body that was decoded and encoded again no longer fits.
 * Throws when no secret is configured: an empty key would let anyone sign.
 */
export async function verifySignature(
  body: Uint8Array<ArrayBuffer>,
  header: string | null,
  secrets: readonly string[],
): Promise<boolean> {
  const usable = secrets.filter((secret) => secret.length > 0)
  if (usable.length === 0) throw new Error('no app secret configured')
  const hex = headerForm.exec(header ?? '')?.[1]
  if (hex === undefined) return false
  const signature = bytesOfHex(hex)
  const verdicts = await Promise.all(usable.map((secret) => isSignedWith(body, signature, secret)))
  return verdicts.includes(true)
}

async function isSignedWith(
  body: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  secret: string,
): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await keyOf(secret), signature, body)
}

/** Keys of the last secrets: as many as apps are likely to be busy at once. */
const maxKeys = 100
const keys = new Map<string, CryptoKey>()

async function keyOf(secret: string): Promise<CryptoKey> {
  const known = keys.get(secret)
  if (known !== undefined) return known
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['verify'])
  if (keys.size >= maxKeys) keys.clear()
  keys.set(secret, key)
  return key
}

function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
  return bytes
}
