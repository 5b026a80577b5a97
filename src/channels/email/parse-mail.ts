// Trust boundary: a mail is written by strangers, header, structure and body. Nothing in here throws, and nothing costs
// more than in proportion to the size of the mail.
import { contentIdsIn } from './content-id.ts'
import { bodyOf, isShown, type ShownPart } from './mail-body.ts'
import { filenameOf } from './filename.ts'
import { identify } from './identity.ts'
import type { Mail, MailAttachment, MailLimits, UnreadReason } from './mail.ts'
import { type ReadHead, readHead, readPartHead } from './mail-head.ts'
import { leavesOf, type MimePart, scanMail } from './mime-tree.ts'
import { decodeTransfer } from './transfer-encoding.ts'

const carriageReturn = 0x0d

/**
 * Takes a raw mail apart. Never throws: what goes over a limit, and what even the most patient reading cannot take, comes
 * back with as much of its header as could be read, so that a message can be shown with the raw mail to download.
 */
export async function parseMail(raw: Uint8Array, limits: MailLimits): Promise<Mail> {
  const scan = scanMail(raw, limits)
  const head = await tryReadHead(raw, scan.head)
  if (scan.kind === 'over') return unread(raw, head, 'oversized', scan.reason)
  try {
    return await parseParts(raw, head, { root: scan.root, limits })
  } catch {
    // A fault of ours or of the header parser. The raw mail is there to show it by.
    return unread(raw, head, 'broken', 'parser')
  }
}

type Scanned = { root: MimePart; limits: MailLimits }

async function parseParts(raw: Uint8Array, head: FoundHead, { root, limits }: Scanned): Promise<Mail> {
  const leaves = leavesOf(root)
  const shown: ShownPart[] = []
  let textBytes = 0
  for (const part of leaves.filter(isShown)) {
    const bytes = bytesOf(raw, part)
    textBytes += bytes.length
    if (textBytes > limits.textBytes) return unread(raw, head, 'oversized', 'text')
    shown.push({ part, bytes })
  }
  const body = bodyOf(root, shown)
  const files = leaves.filter((part) => !isShown(part))
  const attachments = await Promise.all(files.map((part, position) => attachmentOf(raw, part, position)))
  const inlineIds = contentIdsIn(body.html ?? '')
  for (const attachment of attachments) attachment.isInline = inlineIds.has(attachment.contentId ?? '')
  const marks: string[] = []
  // One after the other: each takes a copy, and the mail may be all that memory has room for.
  for (const [at, { filename, bytes }] of attachments.entries()) {
    marks.push(`${filename}:${await sha256Of(withoutReturns(bytes, files[at]?.encoding))}`)
  }
  return { kind: 'parsed', ...identify(head.fields, [body.text, ...marks].join('\n')), ...body, attachments }
}

/** A file that was sent as text has the line breaks that the last relay or mailbox gave it. */
function withoutReturns(bytes: Uint8Array, encoding: string | undefined): Uint8Array<ArrayBuffer> {
  if (encoding === 'base64') return new Uint8Array(bytes)
  // Not `filter`, which keeps a list of all that it has seen.
  const kept = new Uint8Array(bytes.length)
  let length = 0
  for (const byte of bytes) if (byte !== carriageReturn) kept[length++] = byte
  return kept.subarray(0, length)
}

function bytesOf(raw: Uint8Array, { body, encoding, type }: MimePart): Uint8Array {
  const bytes = raw.subarray(body.start, body.end)
  // A multipart without parts is shown as it stands; its encoding, if it names one, is not that of its text.
  return type.startsWith('multipart/') ? bytes : decodeTransfer(bytes, encoding)
}

async function attachmentOf(raw: Uint8Array, part: MimePart, position: number): Promise<MailAttachment> {
  const { filename, contentId } = await readPartHead(raw.subarray(part.header.start, part.header.end))
  return {
    filename: filenameOf(filename, part.type, position),
    mimeType: part.type,
    contentId,
    isInline: false,
    bytes: bytesOf(raw, part),
  }
}

type FoundHead = { fields: ReadHead; bodyStart: number }

const noHead: ReadHead = {
  ...{ ownMessageId: null, date: '', from: null, sender: null, subject: '', sentAt: 0 },
  ...{ replyTo: [], to: [], cc: [], inReplyTo: [], references: [], headers: [], warnings: ['no_sender'] },
}

async function tryReadHead(raw: Uint8Array, span: { start: number; end: number }): Promise<FoundHead> {
  try {
    return { fields: await readHead(raw, span), bodyStart: span.end }
  } catch {
    return { fields: noHead, bodyStart: 0 }
  }
}

async function unread(
  raw: Uint8Array,
  { fields, bodyStart }: FoundHead,
  kind: 'oversized' | 'broken',
  reason: UnreadReason,
): Promise<Mail> {
  return { ...identify(fields, await sha256Of(new Uint8Array(raw.subarray(bodyStart)))), kind, reason }
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
