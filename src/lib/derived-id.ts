import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * A UUID (version 8, RFC 9562) that is always the same for the same parts. Rows that a redelivery could create again
 * get such an id, so a second copy meets the first one.
 */
export function derivedId(...parts: readonly string[]): string {
  // Length before text: ('ab', 'c') and ('a', 'bc') must differ.
  const hex = bytesToHex(sha256(utf8ToBytes(parts.map((part) => `${part.length}:${part}`).join('')))).slice(0, 32)
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
