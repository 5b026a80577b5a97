import { outcomeOf } from '../channels/email/send-failure.ts'
import type { MailRelay, SendOutcome } from '../channels/outbound.ts'
import { displayName } from '../lib/mail-headers.ts'
import type { DigestMail } from './digest-mail.ts'

/** A relay that says nothing for so long may have sent it. */
const timeoutMs = 30_000

/** What becomes of a mail of ours: nobody can tell (`unknown`), or it was certainly not sent (`rejected`). */
export type OwnMailOutcome = { kind: 'sent' } | Exclude<SendOutcome, { kind: 'sent' }>

export async function sendOwnMail(
  relay: MailRelay,
  { from, to, name }: { from: string; to: string; name: string },
  { subject, text, html, headers }: DigestMail,
): Promise<OwnMailOutcome> {
  const shown = displayName(name)
  const sender = shown === '' ? from : { email: from, name: shown }
  try {
    await inTime(relay.send({ from: sender, to, subject, text, html, headers, attachments: [] }))
    return { kind: 'sent' }
  } catch (error) {
    const outcome = outcomeOf(error)
    return outcome.kind === 'sent' ? { kind: 'sent' } : outcome
  }
}

function inTime(sent: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the relay did not answer in time')), timeoutMs)
    void sent.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
