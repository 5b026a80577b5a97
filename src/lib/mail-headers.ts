// Trust boundary, outwards: whatever becomes part of a header of ours passes here. The texts come from staff, from
// customers' mail and from the platform, and one line break among them would let their author write headers of his own.
import { addrSpec } from './addr-spec.ts'
import { normaliseMessageId } from './message-id.ts'

/** Cloudflare's limits: bytes of a header's value, characters of a subject, ids in References. */
const maxValueBytes = 2048
const maxSubject = 998
const maxReferences = 100

// eslint-disable-next-line no-control-regex -- these are what must not pass
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
const messageId = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:@[\]-]+$/
const byteLength = (text: string) => new TextEncoder().encode(text).byteLength

/** A value as it may stand in a header; null for anything with a line break, a NUL or another control character in it. */
export function headerValue(text: string): string | null {
  const isFit = !control.test(text) && text.isWellFormed() && byteLength(text) <= maxValueBytes
  return isFit ? text.trim() : null
}

/** A subject; null when it could not stand in a header or is longer than mail allows. */
export function subjectValue(text: string): string | null {
  const value = headerValue(text)
  return value === null || value.length > maxSubject ? null : value
}

/** A recipient; null for anything but one plain address. See `addrSpec`. */
export function address(text: string): string | null {
  return addrSpec(text)
}

/** A display name; what would begin an address or a list of them is no part of a name. Empty where nothing is left. */
export function displayName(text: string): string {
  const bare = text
    .toWellFormed()
    .replaceAll(new RegExp(control, 'g'), ' ')
    .replaceAll(/[<>"\\,;:@()[\]]/g, ' ')
  return bare.replaceAll(/\s+/g, ' ').trim().slice(0, 128).toWellFormed()
}

/** `<id>`; null where the id has a character that none has. Takes ids with and without brackets. */
export function messageIdHeader(id: string): string | null {
  if (control.test(id)) return null
  const bare = normaliseMessageId(id)
  if (bare === null || !messageId.test(bare) || !/^[^@]+@[^@]+$/.test(bare)) return null
  return `<${bare}>`
}

/**
 * The ids of a thread, oldest first, within the limits: the first one, which names the thread, and as many of the last
 * ones as there is room for. Ids that could not stand in a header are left out. Null where none is left.
 */
export function referencesHeader(ids: readonly string[]): string | null {
  const [first, ...others] = [...new Set(ids.map(messageIdHeader).filter((id) => id !== null))]
  if (first === undefined) return null
  const kept: string[] = []
  let length = first.length
  for (const id of others.toReversed()) {
    length += id.length + 1
    if (length > maxValueBytes || kept.length + 2 > maxReferences) break
    kept.unshift(id)
  }
  return [first, ...kept].join(' ')
}

/**
 * A whole header field as it goes over the wire, for mail that we write ourselves: text beyond ASCII in encoded words
 * (RFC 2047), folded. Null where name or value could not stand in a header.
 */
export function encodeHeader(name: string, text: string): string | null {
  const value = headerValue(text)
  if (value === null || !/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name)) return null
  const isPlain = /^[\x20-\x7e]*$/.test(value) && !value.includes('=?') && value.length + name.length < 900
  return `${name}: ${isPlain ? value : encodedWords(value).join('\r\n ')}\r\n`
}

/** 45 bytes are 60 characters of base64, which leaves room for what stands around them in the 75 that a word may have. */
const wordBytes = 45

function encodedWords(text: string): string[] {
  const words: string[] = []
  let chunk = ''
  for (const char of text) {
    if (byteLength(chunk + char) > wordBytes) {
      words.push(chunk)
      chunk = ''
    }
    chunk += char
  }
  return [...words, chunk].map((word) => `=?utf-8?B?${base64(word)}?=`)
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
}
