import type { TextKey } from '../i18n/en.ts'
import type { Message } from '../types.ts'
import { readSubject } from './details.ts'

/** Somebody in the header of a mail. `isMisleading`: the name holds an address that is not this one. */
export type MailPerson = { address: string; name: string; isMisleading: boolean }
/** What the receiving server found out about the sender. `word` as that server said it. */
type MailVerdict = { method: 'SPF' | 'DKIM' | 'DMARC'; word: string; text: TextKey; isBad: boolean }

/** What a mail's details say beside its subject. */
export type MailFacts = {
  from: MailPerson | null
  /** Whom answers go to, where that is not who sent it. */
  answerTo: MailPerson | null
  to: MailPerson[]
  cc: MailPerson[]
  /** It went to the mailbox of this conversation and to nobody else, which goes without saying. */
  isForUsAlone: boolean
  verdicts: MailVerdict[]
  automated: TextKey | null
  warnings: TextKey[]
  hasHtml: boolean
  blockedImages: number
  /** Its original shows pictures of its own. */
  hasInlineImages: boolean
  /** Quotations and signature included; null where the message says it all. */
  fullText: string | null
}

type Details = Message['details']

const warningTexts: ReadonlyMap<unknown, TextKey> = new Map([
  ['sender_mismatch', 'mail.warn_sender_mismatch'],
  ['not_authenticated', 'mail.warn_not_authenticated'],
  ['no_sender', 'mail.warn_no_sender'],
  ['several_senders', 'mail.warn_several_senders'],
])
const automatedTexts: ReadonlyMap<unknown, TextKey> = new Map([
  ['auto_reply', 'mail.auto_reply'],
  ['list', 'mail.auto_list'],
  ['bounce', 'mail.auto_bounce'],
  ['complaint', 'mail.auto_complaint'],
])
const verdictTexts: ReadonlyMap<string, TextKey> = new Map([
  ['pass', 'mail.verdict_pass'],
  ['fail', 'mail.verdict_fail'],
  ['softfail', 'mail.verdict_softfail'],
])
const methods = ['SPF', 'DKIM', 'DMARC'] as const

/** Null of a message that did not come as a mail; answers written here are none either. */
export function readMail(details: Details): MailFacts | null {
  const { auth, warnings, has_html: hasHtml } = details
  if (!isRecord(auth) || typeof hasHtml !== 'boolean') return null
  const told: unknown[] = Array.isArray(warnings) ? warnings : []
  const from = personOf(details['from'])
  const isMisleading = from?.isMisleading === true || told.includes('misleading_name')
  const { full_text: fullText, blocked_images: blocked, inline, mailbox } = details
  const [to, cc] = [peopleOf(details['to']), peopleOf(details['cc'])]
  const blockedImages = typeof blocked === 'number' && blocked > 0 ? Math.trunc(blocked) : 0
  return {
    from: from === null ? null : { ...from, isMisleading },
    answerTo: personOf(details['answer_to']),
    to,
    cc,
    isForUsAlone: to.length === 1 && cc.length === 0 && withoutDetail(to[0]?.address ?? '') === mailbox,
    verdicts: methods.flatMap((method) => verdictOf(method, auth[method.toLowerCase()])),
    automated: automatedTexts.get(details['automated']) ?? null,
    warnings: [...told.flatMap((warning) => warningTexts.get(warning) ?? []), ...missingOf(details)],
    hasHtml,
    blockedImages,
    hasInlineImages: Array.isArray(inline) && inline.length > 0,
    fullText: typeof fullText === 'string' && fullText.trim() !== '' ? fullText : null,
  }
}

/** Answers come to the mailbox under an address of their own, with a detail after a plus. */
function withoutDetail(address: string): string {
  return address.toLowerCase().replace(/\+[^@]*(?=@)/, '')
}

/** Whether the original of a mail needs but a small frame, as far as its text tells. */
export function isShortMail({ fullText, hasInlineImages }: MailFacts, content: string): boolean {
  const text = fullText ?? content
  return !hasInlineImages && text.length < 500 && text.split('\n').length < 8
}

/** Of an answer written here: whom else it goes to. */
export function readCopies(details: Details): { cc: string[]; bcc: string[] } {
  return { cc: textsOf(details['cc']), bcc: textsOf(details['bcc']) }
}

/** Where the stored parts of a mail are read. */
export function mailPath(messageId: string, part: 'html' | 'raw'): string {
  return `/api/v1/communications/messages/${encodeURIComponent(messageId)}/${part}`
}

const answerWords = /^(?:(?:re|aw|sv|vs|antw|odp|відп|від|відповідь|отв|ответ)\s*(?:[[(]?\d{1,3}[\])]?)?\s*[:：]\s*)+/iu

/** The subject of an answer to a mail. */
export function answerSubject(subject: string): string {
  const line = subject.trim()
  return line === '' || answerWords.test(line) ? line : `Re: ${line}`
}

/** Those of `messages` (oldest first) whose subject, apart from "Re:", is the one that was last read above them. */
export function withKnownSubject(messages: readonly Message[]): ReadonlySet<string> {
  const known = new Set<string>()
  let above = ''
  for (const { id, details } of messages) {
    const subject = readSubject(details).trim().replace(answerWords, '').toLowerCase()
    if (subject === '') continue
    if (subject === above) known.add(id)
    above = subject
  }
  return known
}

function missingOf(details: Details): TextKey[] {
  if (details['unread'] !== undefined) return ['mail.warn_unread']
  return details['full_text_left_out'] === true ? ['mail.warn_left_out'] : []
}

function verdictOf(method: MailVerdict['method'], word: unknown): MailVerdict[] {
  if (typeof word !== 'string' || word === 'none') return []
  return [{ method, word, text: verdictTexts.get(word) ?? 'mail.verdict_other', isBad: word === 'fail' }]
}

function isRecord(value: unknown): value is Details {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function peopleOf(value: unknown): MailPerson[] {
  return Array.isArray(value) ? value.flatMap((one) => personOf(one) ?? []) : []
}

function personOf(value: unknown): MailPerson | null {
  if (!isRecord(value) || typeof value['address'] !== 'string') return null
  const { address, name: given } = value
  const name = typeof given === 'string' ? given : ''
  return { address, name, isMisleading: namesAnother(name, address) }
}

/** A client that hides addresses shows the name alone, so an address in it is taken for the sender's. */
function namesAnother(name: string, address: string): boolean {
  const parts = name
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s<>()[\]"'“”,;:]+/u)
  return parts.some((part) => part.includes('@') && part !== address.toLowerCase())
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
