import { oneLine } from '../text/clean.ts'
import type { MailAnswer, Message } from '../types.ts'
import { readSubject } from './details.ts'
import { answerSubject } from './mail.ts'

/** What is written of a mail beside its text. `subject`: null until somebody changes the one that was filled in. */
export type MailDraft = { subject: string | null; cc: string; bcc: string }

export const emptyMail: MailDraft = { subject: null, cc: '', bcc: '' }

export const maxSubject = 998
/** Of the subject that is answered; "Re:" comes to it. */
const maxFilledIn = 900
/** The customer is the fiftieth. */
const maxCopies = 49
const maxAddress = 254
/** Whether it looks like one; whether it exists only its server can tell. */
const address = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:".]+(?:\.[^\s@<>()[\]\\,;:".]+)+$/u

/** Why a mail cannot be sent to those it names. */
type MailProblem = { kind: 'address'; text: string } | { kind: 'too_many'; max: number }

function addressesIn(text: string): string[] {
  return text.split(/[\s,;]+/u).filter((part) => part !== '')
}

export function mailProblem({ cc, bcc }: MailDraft): MailProblem | null {
  const all = [...addressesIn(cc), ...addressesIn(bcc)]
  const wrong = all.find((one) => one.length > maxAddress || !address.test(one))
  if (wrong !== undefined) return { kind: 'address', text: wrong }
  return all.length > maxCopies ? { kind: 'too_many', max: maxCopies } : null
}

/** The subject to fill in: that of the mail that is answered, else of the newest one that came. `messages` oldest first. */
export function subjectToAnswer(messages: readonly Message[], replyTo: Message | null): string {
  const isMail = ({ direction, type }: Message) => direction === 'inbound' && type !== 'system'
  const answered = replyTo ?? messages.findLast(isMail)
  return answered === undefined ? '' : answerSubject(oneLine(readSubject(answered.details), maxFilledIn))
}

/** As it is sent: what its writer saw. Undefined where the server is left to choose everything. */
export function toMailAnswer(draft: MailDraft, filledIn: string): MailAnswer | undefined {
  const subject = (draft.subject ?? filledIn).trim()
  const [cc, bcc] = [addressesIn(draft.cc), addressesIn(draft.bcc)]
  const answer = {
    ...(subject !== '' && { subject }),
    ...(cc.length > 0 && { cc }),
    ...(bcc.length > 0 && { bcc }),
  }
  return Object.keys(answer).length === 0 ? undefined : answer
}
