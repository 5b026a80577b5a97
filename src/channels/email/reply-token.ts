import { constantTimeEqual } from '../../lib/secret.ts'
import { splitPlusAddress } from '../../lib/addr-spec.ts'

/**
 * A reply token says which conversation an answer belongs to, and that we said so: it stands in the address answers go
 * to (`support+r…@`) and in their References, so it comes back whichever of the two a mail program keeps. 16 bytes of
 * conversation id and the first 10 of an HMAC over it and its channel, in base32, as the detail of an address may be
 * lower-cased on its way (RFC 5233).
 */
const macBytes = 10
const idBytes = 16
const form = /^r[a-z2-7]{42}$/
const digits = 'abcdefghijklmnopqrstuvwxyz234567'
const maxLocal = 64

export type ReplyTokenOwner = { channelId: string; conversationId: string }

/** `conversationId` is a canonical UUID. */
export async function makeReplyToken(secret: string, owner: ReplyTokenOwner): Promise<string> {
  const id = Uint8Array.from(owner.conversationId.replaceAll('-', '').match(/../g) ?? [], (hex) =>
    Number.parseInt(hex, 16),
  )
  const mac = await macOf(secret, owner)
  const bytes = new Uint8Array(idBytes + macBytes)
  bytes.set(id.subarray(0, idBytes))
  bytes.set(mac, idBytes)
  return `r${encodeBase32(bytes)}`
}

/**
 * The conversation that a token was made for; null when none of the secrets (the current one and those before it) made
 * it for this channel.
 */
export async function verifyReplyToken(
  secrets: readonly string[],
  channelId: string,
  text: string,
): Promise<string | null> {
  const given = text.toLowerCase()
  if (!form.test(given)) return null
  const conversationId = uuidOf(decodeBase32(given.slice(1)).subarray(0, idBytes))
  for (const secret of secrets) {
    if (secret !== '' && (await constantTimeEqual(await makeReplyToken(secret, { channelId, conversationId }), given)))
      return conversationId
  }
  return null
}

/** The address for answers; null where the mailbox's own name is too long for a token beside it. */
export function replyAddress(mailbox: string, replyToken: string): string | null {
  const parts = splitPlusAddress(mailbox)
  if (parts === null || parts.local.length + 1 + replyToken.length > maxLocal) return null
  return `${parts.local}+${replyToken}@${parts.domain}`
}

/** The token in the form of a message id, for the References of what we send. */
export function replyTokenId(mailbox: string, replyToken: string): string | null {
  const parts = splitPlusAddress(mailbox)
  return parts === null ? null : `${replyToken}@${parts.domain}`
}

/** What looks like a token in addresses and message ids, each once. Whether it is one, only `verifyReplyToken` knows. */
export function replyTokensIn(addresses: readonly string[], ids: readonly string[]): string[] {
  const details = addresses.map((address) => splitPlusAddress(address)?.detail ?? '')
  const locals = ids.map((id) => id.slice(0, Math.max(0, id.lastIndexOf('@'))))
  return [...new Set([...details, ...locals].map((text) => text.toLowerCase()).filter((text) => form.test(text)))]
}

async function macOf(secret: string, { channelId, conversationId }: ReplyTokenOwner): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  const usage = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), usage, false, ['sign'])
  const signed = encoder.encode(`mail reply token\n${channelId}\n${conversationId}`)
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, signed)).subarray(0, macBytes)
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function encodeBase32(bytes: Uint8Array): string {
  let text = ''
  let [bits, held] = [0, 0]
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff
    for (held += 8; held >= 5; held -= 5) text += digits.charAt((bits >> (held - 5)) & 31)
  }
  return held === 0 ? text : text + digits.charAt((bits << (5 - held)) & 31)
}

function decodeBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let [bits, held] = [0, 0]
  for (const char of text) {
    bits = ((bits << 5) | digits.indexOf(char)) & 0xfff
    held += 5
    if (held < 8) continue
    held -= 8
    bytes.push((bits >> held) & 0xff)
  }
  return Uint8Array.from(bytes)
}
