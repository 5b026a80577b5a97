import { addrSpec, addressKey } from '../../lib/addr-spec.ts'
import { classify, hasAny, isAnsweringMachine } from './automation.ts'
import type { Mail, MailAddress } from './mail.ts'
import { isMisleading } from './mail-address.ts'
import { valuesOf } from './mail-head.ts'
import { domainOf, generated, isForm, isFromNobody, isOwnList, listNames, mass } from './needs-reading.ts'

/** Programs that web sites send their forms with, which do not always say that a mail is generated. */
const siteMailers: ReadonlyMap<string, RegExp> = new Map([
  ['x-mailer', /^\s*(?:php|wordpress|drupal|joomla)/i],
  ['x-php-originating-script', /^/],
])
const siteAccount = /^(?:wordpress|www(?:-data)?|website|(?:web|contact)?-?forms?)@/i

/**
 * Whom a mail that speaks for somebody else asks to answer; null for mail that speaks for its sender, as people's does.
 * A form on a web site, and a list of ours that puts its own address into From, have the customer in Reply-To alone. Only
 * where that is one plain address: of anything else nobody knows who would get the answer.
 */
export function askedRecipient(mail: Mail, mailbox: string): MailAddress | null {
  const [asked, ...others] = mail.replyTo
  if (asked === undefined || others.length > 0 || valuesOf(mail.headers, 'reply-to').length > 1) return null
  const address = addrSpec(asked.address)
  if (address === null || isMisleading(asked) || addressKey(address) === addressKey(mail.from?.address ?? ''))
    return null
  return speaksForAnother(mail, mailbox) && !isList(mail, address) ? { name: asked.name, address } : null
}

function speaksForAnother(mail: Mail, mailbox: string): boolean {
  const { kind } = classify(mail)
  if (kind === 'bounce' || kind === 'complaint' || isAnsweringMachine(mail)) return false
  if (isOwnList(mail.headers, mailbox)) return isRewritten(mail, mailbox)
  return isForm(mail) && !hasAny(mail.headers, mass) && isFromSite(mail, mailbox)
}

/** A list may leave From as it was: then whoever wrote is in it. */
function isRewritten({ from }: Mail, mailbox: string): boolean {
  return `.${domainOf(from?.address ?? '')}`.endsWith(`.${domainOf(mailbox)}`)
}

/** People, too, may want their answers elsewhere. They stay who they are; only what a program sent is a form. */
function isFromSite(mail: Mail, mailbox: string): boolean {
  const sender = addressKey(mail.from?.address ?? '')
  const isByProgram = hasAny(mail.headers, generated) || hasAny(mail.headers, siteMailers)
  return isByProgram || isFromNobody(mail) || siteAccount.test(sender) || sender === mailbox
}

/** A list that wants its answers for itself. */
function isList({ headers }: Mail, address: string): boolean {
  const { posts, ids } = listNames(headers)
  return posts.includes(addressKey(address)) || ids.includes(addressKey(address).replace('@', '.'))
}
