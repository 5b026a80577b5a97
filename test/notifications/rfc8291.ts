import { Buffer } from 'node:buffer'
import { webcrypto } from 'node:crypto'

/** What a browser has: its key pair, as raw numbers in base64url, and the secret that it shares with the sender. */
export type Browser = { privateKey: string; publicKey: string; auth: string }

const { subtle } = webcrypto
const bytes = (base64url: string): Buffer => Buffer.from(base64url, 'base64url')
const info = (text: string, ...more: Uint8Array[]): Buffer => Buffer.concat([Buffer.from(`${text}\0`), ...more])

async function hkdf(secret: Uint8Array, salt: Uint8Array, about: Uint8Array, length: number): Promise<Buffer> {
  const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  return Buffer.from(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info: about }, key, length * 8))
}

async function sharedSecret({ privateKey, publicKey }: Browser, sender: Uint8Array): Promise<Buffer> {
  const point = bytes(publicKey)
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'))
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const jwk = { kty: 'EC', crv: 'P-256', d: privateKey, x: x ?? '', y: y ?? '' }
  const own = await subtle.importKey('jwk', jwk, curve, false, ['deriveBits'])
  const theirs = await subtle.importKey('raw', sender, curve, false, [])
  return Buffer.from(await subtle.deriveBits({ name: 'ECDH', public: theirs }, own, 256))
}

/**
 * Opens the body of a push as a browser does: RFC 8188 §2 (header, one record), RFC 8291 §3.4 (keys).
 * @throws Error when it was altered, or is for somebody else.
 */
export async function openPush(body: Uint8Array, browser: Browser): Promise<string> {
  const message = Buffer.from(body)
  const salt = message.subarray(0, 16)
  const recordSize = message.readUInt32BE(16)
  const sender = message.subarray(21, 21 + message.readUInt8(20))
  const record = message.subarray(21 + sender.length)
  if (record.length > recordSize) throw new Error('more than one record')
  const about = info('WebPush: info', bytes(browser.publicKey), sender)
  const secret = await hkdf(await sharedSecret(browser, sender), bytes(browser.auth), about, 32)
  const key = await hkdf(secret, salt, info('Content-Encoding: aes128gcm'), 16)
  const nonce = await hkdf(secret, salt, info('Content-Encoding: nonce'), 12)
  const cipher = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  const padded = Buffer.from(await subtle.decrypt({ name: 'AES-GCM', iv: nonce }, cipher, record))
  const end = padded.findLastIndex((byte) => byte !== 0)
  if (padded[end] !== 2) throw new Error('the last record does not end as one')
  return padded.subarray(0, end).toString('utf8')
}
