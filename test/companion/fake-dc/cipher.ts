import { createHash, randomBytes } from 'node:crypto'
import { Long } from '@mtcute/node'
import { createAesIgeForMessage, NodeCryptoProvider } from '@mtcute/node/utils.js'

/** The cipher of the client's library, so that both sides mean the same by it. `readyCrypto` comes first. */
export const crypto = new NodeCryptoProvider()
let readying: Promise<void> | null = null
export function readyCrypto(): Promise<void> {
  readying ??= crypto.initialize()
  return readying
}

export const sha1 = (...parts: Uint8Array[]) => hash('sha1', parts)
export const sha256 = (...parts: Uint8Array[]) => hash('sha256', parts)
function hash(algorithm: string, parts: Uint8Array[]): Buffer {
  const made = createHash(algorithm)
  for (const part of parts) made.update(part)
  return made.digest()
}

export type AuthKey = { key: Buffer; id: string }
/** An authorization key is named by the last eight bytes of its SHA-1. */
export function authKey(key: Uint8Array): AuthKey {
  return { key: Buffer.from(key), id: sha1(key).subarray(12).toString('hex') }
}

export type Envelope = { salt: Long; sessionId: Long; msgId: Long; seqNo: number; body: Buffer }

/** What a client sent under its key; null when it does not fit the key: https://core.telegram.org/mtproto/description */
export function open({ key }: AuthKey, frame: Buffer): Envelope | null {
  const msgKey = frame.subarray(8, 24)
  const data = frame.subarray(24, frame.length - ((frame.length - 24) % 16))
  const plain = Buffer.from(createAesIgeForMessage(crypto, key, msgKey, true).decrypt(data))
  if (!sha256(key.subarray(88, 120), plain).subarray(8, 24).equals(msgKey)) return null
  const length = plain.readUInt32LE(28)
  return {
    salt: readLong(plain, 0),
    sessionId: readLong(plain, 8),
    msgId: readLong(plain, 16),
    seqNo: plain.readUInt32LE(24),
    body: plain.subarray(32, 32 + length),
  }
}

export function seal({ key, id }: AuthKey, { salt, sessionId, msgId, seqNo, body }: Envelope): Buffer {
  const head = Buffer.alloc(32)
  writeLong(head, 0, salt)
  writeLong(head, 8, sessionId)
  writeLong(head, 16, msgId)
  head.writeUInt32LE(seqNo, 24)
  head.writeUInt32LE(body.length, 28)
  const padding = 12 + ((16 - ((32 + body.length + 12) % 16)) % 16)
  const plain = Buffer.concat([head, body, randomBytes(padding)])
  const msgKey = sha256(key.subarray(96, 128), plain).subarray(8, 24)
  const sealed = createAesIgeForMessage(crypto, key, msgKey, false).encrypt(plain)
  return Buffer.concat([Buffer.from(id, 'hex'), msgKey, sealed])
}

export const readLong = (from: Buffer, at: number) => new Long(from.readInt32LE(at), from.readInt32LE(at + 4))
export function writeLong(into: Buffer, at: number, value: Long): void {
  into.writeInt32LE(value.low, at)
  into.writeInt32LE(value.high, at + 4)
}
export const randomLong = () => readLong(randomBytes(8), 0)
