import { decodeBase64, encodeBase64Url } from './base64.ts'

/** Base64 of 32 bytes by key id; the first one seals, every one opens. */
export type EncryptionKeys = ReadonlyMap<string, string>

/** What a sealed value belongs to. A value that was moved to another row does not open. */
export type SealContext = { tenantId: string; kind: string; rowId: string }

const version = 'v1'
const ivBytes = 12
const tagBytes = 16

/** AES-256-GCM with the current key: `v1.<key id>.<iv>.<ciphertext>`. */
export async function seal(keys: EncryptionKeys, plain: string, context: SealContext): Promise<string> {
  const [current] = keys
  if (current === undefined) throw new Error('there is no encryption key')
  const [keyId, key] = current
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: additionalData(context) },
    await importKey(key),
    new TextEncoder().encode(plain),
  )
  return [version, keyId, encodeBase64Url(iv), encodeBase64Url(new Uint8Array(sealed))].join('.')
}

/**
 * The text that `seal` was given, by whichever known key.
 * @throws Error saying what is wrong, never what was inside.
 */
export async function unseal(keys: EncryptionKeys, sealed: string, context: SealContext): Promise<string> {
  const [found, keyId, iv, ciphertext, ...rest] = sealed.split('.')
  const bytes = { iv: decodeBase64(iv ?? ''), ciphertext: decodeBase64(ciphertext ?? '') }
  if (
    found !== version ||
    rest.length > 0 ||
    bytes.iv?.length !== ivBytes ||
    bytes.ciphertext === null ||
    bytes.ciphertext.length < tagBytes
  ) {
    throw new Error(`sealed ${context.kind} has an unknown form`)
  }
  const key = keys.get(keyId ?? '')
  if (key === undefined) throw new Error(`sealed ${context.kind} needs a key that is not configured`)
  const algorithm = { name: 'AES-GCM', iv: bytes.iv, additionalData: additionalData(context) }
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, await importKey(key), bytes.ciphertext))
  } catch {
    throw new Error(`sealed ${context.kind} was altered or belongs to another row`)
  }
}

function additionalData({ tenantId, kind, rowId }: SealContext): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(`${tenantId}|${kind}|${rowId}`))
}

function importKey(base64: string): Promise<CryptoKey> {
  const bytes = decodeBase64(base64) ?? new Uint8Array(0)
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
}
