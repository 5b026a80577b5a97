/** Labels met in mail that the Encoding Standard does not list. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['65001', 'utf-8'],
  ['utf8mb4', 'utf-8'],
  ['866', 'ibm866'],
  ['874', 'windows-874'],
  ['932', 'shift_jis'],
  ['936', 'gbk'],
  ['949', 'euc-kr'],
  ['950', 'big5'],
  ['50220', 'iso-2022-jp'],
  ['50221', 'iso-2022-jp'],
  ['50222', 'iso-2022-jp'],
  ['51932', 'euc-jp'],
])

/** Declared by default, or by habit, whatever the text is really written in. */
const isCareless = (encoding: string) => encoding === 'windows-1252'

const utf8 = new TextDecoder('utf-8')
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
const replacement = '\ufffd'

/**
 * Text of a part in the charset its header names, and, where that is missing, unknown or plainly wrong, in the one it is
 * most likely written in. Never throws.
 */
export function decodeText(bytes: Uint8Array, label: string | undefined): string {
  const encoding = label === undefined ? null : encodingOf(label)
  if (encoding === null || isCareless(encoding)) {
    const text = asUtf8(bytes)
    if (text !== null) return text
    const isSure = encoding !== null && !/ascii|968/i.test(label ?? '')
    return new TextDecoder(isSure ? encoding : likelyEncoding(bytes)).decode(bytes)
  }
  const text = new TextDecoder(encoding).decode(bytes)
  if (encoding === 'utf-8') return isMostlyLost(text) ? new TextDecoder(likelyEncoding(bytes)).decode(bytes) : text
  return plainlyUtf8(bytes, text.includes(replacement) ? 1 : fewestLetters(encoding)) ?? text
}

/** "Ні" in windows-1251 is UTF-8 by chance, and so is a Chinese word of two characters; a line of text is not. */
function fewestLetters(encoding: string): number {
  return /^(?:gb|big5|euc|shift|iso-2022|utf-16)/.test(encoding) ? 8 : 4
}

/** Who converts mail to UTF-8 may leave the old name above it: nothing else is flawless UTF-8 for long. */
function plainlyUtf8(bytes: Uint8Array, fewest: number): string | null {
  const text = bytes.some((byte) => byte > 0x7f) ? asUtf8(bytes) : null
  if (text === null) return null
  let foreign = 0
  for (const char of text) if (char > '\u007f') foreign++
  return foreign >= fewest ? text : null
}

/** The name under which this runtime decodes what mail calls `label`; null when nobody knows it. */
function encodingOf(label: string): string | null {
  const name = label
    .trim()
    .toLowerCase()
    .replaceAll(/^["']|["']$/g, '')
  const page = /^(?:x-)?(?:cp|ms|ibm|win|windows|ansi)?[-_]?(\d{3,5})$/.exec(name)?.[1] ?? ''
  const candidates = [name, aliases.get(name), aliases.get(page), /^125\d$/.test(page) ? `windows-${page}` : undefined]
  for (const candidate of [...candidates, name.replace(/^x-/, '').replaceAll('_', '-')]) {
    if (candidate === undefined) continue
    try {
      return new TextDecoder(candidate).encoding
    } catch {
      // a label that this runtime does not know: the next one may be known
    }
  }
  return null
}

function asUtf8(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return null // not UTF-8
  }
}

/** One character cut in two at the end of a text is no reason to doubt the rest. */
function isMostlyLost(text: string): boolean {
  let lost = 0
  let foreign = 0
  for (const char of text) {
    if (char === replacement) lost++
    if (char > '\u007f') foreign++
  }
  return lost > 2 && lost * 4 > foreign
}

/**
 * A guess at eight-bit text that names no charset. Three and more bytes above ASCII in a row are words of a script of its
 * own: of the two old Cyrillic encodings the one in which the words are mostly small letters (KOI8 has them where
 * windows-1251 has the capitals). Fewer are accents of a Latin script.
 */
function likelyEncoding(bytes: Uint8Array): string {
  let [run, inWords, foreign, small, capital] = [0, 0, 0, 0, 0]
  for (const byte of bytes) {
    run = byte < 0x80 ? 0 : run + 1
    if (run === 0) continue
    foreign++
    if (run >= 3) inWords += run === 3 ? 3 : 1
    if (byte >= 0xe0) small++
    else if (byte >= 0xc0) capital++
  }
  if (inWords * 2 <= foreign) return 'windows-1252'
  return small >= capital ? 'windows-1251' : 'koi8-u'
}

/** A header block as UTF-8, which is all that may stand in it undecoded (RFC 6532); lines of old senders are guessed at. */
export function headerAsUtf8(block: Uint8Array): Uint8Array {
  if (asUtf8(block) !== null) return block
  const lines: string[] = []
  for (let start = 0; start < block.length;) {
    const found = block.indexOf(0x0a, start)
    const end = found === -1 ? block.length : found + 1
    const line = block.subarray(start, end)
    lines.push(asUtf8(line) ?? new TextDecoder(likelyEncoding(line)).decode(line))
    start = end
  }
  return new TextEncoder().encode(lines.join(''))
}

/** UTF-8 that may be broken. */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes)
}
