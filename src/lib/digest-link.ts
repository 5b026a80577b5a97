import { z } from 'zod'
import { decodeBase64, encodeBase64Url } from './base64.ts'
import { sha256Hex } from './secret.ts'

/**
 * What a link in a mail lets its holder do without signing in: say that this address wants digests, or that it wants no
 * more. `addressHash`: of the address that the mail went to. Until `expiresAt` (epoch ms).
 */
export type DigestLink = {
  purpose: 'confirm' | 'stop'
  tenantId: string
  userId: string
  addressHash: string
  language: 'en' | 'uk'
  expiresAt: number
}

const keyPurpose = 'edge-inbox-digest'
const maxTokenLength = 1_000

// Short names: the token is part of an address. The mail's address itself is not: logs of others have what stands there.
const Claims = z.object({
  p: z.enum(['confirm', 'stop']),
  t: z.string(),
  u: z.string(),
  a: z.string(),
  l: z.enum(['en', 'uk']),
  e: z.number(),
})

export async function addressHashOf(address: string): Promise<string> {
  return (await sha256Hex(address)).slice(0, 32)
}

/** A token that stands for the link: `<claims>.<HMAC-SHA-256>`, by a key of its own made from the secret. */
export async function signDigestLink(secret: string, link: DigestLink): Promise<string> {
  const { purpose: p, tenantId: t, userId: u, addressHash: a, language: l, expiresAt: e } = link
  const payload = encodeBase64Url(new TextEncoder().encode(JSON.stringify({ p, t, u, a, l, e })))
  const signature = await crypto.subtle.sign('HMAC', await keyOf(secret), new TextEncoder().encode(payload))
  return `${payload}.${encodeBase64Url(new Uint8Array(signature))}`
}

/** The link of a token; null when it is not ours, was altered, or has expired. */
export async function readDigestLink(secret: string, token: string, now: number): Promise<DigestLink | null> {
  if (token.length > maxTokenLength) return null
  const [payload = '', signature = '', ...rest] = token.split('.')
  const bytes = decodeBase64(signature)
  if (rest.length > 0 || bytes === null) return null
  const isOurs = await crypto.subtle.verify('HMAC', await keyOf(secret), bytes, new TextEncoder().encode(payload))
  const json = decodeBase64(payload)
  if (!isOurs || json === null) return null
  const { p, t, u, a, l, e } = Claims.parse(JSON.parse(new TextDecoder().decode(json)))
  if (now >= e) return null
  return { purpose: p, tenantId: t, userId: u, addressHash: a, language: l, expiresAt: e }
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const encode = (text: string) => new TextEncoder().encode(text)
  const root = await crypto.subtle.importKey('raw', encode(secret), algorithm, false, ['sign'])
  const own = await crypto.subtle.sign('HMAC', root, encode(keyPurpose))
  return crypto.subtle.importKey('raw', own, algorithm, false, ['sign', 'verify'])
}
