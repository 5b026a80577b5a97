import { bytesAsText, lineAt, type Line, type Span } from './lines.ts'

/** Where the header of a mail or of a part ends, and where what it is the header of begins. */
export type HeaderBlock = { header: Span; bodyStart: number }

const anyField = /^[!-9;-~]+[ \t]*:/
/** What may still count as a field after a line that is none: prose has colons too. */
const knownField =
  /^(?:from|to|cc|bcc|sender|subject|date|reply-to|message-id|in-reply-to|references|return-path|delivered-to|received|mime-version|precedence|auto-submitted|dkim-signature|authentication-results|(?:content|list|arc|thread|x)-[\w-]+)[ \t]*:/i
/** Enough of a line to tell what it is. */
const glance = 128

type Reading = { goodEnd: number; junkStart: number | null }

/**
 * Reads up to the empty line, to a delimiter or to the end of the mail, whichever comes first. Some senders forget the
 * empty line: what follows the last field and is no field is then the beginning of the body. Undefined: the block is
 * longer than `maxBytes`.
 */
export function readHeaderBlock(
  raw: Uint8Array,
  start: number,
  maxBytes: number,
  isDelimiter: (line: Line) => boolean,
): HeaderBlock | undefined {
  const reading: Reading = { goodEnd: start, junkStart: null }
  for (let at = start; at < raw.length;) {
    const line = lineAt(raw, at)
    if (line.end - start > maxBytes) return undefined
    if (line.end === line.start) return blockOf(start, reading, { end: line.start, bodyStart: line.next })
    if (isDelimiter(line)) return blockOf(start, reading, { end: line.start, bodyStart: line.start })
    takeLine(raw, line, reading)
    at = line.next
  }
  return blockOf(start, reading, { end: raw.length, bodyStart: raw.length })
}

function takeLine(raw: Uint8Array, line: Line, reading: Reading): void {
  const first = raw[line.start]
  const isContinuation = first === 0x20 || first === 0x09
  if (isContinuation) {
    if (reading.junkStart === null) reading.goodEnd = line.next
    return
  }
  const text = bytesAsText(raw, { start: line.start, end: Math.min(line.end, line.start + glance) })
  const isField = reading.junkStart === null ? anyField.test(text) : knownField.test(text)
  if (!isField) reading.junkStart ??= line.start
  else {
    reading.goodEnd = line.next
    reading.junkStart = null
  }
}

function blockOf(
  start: number,
  { goodEnd, junkStart }: Reading,
  found: { end: number; bodyStart: number },
): HeaderBlock {
  if (junkStart === null) return { header: { start, end: found.end }, bodyStart: found.bodyStart }
  return { header: { start, end: goodEnd }, bodyStart: goodEnd }
}

export type RawField = { name: string; value: string }

/** The fields of a block, unfolded, names in lower case; values byte for byte. */
export function fieldsOf(raw: Uint8Array, header: Span): RawField[] {
  const unfolded = bytesAsText(raw, header).replaceAll(/\r?\n(?=[ \t])/g, '')
  return unfolded.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':')
    if (colon < 1) return []
    return [{ name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() }]
  })
}

/** Of a repeated field the first holds, as for whoever looked at the mail before us. */
export function firstOf(fields: readonly RawField[], name: string): string {
  return fields.find((field) => field.name === name)?.value ?? ''
}
