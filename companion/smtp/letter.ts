// Trust boundary, outwards: whatever becomes part of a header of a mail passes the one validator here, whoever wrote it.
import type { Command } from '../../src/protocol/companion.ts'
import { address, displayName, messageIdHeader, referencesHeader, subjectValue } from '../../src/lib/mail-headers.ts'
import { cleanText } from '../../src/lib/text.ts'
import type { MessageError } from '../../src/protocol/message.ts'

/** Both go out with every mail: that it has been through here, and as what, should its Message-ID be replaced. */
export const loopHeader = 'X-Edge-Inbox-Loop'
export const ownIdHeader = 'X-Edge-Inbox-Reference'

/** A mail that may go out: every value is fit for where it will stand. */
export type Letter = {
  from: { address: string; name: string }
  to: string
  cc: readonly string[]
  bcc: readonly string[]
  replyTo: string | null
  subject: string
  /** With brackets, as the headers have them. */
  messageId: string
  inReplyTo: string | null
  references: string | null
  text: string
  html: string
  files: readonly { filename: string; mimeType: string; url: string }[]
}
export type LetterResult = { ok: true; letter: Letter } | { ok: false; error: MessageError }

/** To, Cc and Bcc together. */
const maxRecipients = 100

const refused = (code: string, title: string, kind: MessageError['kind'] = 'content'): LetterResult => {
  return { ok: false, error: { code, title, details: null, kind } }
}

/** `mailbox`: the address of the account, or `*@domain` for all of a domain. A mail comes from nowhere else. */
export function letterOf({ mail, attachments }: Command, mailbox: string): LetterResult {
  if (mail === null) return refused('mail.incomplete', 'The mail lacks its sender')
  const from = address(mail.from.address)
  if (from === null || !isOwnAddress(from, mailbox)) {
    return refused('mail.bad_sender', 'This mailbox has no address that mail can come from', 'permission')
  }
  const to = address(mail.to)
  if (to === null) return refused('recipient.unknown', 'This address cannot be written to', 'recipient')
  const [cc, bcc] = [distinct(mail.cc), distinct(mail.bcc)]
  if (cc === null || bcc === null) return refused('mail.bad_address', 'One of the addresses cannot be written to')
  if (1 + cc.length + bcc.length > maxRecipients) return refused('mail.too_many_recipients', 'Too many recipients')
  const subject = subjectValue(mail.subject)
  if (subject === null) return refused('mail.bad_subject', 'This subject cannot be sent')
  const messageId = messageIdHeader(mail.message_id)
  if (messageId === null) return refused('mail.bad_id', 'This mail has no id that can be sent')
  const letter: Letter = {
    from: { address: from, name: displayName(mail.from.name) },
    ...{ to, cc, bcc, subject, messageId },
    replyTo: mail.reply_to === null ? null : address(mail.reply_to),
    inReplyTo: messageIdHeader(mail.in_reply_to ?? ''),
    references: referencesHeader(mail.references),
    text: cleanText(mail.text),
    html: cleanText(mail.html),
    files: attachments.map(({ filename, mime_type, url }) => ({
      filename: fileName(filename),
      mimeType: mimeType(mime_type),
      url,
    })),
  }
  return { ok: true, letter }
}

function isOwnAddress(from: string, mailbox: string): boolean {
  const [own, given] = [mailbox.toLowerCase(), from.toLowerCase()]
  return own.startsWith('*@') ? given.endsWith(own.slice(1)) : given === own
}

function distinct(addresses: readonly string[]): string[] | null {
  const found = addresses.map(address).filter((one) => one !== null)
  return found.length === addresses.length ? [...new Set(found)] : null
}

/** It becomes a parameter of a header as well. */
function fileName(name: string): string {
  return displayName(name).replaceAll('/', '_') || 'file'
}

function mimeType(given: string): string {
  const [type = ''] = given.split(';')
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type.trim()) ? type.trim().toLowerCase() : 'application/octet-stream'
}
