import { errorFields, log } from '../lib/log.ts'
import { findMailbox } from '../mail/mailbox.ts'
import { digestUrl } from '../notifications/digest-address.ts'
import { type DigestMail, digestMail } from '../notifications/digest-mail.ts'
import { isDigestOn, planDigest, scheduleOf } from '../notifications/digest-plan.ts'
import { isDigestDue, nextDigestAt } from '../notifications/digest-schedule.ts'
import { isPaused } from '../notifications/quiet-hours.ts'
import { type ListedPage, readList } from '../notifications/read-list.ts'
import { type OwnMailOutcome, sendOwnMail } from '../notifications/send-own-mail.ts'
import { settingsOf } from '../notifications/settings.ts'
import type { NotificationSettings } from '../protocol/notification-settings.ts'
import type { Notification } from '../protocol/notifications.ts'
import { listChannelsWithHealth } from '../store/channel-list.ts'
import { type DigestRow, type DigestSchedule, moveDigest, readDueDigests } from '../store/digests.ts'
import { findTenant } from '../store/tenants.ts'
import type { JobDeps } from './job-deps.ts'

const atOnce = 5
const pageSize = 50
/** Longest time of one sweep; the next one goes on with whoever has waited longest. */
const sweepMs = 25_000
const minuteMs = 60_000
/** In quiet hours, when nothing is unread, and after a failure of our own. */
const lookAgainMs = 10 * minuteMs
const retryWaits = [minuteMs, 5 * minuteMs, 20 * minuteMs, 60 * minuteMs]
/** More than these only make the number larger. */
const maxNotifications = 200
/** Lines of the journal that one digest goes through; what comes after them is for the next one. */
const maxLines = 100_000

/** Every minute: sends the digests that are due. */
export async function sweepDigests(deps: JobDeps): Promise<number> {
  const { env, config, now } = deps
  if (config.digestFrom === null) return 0
  const startedAt = now()
  let looked = 0
  while (now() - startedAt < sweepMs) {
    const due = await readDueDigests(env.DB, { now: startedAt, limit: pageSize })
    for (let at = 0; at < due.length; at += atOnce) {
      await Promise.all(due.slice(at, at + atOnce).map((row) => lookAt(deps, row, config.digestFrom ?? '')))
    }
    looked += due.length
    if (due.length < pageSize) break
  }
  return looked
}

/** One user's trouble does not hide another's. */
async function lookAt(deps: JobDeps, row: DigestRow, from: string): Promise<void> {
  try {
    await runDigest(deps, row, from)
  } catch (error) {
    log('error', 'digest.broke_off', { ...idsOf(row), ...errorFields(error) })
    // Only where it was not claimed: what may have gone out does not go out again.
    await moveDigest(deps.env.DB, row, { ...scheduleOf(row), dueAt: deps.now() + lookAgainMs }).catch(() => false)
  }
}

async function runDigest(deps: JobDeps, row: DigestRow, from: string): Promise<void> {
  const d1 = deps.env.DB
  const now = deps.now()
  const settings = settingsOf(row.settings)
  const { address } = settings.digest
  if (address === null || row.at === null || !isDigestOn(settings, row)) {
    await moveDigest(d1, row, planDigest(row, now))
    return
  }
  if (!isDigestDue(settings, { lastAt: row.at, now })) {
    await moveDigest(d1, row, { ...scheduleOf(row), dueAt: waitFor(settings, row.at, now) })
    return
  }
  if ((await findMailbox(deps.db, address))?.channel.tenantId === row.tenantId) {
    log('warn', 'digest.own_mailbox', idsOf(row))
    await moveDigest(d1, row, { ...scheduleOf(row), at: null, dueAt: null })
    return
  }
  const { items, through } = await readUnread(d1, row, settings)
  const mail = await mailOf(deps, row, { settings, address, now, items })
  if (mail === null) {
    const next = through < row.head.seq ? { at: row.at, dueAt: now + minuteMs } : passed(settings, row.at, now)
    await moveDigest(d1, row, { ...scheduleOf(row), ...next, seq: through })
    return
  }
  await claimAndSend(deps, row, { settings, address, now, from, through, ...mail })
}

/** In a pause, or in quiet hours, or because the settings were changed while this was due. */
function waitFor(settings: NotificationSettings, lastAt: number, now: number): number {
  if (isPaused(settings, now)) return Math.max(Date.parse(settings.paused_until ?? ''), now + minuteMs)
  return Math.max(nextDigestAt(settings, lastAt) ?? 0, now + lookAgainMs)
}

