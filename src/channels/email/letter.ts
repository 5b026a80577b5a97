import { address, displayName, messageIdHeader, referencesHeader, subjectValue } from '../../lib/mail-headers.ts'
import type { OutboundMail, OutboundMessage } from '../outbound.ts'
import { maxRecipients } from './limits.ts'
import { type Refusal, refusal } from './send-failure.ts'
import { textToHtml } from './text-html.ts'

/** A mail that may go out as it is, whoever takes it: each value has passed the validator of headers. */
export type Letter = {
  from: { address: string; name: string }
  to: string
  cc: string[]
  bcc: string[]
  replyTo: string | null
  subject: string
  text: string
  html: string
  /** As they stand in their headers: with brackets, the oldest first. */
  inReplyTo: string | null
  references: string | null
}

export type Made<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal }

export const refused = (code: string, title: string): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal: refusal('content', code, title),
})

/** What the validator of headers does not let through stops the mail. */
export function letterOf({ to, mail, content }: Pick<OutboundMessage, 'to' | 'mail' | 'content'>): Made<Letter> {
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
  const letter: Letter = {
    from: { address: from, name: displayName(mail.from.name) },
    to: recipient,
    cc,
    bcc,
    replyTo: address(mail.replyTo ?? ''),
    subject,
    ...bodiesOf(content, mail),
    inReplyTo: messageIdHeader(mail.inReplyTo ?? ''),
    references: referencesHeader(mail.references),
  }
  return { ok: true, value: letter }
}

function distinct(addresses: readonly (string | null)[]): string[] | undefined {
  const found = addresses.filter((one) => one !== null)
  return found.length === addresses.length ? [...new Set(found)] : undefined
}

/** RFC 3676 §4.3: two hyphens and a blank part the signature from the text. */
function bodiesOf(content: string, { signature }: OutboundMail): { text: string; html: string } {
  const text = signature.trim() === '' ? content : `${content}\n\n-- \n${signature.trim()}`
  const html = `<!doctype html><html><body>${textToHtml(text)}</body></html>`
  return { text, html }
}
