import { z } from 'zod'
import { decodeBase64, encodeBase64Url } from './base64.ts'

/** What a link lets its holder read: one object of one tenant, until `expiresAt` (epoch ms). */
export type FileLink = { tenantId: string; objectKey: string; mimeType: string; filename: string; expiresAt: number }

const purpose = 'edge-inbox-file'

// Short names: the token is part of an address.
const Claims = z.object({ t: z.string(), k: z.string(), m: z.string(), n: z.string(), e: z.number() })

/** A token that stands for the link: `<claims>.<HMAC-SHA-256>`, by a key of its own made from the secret. */
export async function signFileLink(secret: string, link: FileLink): Promise<string> {
  const claims = { t: link.tenantId, k: link.objectKey, m: link.mimeType, n: link.filename, e: link.expiresAt }
  const payload = encodeBase64Url(new TextEncoder().encode(JSON.stringify(claims)))
  const signature = await crypto.subtle.sign('HMAC', await keyOf(secret), new TextEncoder().encode(payload))
  return `${payload}.${encodeBase64Url(new Uint8Array(signature))}`
}

/** The link of a token; null when it is not ours, was altered, or has expired. */
export async function readFileLink(secret: string, token: string, now: number): Promise<FileLink | null> {
  const [payload = '', signature = '', ...rest] = token.split('.')
  const bytes = decodeBase64(signature)
  if (rest.length > 0 || bytes === null) return null
  const isOurs = await crypto.subtle.verify('HMAC', await keyOf(secret), bytes, new TextEncoder().encode(payload))
  const json = decodeBase64(payload)
  if (!isOurs || json === null) return null
  const { t, k, m, n, e } = Claims.parse(JSON.parse(new TextDecoder().decode(json)))
  // Whoever wrote the claims was us; an object outside of its tenant's folder would still be a mistake (G10).
  if (now >= e || !k.startsWith(`t/${t}/`)) return null
  return { tenantId: t, objectKey: k, mimeType: m, filename: n, expiresAt: e }
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const encode = (text: string) => new TextEncoder().encode(text)
  const root = await crypto.subtle.importKey('raw', encode(secret), algorithm, false, ['sign'])
  const own = await crypto.subtle.sign('HMAC', root, encode(purpose))
  return crypto.subtle.importKey('raw', own, algorithm, false, ['sign', 'verify'])
}