/** Nothing was unread. What is so many hours after the last one goes out as soon as there is something. */
function passed(settings: NotificationSettings, at: number, now: number): Pick<DigestSchedule, 'at' | 'dueAt'> {
  if (settings.digest.schedule.kind === 'every') return { at, dueAt: now + lookAgainMs }
  return { at: now, dueAt: nextDigestAt(settings, now) }
}

type Unread = { items: Notification[]; through: number }

/**
 * The newest of what is unread since the last digest, and up to which line that is. Where much was read already a page of
 * the list ends early: then what is unread may stand below it.
 */
async function readUnread(d1: D1Database, row: DigestRow, settings: NotificationSettings): Promise<Unread> {
  const { tenantId, userId, readSeq, head } = row
  const after = row.seq ?? 0
  const through = Math.min(head.seq, Math.max(after, readSeq) + maxLines)
  const reader = { tenantId, userId, settings, readSeq, head, medium: 'email_digest' } as const
  const items: Notification[] = []
  let before: number | null = through + 1
  while (before !== null && items.length < maxNotifications) {
    const limit = maxNotifications - items.length
    const page: ListedPage = await readList(d1, reader, { before, after, limit, isUnread: true })
    items.push(...page.items)
    before = page.next
  }
  return { items, through }
}

type Addressed = { settings: NotificationSettings; address: string; now: number }
type Made = { mail: DigestMail; name: string; notifications: number }

async function mailOf(
  deps: JobDeps,
  { tenantId, userId }: DigestRow,
  { settings, address, now, items }: Addressed & Pick<Unread, 'items'>,
): Promise<Made | null> {
  if (items.length === 0) return null
  const [tenant, { rows: channels }] = await Promise.all([
    findTenant(deps.db, tenantId),
    listChannelsWithHealth(deps.db, tenantId),
  ])
  const { language, preview } = settings.digest
  const name = tenant?.name ?? ''
  const mail = digestMail(items, {
    ...{ language, preview, tenantName: name },
    channelNames: new Map(channels.map(({ channel }) => [channel.id, channel.name])),
    inboxUrl: [...deps.config.allowedOrigins][0] ?? deps.config.publicUrl,
    stopUrl: await digestUrl(deps.config, 'stop', { tenantId, userId, address, language }, now),
  })
  return mail === null ? null : { mail, name, notifications: items.length }
}

/**
 * The claim comes first and says that it is sent: a run that dies after it, or an answer that is lost, sends nothing
 * twice. Only a relay that has certainly not sent it gives the slot back.
 */
async function claimAndSend(
  deps: JobDeps,
  row: DigestRow,
  one: Addressed & Made & Pick<Unread, 'through'> & { from: string },
): Promise<void> {
  const { settings, address, now, from, through, mail, name, notifications } = one
  const d1 = deps.env.DB
  const claimed: DigestSchedule = {
    ...{ at: now, dueAt: nextDigestAt(settings, now), seq: through, sentAt: now, attempts: 0 },
  }
  if (!(await moveDigest(d1, row, claimed))) return
  const outcome = await sendOwnMail(deps.env.MAIL, { from, to: address, name }, mail)
  const code = codeOf(outcome)
  log(outcome.kind === 'sent' ? 'info' : 'warn', `digest.${outcome.kind}`, { ...idsOf(row), notifications, code })
  if (outcome.kind !== 'rejected') return
  const waitMs = retryWaits[row.attempts]
  const isFinal = outcome.retryAfterMs === undefined || waitMs === undefined
  // What is given up is told by the next one.
  const back: DigestSchedule = isFinal
    ? { ...claimed, seq: row.seq, sentAt: row.sentAt }
    : { ...scheduleOf(row), dueAt: now + Math.max(waitMs, outcome.retryAfterMs ?? 0), attempts: row.attempts + 1 }
  await moveDigest(d1, { ...row, at: claimed.at, dueAt: claimed.dueAt }, back)
}

function codeOf(outcome: OwnMailOutcome): string | undefined {
  if (outcome.kind === 'sent') return undefined
  return outcome.kind === 'rejected' ? outcome.error.code : outcome.reason
}

function idsOf({ tenantId, userId }: DigestRow) {
  return { tenantId, userId }
}
