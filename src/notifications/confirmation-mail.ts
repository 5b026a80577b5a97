import { loopHeader } from '../channels/email/automation.ts'
import { cleanLine } from '../channels/email/clean-line.ts'
import { escapeHtml } from '../channels/email/text-html.ts'
import type { DigestMail } from './digest-mail.ts'
import type { DigestLanguage } from './digest-words.ts'

type Words = { subject: string; asks: string; button: string; ignore: string }

const words: Readonly<Record<DigestLanguage, Words>> = {
  en: {
    subject: 'Confirm this address for summaries of {name}',
    asks: 'Somebody has asked for e-mail summaries of unread notifications in {name} to be sent to this address.',
    button: 'Confirm the address',
    ignore: 'If it was not you, do nothing: no summary will come. The link is good for three days.',
  },
  uk: {
    subject: 'Підтвердьте цю адресу для зведень {name}',
    asks: 'На цю адресу просять надсилати зведення непрочитаних сповіщень {name}.',
    button: 'Підтвердити адресу',
    ignore: 'Якщо це були не ви, нічого не робіть: зведення не надходитимуть. Посилання чинне три дні.',
  },
}

/** Asks the owner of an address whether they want digests there. */
export function confirmationMail(language: DigestLanguage, tenantName: string, url: string): DigestMail {
  const name = cleanLine(tenantName, 60)
  const of = words[language]
  const [subject, asks] = [of.subject, of.asks].map((text) => text.replaceAll('{name}', () => name))
  const link = escapeHtml(url).replaceAll('"', '&quot;')
  return {
    subject: subject ?? '',
    text: [asks, `${of.button}: ${url}`, of.ignore].join('\n\n'),
    html: [
      `<!doctype html><html lang="${language}"><body><p>${escapeHtml(asks ?? '')}</p>`,
      `<p><a href="${link}">${escapeHtml(of.button)}</a></p><p>${escapeHtml(of.ignore)}</p></body></html>`,
    ].join(''),
    headers: { 'Auto-Submitted': 'auto-generated', [loopHeader]: '1' },
  }
}
