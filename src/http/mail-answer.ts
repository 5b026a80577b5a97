import { maxRecipients } from '../channels/email/limits.ts'
import { address, subjectValue } from '../lib/mail-headers.ts'
import type { SendItem } from '../ingest/items.ts'
import { AppError } from '../lib/app-error.ts'
import type { SendMessageBody } from '../protocol/api.ts'
import { countAnswers } from '../store/mail.ts'
import type { ConversationRow } from '../store/wire.ts'

/** So much one customer is sent in this time, in ms: two inboxes that answer each other come to an end. */
const pace = { answers: 5, withinMs: 10 * 60_000 }

const unfit = (code: string, message: string) => new AppError(code, 422, message)

/** What a mail says besides its text, checked by the rules of headers. */
export function mailFieldsOf({ platform }: ConversationRow, { email }: SendMessageBody): SendItem['mail'] {
  if (email === undefined) return undefined
  if (platform !== 'email') throw unfit('mail.unsupported', 'Only mail has a subject and further recipients.')
  const { subject, cc, bcc } = email
  if (subject !== undefined && subjectValue(subject) === null) {
    throw unfit('mail.bad_subject', 'This subject cannot be sent.')
  }
  if (1 + (cc?.length ?? 0) + (bcc?.length ?? 0) > maxRecipients) {
    throw unfit('mail.too_many_recipients', `A mail may go to ${maxRecipients} addresses at most.`)
  }
  return {
    ...(subject !== undefined && { subject }),
    ...(cc !== undefined && { cc: cc.map(plainAddress) }),
    ...(bcc !== undefined && { bcc: bcc.map(plainAddress) }),
  }
}

function plainAddress(text: string): string {
  const plain = address(text)
  if (plain === null) throw unfit('mail.bad_address', 'One of the addresses is no plain mail address.')
  return plain
}

/** @throws AppError 429 `mail.too_many` */
export async function requireMailPace(d1: D1Database, conversation: ConversationRow, now: number): Promise<void> {
  const { tenantId, id: conversationId, platform } = conversation
  if (platform !== 'email') return
  const answers = await countAnswers(d1, { tenantId, conversationId, since: now - pace.withinMs })
  if (answers < pace.answers) return
  throw new AppError('mail.too_many', 429, 'This customer was sent too many mails just now. Wait a few minutes.')
}
