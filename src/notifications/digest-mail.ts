import { loopHeader } from '../channels/email/automation.ts'
import { escapeHtml } from '../channels/email/text-html.ts'
import { cleanLine } from '../channels/email/clean-line.ts'
import type { Notification } from '../protocol/notifications.ts'
import { type DigestLine, type LineOptions, digestLines } from './digest-lines.ts'
import { digestWords, withNumber } from './digest-words.ts'

/** More lines nobody reads; the rest is a number. */
const maxLines = 30
const maxTenantName = 60

export type DigestMail = { subject: string; text: string; html: string; headers: Record<string, string> }

/**
 * `inboxUrl`: of the page, without a slash at the end. `stopUrl`: where one click, or one POST of a mail program, ends
 * these mails (RFC 8058); both https.
 */
export type DigestOptions = LineOptions & { tenantName: string; inboxUrl: string; stopUrl: string }

/** A summary of what is unread, newest first. Null when there is nothing to say. */
export function digestMail(notifications: readonly Notification[], options: DigestOptions): DigestMail | null {
  if (notifications.length === 0) return null
  const { language, stopUrl } = options
  const lines = digestLines(notifications, options)
  const tenant = cleanLine(options.tenantName, maxTenantName)
  const subject = withNumber(language, digestWords(language).subject, notifications.length, tenant)
  const shown = lines.slice(0, maxLines)
  const left = lines.length - shown.length
  return {
    subject,
    text: textOf(shown, left, options),
    html: htmlOf(shown, left, options),
    headers: {
      // So that no machine answers, and ours, should the mail come back to one of our mailboxes, tells nobody of it.
      'Auto-Submitted': 'auto-generated',
      [loopHeader]: '1',
      'List-Unsubscribe': `<${stopUrl}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  }
}

function textOf(lines: readonly DigestLine[], left: number, { language, inboxUrl, stopUrl }: DigestOptions): string {
  const words = digestWords(language)
  const listed = lines.map((line) => {
    const quoted = line.quote === null ? '' : `\n  > ${line.quote}`
    return `- ${sentenceOf(line)}${quoted}${line.path === null ? '' : `\n  ${inboxUrl}${line.path}`}`
  })
  const rest = left > 0 ? [withNumber(language, words.more, left)] : []
  const end = `${words.open}: ${inboxUrl}\n\n${words.settings}\n${words.stop}: ${stopUrl}`
  return [words.intro, ...listed, ...rest, end].join('\n\n')
}

function sentenceOf({ name, place, what }: DigestLine): string {
  const who = place === '' ? name : `${name} (${place})`
  if (who === '') return what
  return what === '' ? who : `${who}: ${what}`
}

function htmlOf(lines: readonly DigestLine[], left: number, { language, inboxUrl, stopUrl }: DigestOptions): string {
  const words = digestWords(language)
  const listed = lines.map((line) => {
    const sentence = escapeHtml(sentenceOf(line))
    const linked = line.path === null ? sentence : `<a href="${attribute(inboxUrl + line.path)}">${sentence}</a>`
    return `<li>${linked}${line.quote === null ? '' : `<br /><i>${escapeHtml(line.quote)}</i>`}</li>`
  })
  const rest = left > 0 ? `<p>${escapeHtml(withNumber(language, words.more, left))}</p>` : ''
  return [
    `<!doctype html><html lang="${language}"><body>`,
    `<p>${escapeHtml(words.intro)}</p><ul>${listed.join('')}</ul>${rest}`,
    `<p><a href="${attribute(inboxUrl)}">${escapeHtml(words.open)}</a></p>`,
    `<p>${escapeHtml(words.settings)} <a href="${attribute(stopUrl)}">${escapeHtml(words.stop)}</a></p>`,
    '</body></html>',
  ].join('')
}

/** In quotation marks, which `escapeHtml` leaves alone. */
function attribute(text: string): string {
  return escapeHtml(text).replaceAll('"', '&quot;')
}
