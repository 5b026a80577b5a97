import { mailLimits } from '../channels/email/mail.ts'
import { loadConfig } from '../lib/config.ts'
import { errorFields, log } from '../lib/log.ts'
import { keepMail } from '../mail/keep-mail.ts'
import { readRawMail } from '../mail/read-raw-mail.ts'
import { takeInMail } from '../mail/take-in-mail.ts'

/** What is used of a mail as the platform hands it over. */
export type IncomingMail = Pick<ForwardableEmailMessage, 'from' | 'to' | 'raw' | 'rawSize' | 'setReject'>

/**
 * A mail of the platform. It is accepted by returning, which happens once its row is committed (G1); whatever fails on our
 * side is thrown, and the sender's server tries again. A refusal is for good, so it is only ever a matter of policy.
 */
export async function onEmail(mail: IncomingMail, env: Env): Promise<void> {
  const startedAt = Date.now()
  try {
    if (mail.rawSize > mailLimits.bytes) return mail.setReject('This mail is too large.')
    const raw = await readRawMail(mail.raw, mail.rawSize)
    if (raw === null) return mail.setReject('This mail is too large.')
    await takeIn(env, mail, { raw, receivedAt: startedAt })
  } catch (error) {
    log('error', 'mail.not_stored', { size: mail.rawSize, ms: Date.now() - startedAt, ...errorFields(error) })
    throw error
  }
}

async function takeIn(
  env: Env,
  mail: IncomingMail,
  { raw, receivedAt }: { raw: Uint8Array; receivedAt: number },
): Promise<void> {
  const envelope = { envelope_from: mail.from, envelope_to: mail.to }
  const intake = await takeInMail(env, { envelope, raw, receivedAt, source: 'routing' })
  if (intake.kind !== 'no_mailbox') return
  if (loadConfig(env).unknownRecipient === 'reject') {
    log('info', 'mail.recipient_unknown', { isRejected: true })
    return mail.setReject('There is no such mailbox.')
  }
  await keepMail(env, { tenantId: '', reason: 'mailbox.unknown', kept: envelope, raw, receivedAt })
  log('warn', 'mail.recipient_unknown', { isRejected: false })
}
