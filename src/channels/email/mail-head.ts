import PostalMime, { type Email, addressParser } from 'postal-mime'
import { headerAsUtf8 } from './charset.ts'
import { cleanLine } from './clean-line.ts'
import type { Span } from './lines.ts'
import type { MailHead, MailHeader, MailWarning } from './mail.ts'
import { addressesOf, firstAddress, isMisleading } from './mail-address.ts'
import { messageIdsIn, normaliseMessageId, readMessageId } from '../../lib/message-id.ts'
import { sentAtOf } from './sent-at.ts'

/** The head of a mail before its identity is known, which its body has a part in. */
export type ReadHead = Omit<MailHead, 'messageId' | 'hasOwnMessageId' | 'fingerprint'> & {
  ownMessageId: string | null
  /** What stood in the Date header, for telling mails apart even where it is no date. */
  date: string
}

const maxSubject = 998
const maxValue = 16_384

/** Reads the header of a mail, which the caller has found and bounded. */
export async function readHead(raw: Uint8Array, { start, end }: Span): Promise<ReadHead> {
  const email = await parseHeader(raw.subarray(start, end))
  const headers = email.headers.map(({ key, value }) => ({
    name: cleanLine(key, 256),
    value: cleanLine(value, maxValue),
  }))
  const from = firstAddress(email.from)
  const date = valueOf(headers, 'date') ?? ''
  return {
    ownMessageId: ownIdOf(email.messageId),
    from,
    sender: firstAddress(email.sender),
    replyTo: addressesOf(email.replyTo),
    to: addressesOf(email.to),
    cc: addressesOf(email.cc),
    subject: cleanLine(email.subject ?? '', maxSubject),
    sentAt: sentAtOf(date),
    date,
    inReplyTo: messageIdsIn(valuesOf(headers, 'in-reply-to').join(' ')),
    references: messageIdsIn(valuesOf(headers, 'references').join(' ')),
    headers,
    warnings: warningsOf(headers, from),
  }
}

/**
 * The parser gets header fields and never a body: it is very good at the first, while a body of one megabyte can be made
 * to cost it minutes (its conversion of unclosed tags is quadratic).
 */
function parseHeader(block: Uint8Array): Promise<Email> {
  const header = headerAsUtf8(block)
  const mail = new Uint8Array(header.length + 2)
  mail.set(header)
  mail.set([0x0a, 0x0a], header.length)
  return PostalMime.parse(mail, { forceRfc822Attachments: true })
}

/** What a part's own header says of the file that it is. */
export async function readPartHead(block: Uint8Array): Promise<{ filename: string | null; contentId: string | null }> {
  const [part] = (await parseHeader(block)).attachments
  const contentId = normaliseMessageId(part?.contentId ?? '')
  return { filename: part?.filename ?? null, contentId }
}

function ownIdOf(header: string | undefined): string | null {
  if (header === undefined) return null
  return readMessageId(/<([^<>]+)>/.exec(header)?.[1] ?? header.trim().split(/\s/, 1)[0] ?? '')
}

export function valuesOf(headers: readonly MailHeader[], name: string): string[] {
  return headers.filter((header) => header.name === name).map(({ value }) => value)
}

export function valueOf(headers: readonly MailHeader[], name: string): string | undefined {
  return headers.find((header) => header.name === name)?.value
}

function warningsOf(headers: readonly MailHeader[], from: ReadHead['from']): MailWarning[] {
  const senders = valuesOf(headers, 'from')
  const warnings: MailWarning[] = []
  if (from === null) warnings.push('no_sender')
  if (senders.length > 1 || countAddresses(senders[0]) > 1) warnings.push('several_senders')
  if (from !== null && isMisleading(from)) warnings.push('misleading_name')
  return warnings
}

function countAddresses(value: string | undefined): number {
  const list = value === undefined ? [] : addressParser(value)
  return addressesOf(list).length
}
