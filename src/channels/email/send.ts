import { problemOf } from '../limits.ts'
import type { OutboundFile, OutboundMail, OutboundMessage, PlatformIo, RelayMail, SendOutcome } from '../outbound.ts'
import { loopHeader } from './automation.ts'
import { limits, maxMailBytes, maxRecipients } from './limits.ts'
import { address, displayName, messageIdHeader, referencesHeader, subjectValue } from './outgoing-headers.ts'
import { normaliseMessageId } from './message-id.ts'
import { outcomeOf, refusal } from './send-failure.ts'
import { textToHtml } from './text-html.ts'

type Letter = Omit<RelayMail, 'attachments'>
type Attachment = RelayMail['attachments'][number]

/**
 * "Send emails" of the Email Service's Workers API. The relay gives the mail its Message-ID, which is what answers name:
 * it becomes the message's external id.
 */
export async function send(
  message: OutboundMessage,
  io: PlatformIo,
  aboutToSend: () => Promise<void>,
): Promise<SendOutcome> {
  const problem = problemOf(message, limits)
  if (problem !== null) return { kind: 'rejected', ...problem }
  if (io.mail === undefined) return refusal('permission', 'mail.no_relay', 'This inbox is not set up for sending mail')
  const letter = letterOf(message)
  if (!letter.ok) return letter.refusal
  const files = await filesOf(message.attachments)
  if (!files.ok) return files.refusal
  if (sizeOf(letter.value, files.value) > maxMailBytes) {
    return refusal('content', 'attachment.too_large', 'The mail with its files is too large')
  }
  await aboutToSend()
  try {
    const { messageId } = await io.mail.send({ ...letter.value, attachments: files.value })
    const externalId = normaliseMessageId(messageId)
    return externalId === null ? { kind: 'unknown', reason: 'answer.without_id' } : { kind: 'sent', externalId }
  } catch (error) {
    return outcomeOf(error)
  }
}

type Made<Value> = { ok: true; value: Value } | { ok: false; refusal: SendOutcome }

const refused = (code: string, title: string): { ok: false; refusal: SendOutcome } => ({
  ok: false,
  refusal: refusal('content', code, title),
})

/** Every value passes the validator of headers; what it does not let through stops the mail. */
function letterOf({ to, mail, content }: OutboundMessage): Made<Letter> {
  if (mail === undefined) return refused('mail.incomplete', 'The mail lacks its sender')
  const recipient = address(to.find(({ kind }) => kind === 'address')?.value ?? '')
  if (recipient === null) {
    return { ok: false, refusal: refusal('recipient', 'recipient.unknown', 'This address cannot be written to') }
  }
  const from = address(mail.from.address)
  if (from === null) return refused('mail.bad_sender', 'This mailbox has no address that mail can come from')
  const subject = subjectValue(mail.subject)
  if (subject === null) return refused('mail.bad_subject', 'This subject cannot be sent')
  const [cc, bcc] = [mail.cc.map(address), mail.bcc.map(address)].map(distinct)
  if (cc === undefined || bcc === undefined)
    return refused('mail.bad_address', 'One of the addresses cannot be written to')
  if (1 + cc.length + bcc.length > maxRecipients) return refused('mail.too_many_recipients', 'Too many recipients')
  const replyTo = address(mail.replyTo ?? '')
  const name = displayName(mail.from.name)
  const letter: Letter = {
    from: name === '' ? from : { email: from, name },
    to: recipient,
    ...(cc.length > 0 && { cc }),
    ...(bcc.length > 0 && { bcc }),
    ...(replyTo !== null && { replyTo }),
    subject,
    ...bodiesOf(content, mail.signature),
    headers: headersOf(mail),
  }
  return { ok: true, value: letter }
}

function distinct(addresses: readonly (string | null)[]): string[] | undefined {
  const found = addresses.filter((one) => one !== null)
  return found.length === addresses.length ? [...new Set(found)] : undefined
}

/** The loop header lets whoever gets the mail know that it has been through here, and us, should it come back. */
function headersOf({ inReplyTo, references }: OutboundMail): Record<string, string> {
  const answered = messageIdHeader(inReplyTo ?? '')
  const thread = referencesHeader(references)
  return {
    [loopHeader]: '1',
    ...(answered !== null && { 'In-Reply-To': answered }),
    ...(thread !== null && { References: thread }),
  }
}

/** RFC 3676 §4.3: two hyphens and a blank part the signature from the text. */
function bodiesOf(content: string, signature: string): { text: string; html: string } {
  const text = signature.trim() === '' ? content : `${content}\n\n-- \n${signature.trim()}`
  const html = `<!doctype html><html><body>${textToHtml(text)}</body></html>`
  return { text, html }
}

async function filesOf(attachments: readonly OutboundFile[]): Promise<Made<Attachment[]>> {
  const files: Attachment[] = []
  for (const { open, filename, mimeType } of attachments) {
    const bytes = await read(open)
    if (bytes === 'unreadable') {
      const error = {
        code: 'file.unreadable',
        title: 'The file could not be read',
        details: null,
        kind: 'unreachable',
      } as const
      // Nothing was sent yet, so the storage may simply be asked again.
      return { ok: false, refusal: { kind: 'rejected', error, retryAfterMs: 30_000 } }
    }
    if (bytes === null) return refused('file.gone', 'The file is no longer stored')
    files.push({ disposition: 'attachment', filename: fileNameOf(filename), type: typeOf(mimeType), content: bytes })
  }
  return { ok: true, value: files }
}

async function read(open: OutboundFile['open']): Promise<ArrayBuffer | null | 'unreadable'> {
  try {
    const stream = await open()
    return stream === null ? null : await new Response(stream).arrayBuffer()
  } catch {
    return 'unreadable'
  }
}

/** It becomes a parameter of a header as well. */
function fileNameOf(name: string): string {
  return displayName(name).replaceAll(/[/]/g, '_') || 'file'
}

function typeOf(mimeType: string): string {
  const [type = ''] = mimeType.split(';')
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type.trim()) ? type.trim().toLowerCase() : 'application/octet-stream'
}

/** As it goes out at most: text in its longest encoding, files in base64. */
function sizeOf({ text, html }: Letter, files: readonly Attachment[]): number {
  const texts = [text, html].reduce((sum, one) => sum + new TextEncoder().encode(one).byteLength * 1.4, 0)
  const headerBytes = 24 * 1024
  return files.reduce((sum, { content }) => sum + content.byteLength * 1.4 + 1024, texts + headerBytes)
}
