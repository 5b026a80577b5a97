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
  const marks = attachments.map(({ filename, bytes }) => `${filename}:${bytes.length}`)
  return { kind: 'parsed', ...identify(head.fields, [body.text, ...marks].join('\n')), ...body, attachments }
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
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(raw.subarray(bodyStart)))
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { ...identify(fields, hex), kind, reason }
}
