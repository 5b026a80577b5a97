import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'

/**
 * Encrypts what must not lie open, by the companion's key. Unlike the Worker's `seal` it is synchronous, as the spool's
 * and the sessions' transactions are. `context` says what a value belongs to: elsewhere it does not open.
 */
export type Sealer = {
  /** AES-256-GCM: `v1.<key id>.<iv>.<ciphertext and tag>`. */
  seal(plain: string | Uint8Array, context: string): string
  /** @throws Error saying what is wrong, never what was inside. */
  open(sealed: string, context: string): Buffer
  /** The same bytes for the same purpose, whatever happens to the disk; nobody without the key can tell them. */
  derive(purpose: string): Buffer
}

const version = 'v1'
const ivBytes = 12
const tagBytes = 16

export function createSealer(key: Uint8Array, randomBytes: (count: number) => Uint8Array): Sealer {
  if (key.length !== 32) throw new Error('the companion key must have 32 bytes')
  const keyId = `k${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
  return {
    seal(plain, context) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
      const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      return [version, keyId, Buffer.from(iv).toString('base64url'), sealed.toString('base64url')].join('.')
    },
    open(sealed, context) {
      const [found, sealedBy, iv = '', body = '', ...rest] = sealed.split('.')
      const bytes = Buffer.from(body, 'base64url')
      const nonce = Buffer.from(iv, 'base64url')
      if (found !== version || rest.length > 0 || nonce.length !== ivBytes || bytes.length < tagBytes) {
        throw new Error('a sealed value has an unknown form')
      }
      if (sealedBy !== keyId) throw new Error('a sealed value needs another COMPANION_KEY')
      const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-tagBytes))
      try {
        return Buffer.concat([cipher.update(bytes.subarray(0, -tagBytes)), cipher.final()])
      } catch {
        throw new Error('a sealed value was altered or belongs elsewhere')
      }
    },
    derive: (purpose) => createHmac('sha256', key).update(`derive|${purpose}`).digest(),
  }
}
