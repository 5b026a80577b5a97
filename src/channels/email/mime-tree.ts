// Trust boundary: takes raw mail apart before anything else reads it. Linear in the size of the mail, without recursion,
// and nothing is decoded: a mail made to be expensive is refused here.
import { fieldsOf, firstOf, readHeaderBlock } from './header-block.ts'
import { bytesAsText, type Line, lineAt, type Span, withoutLastBreak } from './lines.ts'
import type { MailLimits, UnreadReason } from './mail.ts'
import { type StructuredValue, structuredValue, withoutComments } from './structured-value.ts'

export type MimePart = {
  type: string
  params: ReadonlyMap<string, string>
  /** Of the Content-Transfer-Encoding, the first word. */
  encoding: string
  disposition: StructuredValue
  header: Span
  body: Span
  parts: MimePart[]
}

/** `head`: the header of the mail, as far as the limits let it be read. */
export type MimeScan = { kind: 'tree'; head: Span; root: MimePart } | { kind: 'over'; head: Span; reason: UnreadReason }

const hyphen = 0x2d
const lineFeed = 0x0a
/** RFC 2046 allows 70 characters; what is longer than this is no delimiter of anybody's. */
const maxDelimiter = 256

/** The multiparts that are open, the outermost first, and what ends or divides them. */
type Walk = {
  raw: Uint8Array
  limits: MailLimits
  open: MimePart[]
  delimiters: Map<string, { depth: number; isLast: boolean }>
  headerBytes: number
  count: number
}

/** Finds the parts of a mail: what they are and where, within limits. */
export function scanMail(raw: Uint8Array, limits: MailLimits): MimeScan {
  const start = startOfMail(raw)
  const walk: Walk = { raw, limits, open: [], delimiters: new Map(), headerBytes: 0, count: 0 }
  const root = openPart(walk, start, 'text/plain')
  if (typeof root === 'string') {
    const cut = raw.subarray(0, start + limits.headerBytes).lastIndexOf(lineFeed) + 1
    return { kind: 'over', head: { start, end: Math.max(start, cut) }, reason: root }
  }
  const head = root.header
  if (raw.length > limits.bytes) return { kind: 'over', head, reason: 'size' }
  const reason = walkParts(walk, root.body.start)
  return reason === null ? { kind: 'tree', head, root } : { kind: 'over', head, reason }
}

/** Empty lines and a byte order mark before the header are a fault of some gateway, and no header was meant to be empty. */
function startOfMail(raw: Uint8Array): number {
  let at = raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? 3 : 0
  while (at < raw.length && (raw[at] === 0x0d || raw[at] === lineFeed)) at++
  const line = bytesAsText(raw, lineAt(raw, Math.min(at, raw.length)))
  return /^[A-Za-z][\w-]*:\s/.test(line) ? at : 0
}

/** Opens a part at its header; a reason when that goes over a limit. */
function openPart(walk: Walk, start: number, defaultType: string): MimePart | UnreadReason {
  const { raw, limits } = walk
  if (++walk.count > limits.parts) return 'parts'
  const left = limits.headerBytes - walk.headerBytes
  const block = readHeaderBlock(raw, start, left, (line) => delimiterAt(walk, line) !== undefined)
  if (block === undefined) return 'headers'
  walk.headerBytes += block.header.end - start
  const fields = fieldsOf(raw, block.header)
  const { value, params } = structuredValue(firstOf(fields, 'content-type'))
  const part: MimePart = {
    type: typeOf(value, defaultType),
    params,
    encoding: /[\w-]+/.exec(withoutComments(firstOf(fields, 'content-transfer-encoding')))?.[0].toLowerCase() ?? '',
    disposition: structuredValue(firstOf(fields, 'content-disposition')),
    header: block.header,
    body: { start: block.bodyStart, end: raw.length },
    parts: [],
  }
  if (!part.type.startsWith('multipart/') || (params.get('boundary') ?? '') === '') return part
  if (walk.open.length >= limits.depth) return 'depth'
  walk.open.push(part)
  collectDelimiters(walk)
  return part
}

/** RFC 2045 §5.2: a type that is none means text. */
function typeOf(value: string, defaultType: string): string {
  if (value === '') return defaultType
  const [type = ''] = value.split(/\s/, 1)
  return /^[^/]+\/[^/]+$/.test(type) ? type : 'text/plain'
}

function collectDelimiters(walk: Walk): void {
  walk.delimiters.clear()
  for (const [depth, part] of walk.open.entries()) {
    const boundary = `--${part.params.get('boundary')}`
    walk.delimiters.set(boundary, { depth, isLast: false })
    walk.delimiters.set(`${boundary}--`, { depth, isLast: true })
  }
}

function delimiterAt({ raw, delimiters }: Walk, line: Line) {
  if (raw[line.start] !== hyphen || raw[line.start + 1] !== hyphen || line.end - line.start > maxDelimiter)
    return undefined
  const text = bytesAsText(raw, line)
  return delimiters.get(text) ?? delimiters.get(text.trimEnd())
}

function walkParts(walk: Walk, start: number): UnreadReason | null {
  for (let at = start; walk.open.length > 0;) {
    const line = nextHyphens(walk.raw, at)
    if (line === undefined) return null
    at = line.next
    const delimiter = delimiterAt(walk, line)
    if (delimiter === undefined) continue
    const parent = walk.open[delimiter.depth]
    closeParts(walk, delimiter, line.start)
    if (delimiter.isLast || parent === undefined) continue
    const part = openPart(walk, at, parent.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain')
    if (typeof part === 'string') return part
    parent.parts.push(part)
    at = part.body.start
  }
  return null
}

/** The next line that begins with two hyphens. */
function nextHyphens(raw: Uint8Array, start: number): Line | undefined {
  for (let at = start; at < raw.length - 1; at++) {
    if (raw[at] !== hyphen || raw[at + 1] !== hyphen) continue
    if (at === 0 || raw[at - 1] === lineFeed) return lineAt(raw, at)
  }
  return undefined
}

/** Ends at a delimiter what was open inside its multipart, and the multipart itself at its last. */
function closeParts(walk: Walk, delimiter: { depth: number; isLast: boolean }, end: number): void {
  for (let part = walk.open[delimiter.depth]?.parts.at(-1); part !== undefined; part = part.parts.at(-1)) {
    if (part.body.end !== walk.raw.length) break
    part.body = withoutLastBreak(walk.raw, { start: Math.min(part.body.start, end), end })
  }
  const closed = walk.open.splice(delimiter.isLast ? delimiter.depth : delimiter.depth + 1)
  if (closed.length === 0) return
  const [outermost] = closed
  if (delimiter.isLast && outermost !== undefined) outermost.body.end = end
  collectDelimiters(walk)
}

/** The parts that hold something, in their order. A multipart without a single part is taken for the text it is. */
export function leavesOf(root: MimePart): MimePart[] {
  return root.parts.length === 0 ? [root] : root.parts.flatMap(leavesOf)
}
