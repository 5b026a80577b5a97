import type { Authentication } from '../channels/email/authentication.ts'
import type { MailOrigin } from '../channels/email/automation.ts'
import type { ThreadWarning } from '../channels/email/choose-thread.ts'
import type { Mail, MailAddress } from '../channels/email/mail.ts'

/** People in one header; whoever wants them all has the raw mail. */
const maxPeople = 50
const maxReferences = 20
/** Details go to every reader with their message, so they stay far below what ingest lets through, in UTF-16 units of JSON. */
const maxDetails = 48 * 1024

export type MailNotes = {
  origin: MailOrigin
  auth: Authentication
  mailbox: string
  /** Whom answers go to, where that is not the sender. */
  answerTo: MailAddress | null
  warning: ThreadWarning | undefined
  hasHtml: boolean
  blockedImages: number
  /** Positions among the attachments of what the HTML shows. */
  inline: readonly { contentId: string; position: number }[]
  /** Quotations and signature included; null where the message says it all. */
  fullText: string | null
}

/** What a reader may want to know of a mail besides its text, in the form in which it goes out. */
export function detailsOf(mail: Mail, notes: MailNotes): Record<string, unknown> {
  const { origin, warning } = notes
  const warnings = [...mail.warnings, ...(warning === undefined ? [] : [warning])]
  const details = {
    subject: mail.subject,
    from: personOf(mail.from),
    to: mail.to.slice(0, maxPeople).map(personOf),
    ...(mail.cc.length > 0 && { cc: mail.cc.slice(0, maxPeople).map(personOf) }),
    ...(mail.replyTo.length > 0 && { reply_to: mail.replyTo.slice(0, maxPeople).map(personOf) }),
    ...(notes.answerTo !== null && { answer_to: personOf(notes.answerTo) }),
    mailbox: notes.mailbox,
    message_id: mail.messageId,
    ...(mail.references.length > 0 && { references: nearest(mail.references) }),
    ...(mail.sentAt > 0 && { sent_at: new Date(mail.sentAt).toISOString() }),
    auth: { spf: notes.auth.spf, dkim: notes.auth.dkim, dmarc: notes.auth.dmarc },
    ...(origin.kind !== 'human' && { automated: origin.kind }),
    ...(origin.kind === 'bounce' && { bounce: bounceNotes(origin) }),
    ...(warnings.length > 0 && { warnings }),
    ...(mail.kind !== 'parsed' && { unread: mail.reason }),
    has_html: notes.hasHtml,
    ...(notes.blockedImages > 0 && { blocked_images: notes.blockedImages }),
    ...(notes.inline.length > 0 && {
      inline: notes.inline.map(({ contentId, position }) => ({ content_id: contentId, position })),
    }),
  }
  return withFullText(details, notes.fullText)
}

/** A text that does not fit is in the raw mail, and in a file of its own where its message was cut. */
function withFullText(details: Record<string, unknown>, fullText: string | null): Record<string, unknown> {
  if (fullText === null) return details
  const whole = { ...details, full_text: fullText }
  return JSON.stringify(whole).length > maxDetails ? { ...details, full_text_left_out: true } : whole
}

/** The first one names the thread, the last ones what is answered. */
function nearest(references: readonly string[]): string[] {
  if (references.length <= maxReferences) return [...references]
  return [...references.slice(0, 1), ...references.slice(1 - maxReferences)]
}

function personOf(person: MailAddress | null): { address: string; name: string } | null {
  return person === null ? null : { address: person.address, name: person.name }
}

function bounceNotes({ bounce }: Extract<MailOrigin, { kind: 'bounce' }>): Record<string, unknown> {
  const { status, action, recipient, diagnostic } = bounce
  return { status, action, recipient, diagnostic }
}
