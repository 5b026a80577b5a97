import { visibleText } from '../channels/email/answer-text.ts'
import type { ShowingPlace } from '../channels/email/image-address.ts'
import type { Mail } from '../channels/email/mail.ts'
import { sanitizeMailHtml } from '../channels/email/sanitize-html.ts'
import { cleanText } from '../lib/text.ts'

/** Longest text of a message, in bytes of UTF-8. */
const maxContent = 64 * 1024

/** What a mail says, in each form that is kept. `overflow`: the whole text where `content` is only its beginning. */
export type MailText = {
  content: string
  overflow: Uint8Array | null
  fullText: string | null
  /** Cleaned. */
  html: string | null
  blockedImages: number
  /** Content ids of what the HTML shows. */
  inlineIds: readonly string[]
}

/** A mail that could not be taken apart is shown by its subject; so is one that says nothing. */
export function textOf(mail: Mail, place: ShowingPlace): MailText {
  const none = { overflow: null, fullText: null, html: null, blockedImages: 0, inlineIds: [] }
  if (mail.kind !== 'parsed') return { ...none, content: mail.subject }
  const visible = visibleText(mail.text, mail.subject)
  const content = beginningOf(visible)
  const isCut = content.length < visible.length
  const cleaned = mail.html === null ? null : sanitizeMailHtml(mail.html, contentIdsOf(mail), place)
  return {
    content: content.trim() === '' ? mail.subject : content,
    overflow: isCut ? new TextEncoder().encode(mail.text) : null,
    fullText: isCut || mail.text.trim() === visible.trim() ? null : mail.text,
    html: cleaned?.html ?? null,
    blockedImages: cleaned?.blockedImages ?? 0,
    inlineIds: cleaned?.inlineIds ?? [],
  }
}

function contentIdsOf({ attachments }: Extract<Mail, { kind: 'parsed' }>): string[] {
  return attachments.flatMap(({ contentId }) => contentId ?? [])
}

/** As much as fits, cut between two characters. */
function beginningOf(text: string): string {
  if (text.length * 3 <= maxContent) return text
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= maxContent) return text
  // A character that was cut in two becomes a replacement character, or several.
  return cleanText(new TextDecoder().decode(bytes.subarray(0, maxContent)).replace(/\uFFFD+$/, ''))
}
