import { AppError } from '../lib/app-error.ts'
import type { Config } from '../lib/config.ts'
import { log } from '../lib/log.ts'
import { findMailbox } from '../mail/mailbox.ts'
import { confirmationMail } from '../notifications/confirmation-mail.ts'
import { digestUrl } from '../notifications/digest-address.ts'
import { sendOwnMail } from '../notifications/send-own-mail.ts'
import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { openDatabase } from '../store/database.ts'
import { paceConfirmation } from '../store/digests.ts'
import { findTenant } from '../store/tenants.ts'

/** So many mails at once, and then one in each such time: anybody's address may be given. */
const burst = 3
const stepMs = 20 * 60_000

type User = { tenantId: string; userId: string }

export const notConfigured = () =>
  new AppError('digest.not_configured', 409, 'This inbox sends no summaries: its operator has to set DIGEST_FROM.')

/**
 * A summary that comes back as a message would be told of in the next summary.
 * @throws AppError 422 `digest.own_mailbox`
 */
export async function refuseOwnMailbox(env: Env, tenantId: string, address: string | null): Promise<void> {
  const mailbox = address === null ? null : await findMailbox(openDatabase(env.DB), address)
  if (mailbox?.channel.tenantId !== tenantId) return
  throw new AppError('digest.own_mailbox', 422, 'This address is a mailbox of the inbox itself: give your own.')
}

/**
 * Asks the owner of the address whether they want summaries.
 * @throws AppError `digest.not_configured`, `digest.too_often`, `digest.not_sent`
 */
export async function sendConfirmation(
  env: Env,
  config: Config,
  user: User,
  { address, language }: { address: string; language: NotificationSettings['digest']['language'] },
): Promise<void> {
  const from = config.digestFrom
  if (from === null) throw notConfigured()
  const now = Date.now()
  const waitMs = await paceConfirmation(env.DB, user, { now, stepMs, burst })
  if (waitMs !== null) {
    const message = 'Too many of these mails were sent. Look into the spam folder, or wait.'
    throw new AppError('digest.too_often', 429, message, Math.max(1, Math.ceil(waitMs / 1000)))
  }
  const name = (await findTenant(openDatabase(env.DB), user.tenantId))?.name ?? ''
  const url = await digestUrl(config, 'confirm', { ...user, address, language }, now)
  const outcome = await sendOwnMail(env.MAIL, { from, to: address, name }, confirmationMail(language, name, url))
  log(outcome.kind === 'sent' ? 'info' : 'warn', `digest.confirmation_${outcome.kind}`, {
    ...user,
    code: outcome.kind === 'rejected' ? outcome.error.code : undefined,
  })
  if (outcome.kind === 'rejected') throw new AppError('digest.not_sent', 502, 'The mail could not be sent.')
}
