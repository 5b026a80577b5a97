import type { Authentication } from '../channels/email/authentication.ts'
import { askedRecipient } from '../channels/email/asked-recipient.ts'
import type { Mail, MailAddress } from '../channels/email/mail.ts'
import type { Direction } from '../protocol/words.ts'
import type { Database } from '../store/database.ts'
import { type Mailbox, findMailbox } from './mailbox.ts'

/**
 * The customer of a mail that a form or a list sent for them; null where the sender is the customer. Not who failed
 * DMARC, and never ourselves: an answer would come back to us.
 */
export async function answerToOf(
  db: Database,
  { mail, mailbox, direction, auth }: { mail: Mail; mailbox: Mailbox; direction: Direction; auth: Authentication },
): Promise<MailAddress | null> {
  if (direction === 'outbound' || auth.dmarc === 'fail') return null
  const asked = askedRecipient(mail, mailbox.address)
  if (asked === null) return null
  const owner = await findMailbox(db, asked.address)
  return owner?.channel.tenantId === mailbox.channel.tenantId ? null : asked
}
