import { addrSpec } from '../../lib/addr-spec.ts'
import { cleanLine } from './clean-line.ts'
import type { BouncedDelivery } from './bounce.ts'
import type { ParsedMail } from './mail.ts'
import { valueOf } from './mail-head.ts'

/** Bounces in the servers' own words: Exim, qmail, Postfix, Sendmail, Exchange, Gmail and those that imitate them. */
const postmasters =
  /^(?:mailer[-_]?daemon|postmaster|mail[-_]?daemon|mail-delivery|bounces?|no-?reply-dsn)(?:[+@.-]|$)/i
const names = /mail delivery (?:sub)?system|mailer-daemon|microsoft outlook|postmaster|mail administrator/i
const subjects =
  /undeliver(?:ed|able)|delivery (?:status )?(?:notification|failure|failed|report)|(?:mail|message) delivery (?:failed|failure)|failure notice|returned mail|mail (?:system )?error|not delivered|could ?n.t be delivered|delivery incomplete|delayed|unzustellbar|non remis|não entregue|no se ha podido entregar|nie można dostarczyć|не доставлен|недоставлен|не удалось доставить|не вдалося доставити/i
const phrases =
  /this is the qmail-send program|message that you sent could not be delivered|could not be delivered to one or more|permanent fatal errors|delivery has failed to these recipients|was(?:n't| not) delivered to|address (?:not found|couldn.t be found)|permanent error|the following address(?:es)? failed|i wasn't able to deliver your message|message has been delayed|не было доставлено|не було доставлено/i
const delays =
  /\(delay\)|delayed|warning: (?:message|could not send)|delivery incomplete|will (?:be )?retr(?:y|ied)|temporary problem/i

const maxText = 20_000
const maxDiagnostic = 1024

/**
 * Whether a mail without a report in it is one all the same: it comes from a mail system, and it speaks like one. One of
 * the two is not enough, as people write about undelivered mail, and mail systems write about other things.
 */
export function looksLikeBounce(mail: ParsedMail): boolean {
  if (/multipart\/report/i.test(valueOf(mail.headers, 'content-type') ?? '')) return isReportOfDelivery(mail)
  const from = mail.from ?? { name: '', address: '' }
  const returnPath = valueOf(mail.headers, 'return-path')
  const isSystem =
    postmasters.test(from.address) || names.test(from.name) || returnPath === '<>' || mail.from?.address === ''
  const speaks = subjects.test(mail.subject) || phrases.test(mail.text.slice(0, maxText))
  return valueOf(mail.headers, 'x-failed-recipients') !== undefined || (isSystem && speaks)
}

function isReportOfDelivery(mail: ParsedMail): boolean {
  return /report-type\s*=\s*"?(?:global-)?delivery-status/i.test(valueOf(mail.headers, 'content-type') ?? '')
}

/** What can be told from the text of a bounce. */
export function informalBounce(mail: ParsedMail): BouncedDelivery {
  const text = mail.text.slice(0, maxText)
  const recipient = failedRecipient(mail, text)
  const diagnostic = diagnosticOf(text)
  const isDelay = delays.test(mail.subject) || (diagnostic === null && delays.test(text))
  const status = /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(diagnostic ?? text)?.[0] ?? null
  const action = isDelay ? 'delayed' : 'failed'
  return { status, action, recipient, isPermanent: action === 'failed', diagnostic }
}

function failedRecipient(mail: ParsedMail, text: string): string | null {
  const named = valueOf(mail.headers, 'x-failed-recipients')?.split(',')[0]
  // The address stands first in its line: bare in Exim, in brackets in qmail and Postfix, after a name in Exchange.
  const lines = [...text.matchAll(/^[ \t*-]*(?:[^\n<(@]{0,80}[ (])?<?([^\s<>()@,;:"]+@[^\s<>()@,;:"]+)>?\)?/gm)]
  const own = mail.from?.address.toLowerCase()
  return (
    [named, ...lines.map(([, address]) => address)]
      .map((address) => addrSpec((address ?? '').trim().replace(/\.$/, '')))
      .find((address) => address !== null && address.toLowerCase() !== own) ?? null
  )
}

/** The line in which a server says its three digits, or its enhanced code. */
function diagnosticOf(text: string): string | null {
  const line =
    /^.*(?:\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|\bsaid: ?[45]\d\d\b|\b[45]\d\d[ -](?=\S)|\b[45]\.\d\.\d{1,3}\b).*$/m.exec(
      text,
    )?.[0]
  return line === undefined ? null : cleanLine(line, maxDiagnostic)
}
