import { decodeBase64, encodeBase64Url } from '../../src/lib/base64.ts'

/** What a browser has: its key pair, as raw numbers in base64url, and the secret that it shares with the sender. */
export type Browser = { privateKey: string; publicKey: string; auth: string }

type Bytes = Uint8Array<ArrayBuffer>

const { subtle } = crypto
const bytes = (base64url: string): Bytes => decodeBase64(base64url) ?? new Uint8Array()
const concat = (...parts: Uint8Array[]): Bytes => new Uint8Array(parts.flatMap((part) => [...part]))
const info = (text: string, ...more: Uint8Array[]): Bytes => concat(new TextEncoder().encode(`${text}\0`), ...more)

async function hkdf(secret: Bytes, salt: Bytes, about: Bytes, length: number): Promise<Bytes> {
  const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  return new Uint8Array(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: about }, key, length * 8))
}

async function sharedSecret({ privateKey, publicKey }: Browser, sender: Bytes): Promise<Bytes> {
  const point = bytes(publicKey)
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(encodeBase64Url)
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const jwk = { kty: 'EC', crv: 'P-256', d: privateKey, x: x ?? '', y: y ?? '' }
  const own = await subtle.importKey('jwk', jwk, curve, false, ['deriveBits'])
  const theirs = await subtle.importKey('raw', sender, curve, false, [])
  const exchange = { name: 'ECDH', public: theirs }
  return new Uint8Array(await subtle.deriveBits(exchange, own, 256))
}

/**
 * Opens the body of a push as a browser does: RFC 8188 §2 (header, one record), RFC 8291 §3.4 (keys).
 * @throws Error when it was altered, or is for somebody else.
 */
export async function openPush(body: Uint8Array, browser: Browser): Promise<string> {
  const message = new Uint8Array(body)
  const salt = message.slice(0, 16)
  const recordSize = new DataView(message.buffer).getUint32(16)
  const sender = message.slice(21, 21 + (message[20] ?? 0))
  const record = message.slice(21 + sender.length)
  if (record.length > recordSize) throw new Error('more than one record')
  const about = info('WebPush: info', bytes(browser.publicKey), sender)
  const secret = await hkdf(await sharedSecret(browser, sender), bytes(browser.auth), about, 32)
  const key = await hkdf(secret, salt, info('Content-Encoding: aes128gcm'), 16)
  const nonce = await hkdf(secret, salt, info('Content-Encoding: nonce'), 12)
  const cipher = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  const padded = new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv: nonce }, cipher, record))
  const end = padded.findLastIndex((byte) => byte !== 0)
  if (padded[end] !== 2) throw new Error('the last record does not end as one')
  return new TextDecoder().decode(padded.subarray(0, end))
}
