import { encodeHeader } from '../../src/lib/mail-headers.ts'
import { accountIds } from './accounts.ts'
import { documentFile } from './files.ts'
import { bodyOf, encodedWord, type Writing } from './mail-forms.ts'
import type { StepContext } from './step-context.ts'
import type { Customer, Step } from './story.ts'

/** A mail that somebody has before them, with all that an answer to it needs. Ids are without brackets. */
export type ReadMail = {
  messageId: string
  subject: string
  /** Oldest first. */
  references: readonly string[]
  /** Where answers go. */
  replyTo: string
  text: string
  at: number
}

/**
 * `outbound`: what the staff wrote in another mail program, as it lies in the folder of sent mail there. `isFetched`: out of
 * a folder, and as old as it says.
 */
export type DemoMail = {
  direction: 'inbound' | 'outbound'
  isFetched: boolean
  from: string
  to: string
  raw: string
}

const business = 'Бюро перекладів «Слово»'

/** What a mail program sends for one step: the customer's, or the staff's own. */
export function mailOf(step: Step, context: StepContext): DemoMail {
  const { customer, id, at, answered } = context
  const isOurs = step.kind === 'answer'
  const from = isOurs ? accountIds.email : customer.address
  const to = isOurs ? customer.address : (answered?.replyTo ?? accountIds.email)
  const fields = {
    From: `${encodedWord(isOurs ? business : customer.name)} <${from}>`,
    To: `<${to}>`,
    Date: new Date(at).toUTCString().replace('GMT', '+0000'),
    'Message-ID': `<${id}>`,
    ...(answered !== undefined && { 'In-Reply-To': `<${answered.messageId}>` }),
    References: referencesOf(context)
      .map((one) => `<${one}>`)
      .join(' '),
    'MIME-Version': '1.0',
  }
  const header = Object.entries(fields).map(([field, value]) => `${field}: ${value}\r\n`)
  const subject = encodeHeader('Subject', subjectOf(step, context)) ?? ''
  const raw = `${header.join('')}${subject}${bodyOf(writingOf(step, context))}`
  const isFetched = isOurs || step.hoursAgo !== undefined
  return { direction: isOurs ? 'outbound' : 'inbound', isFetched, from, to, raw }
}

/** The same mail as it is read. */
export function readMailOf(step: Step, context: StepContext): ReadMail {
  const replyTo = step.kind === 'answer' ? accountIds.email : context.customer.address
  return {
    ...{ messageId: context.id, subject: subjectOf(step, context), references: referencesOf(context) },
    ...{ replyTo, text: textOf(step), at: context.at },
  }
}

const textOf = (step: Step) => ('text' in step ? step.text : '')

function subjectOf(step: Step, { customer, answered }: StepContext): string {
  const subject = answered?.subject ?? customer.subject ?? 'Переклад документів'
  const isAnswer = step.kind === 'answer' || answered !== undefined
  return isAnswer && !/^re:/i.test(subject) ? `Re: ${subject}` : subject
}

/** All that a customer writes goes back to one beginning, as it does where somebody answers and answers. */
function referencesOf({ customer, answered }: StepContext): string[] {
  if (answered === undefined) return [`thread.${customer.address.replace('@', '.')}@mail.example`]
  return [...new Set([...answered.references, answered.messageId])]
}

function writingOf(step: Step, context: StepContext): Writing {
  const { customer, answered } = context
  const text = textOf(step)
  if (step.kind === 'answer') return { text }
  const quote =
    answered === undefined ? undefined : { announcement: announcementOf(customer, answered.at), text: answered.text }
  const writing = { text, quote, signature: customer.signature }
  if (step.kind === 'photo') return { ...writing, picture: context.pictureAt(step.picture) }
  if (step.kind !== 'document') return writing
  const { filename = '', mimeType, make } = documentFile(step, customer)
  return { ...writing, file: { filename, mimeType, bytes: make() } }
}

/** As the mail programs of their languages have it. */
function announcementOf({ language }: Customer, at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T')
  const [day, minute] = [date.split('-').toReversed().join('.'), time.slice(0, 5)]
  const name = `${business} <${accountIds.email}>`
  if (language === 'de') return `Am ${day} um ${minute} schrieb ${name}:`
  return language === 'uk' ? `${day} о ${minute} ${name} пише:` : `On ${day} at ${minute} ${name} wrote:`
}
