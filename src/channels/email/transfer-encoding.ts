const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const noDigit = 0xff
const sextets = new Uint8Array(256).fill(noDigit)
for (let at = 0; at < alphabet.length; at++) sextets[alphabet.charCodeAt(at)] = at

const equals = 0x3d
const lineFeed = 0x0a
const carriageReturn = 0x0d
const isBlank = (byte: number | undefined) => byte === 0x20 || byte === 0x09

/** What a part holds once its transfer encoding is undone. An encoding that nobody knows is taken for none. */
export function decodeTransfer(bytes: Uint8Array, encoding: string): Uint8Array {
  switch (encoding) {
    case 'base64':
      return looksLikeBase64(bytes) ? decodeBase64Lines(bytes) : bytes
    case 'quoted-printable':
      return decodeQuotedPrintable(bytes)
    default:
      return bytes
  }
}

/** Some senders announce base64 and send text: then there are blanks between letters, which no base64 has. */
function looksLikeBase64(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 4096)
  let blanks = 0
  let foreign = 0
  for (const byte of sample) {
    const isBreak = byte === lineFeed || byte === carriageReturn || byte === equals
    if (isBlank(byte)) blanks++
    else if (sextets[byte] === noDigit && !isBreak) foreign++
  }
  return blanks * 20 <= sample.length && foreign * 5 <= sample.length
}

/** Passes over whatever is no digit. Padding ends the data (RFC 2045 §6.8); what follows is not part of it. */
function decodeBase64Lines(bytes: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(Math.ceil(bytes.length / 4) * 3)
  let length = 0
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    const sextet = sextets[byte] ?? noDigit
    if (byte === equals && held > 0) break
    if (sextet === noDigit) continue
    bits = ((bits << 6) | sextet) & 0xffffff
    held += 6
    if (held < 8) continue
    held -= 8
    decoded[length++] = (bits >> held) & 0xff
  }
  return decoded.subarray(0, length)
}

function hexAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte & 0xdf
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : -1
}

/** RFC 2045 §6.7, leniently: an escape that is none stays as it stands. */
function decodeQuotedPrintable(bytes: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== equals) {
      decoded[length++] = bytes[at] ?? 0
      continue
    }
    const next = softBreakEnd(bytes, at + 1)
    if (next !== -1) {
      at = next - 1
      continue
    }
    const high = hexAt(bytes, at + 1)
    const low = hexAt(bytes, at + 2)
    if (high < 0 || low < 0) decoded[length++] = equals
    else {
      decoded[length++] = high * 16 + low
      at += 2
    }
  }
  return decoded.subarray(0, length)
}

/** Where the text goes on after a soft line break; -1 where there is none. Gateways leave blanks before the break. */
function softBreakEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (isBlank(bytes[at])) at++
  if (at >= bytes.length) return bytes.length
  if (bytes[at] === carriageReturn) at++
  return bytes[at] === lineFeed ? at + 1 : -1
}
