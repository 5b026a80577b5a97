const lineFeed = 0x0a
const carriageReturn = 0x0d

/** A stretch of bytes: `start` belongs to it, `end` does not. */
export type Span = { start: number; end: number }

/** One line of raw mail: its bytes without the line break, and where the next one starts. */
export type Line = Span & { next: number }

export function lineAt(raw: Uint8Array, start: number): Line {
  const found = raw.indexOf(lineFeed, start)
  const next = found === -1 ? raw.length : found + 1
  let end = found === -1 ? raw.length : found
  while (end > start && raw[end - 1] === carriageReturn) end--
  return { start, end, next }
}

/** The line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1). */
export function withoutLastBreak(raw: Uint8Array, { start, end }: Span): Span {
  let last = end
  if (last > start && raw[last - 1] === lineFeed) last--
  if (last > start && raw[last - 1] === carriageReturn) last--
  return { start, end: last }
}

const chunk = 8192

/** Each byte as the character of the same number, so that no byte is lost or changed. */
export function bytesAsText(raw: Uint8Array, { start, end }: Span): string {
  let text = ''
  for (let at = start; at < end; at += chunk) {
    text += String.fromCharCode(...raw.subarray(at, Math.min(end, at + chunk)))
  }
  return text
}
