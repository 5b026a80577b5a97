import type { DeliveryItem } from '../ingest/items.ts'
import { errorFields, log } from '../lib/log.ts'
import { silentReport } from '../outbox/companion-health.ts'
import type { MessageError } from '../protocol/message.ts'
import { findChannel } from '../store/channels.ts'
import { noteWaiting } from '../store/companion-commands.ts'
import { type MissedChannel, listMissedChannels, listWordlessSends, markMissed } from '../store/companion-silence.ts'
import type { JobRow } from '../store/jobs.ts'
import type { JobDeps } from './job-deps.ts'

/** A companion that restarts is back before this, in ms after its lease has ended. */
const silenceMs = 30_000
/** A reply that has waited for so long says why. */
const waitMs = 2 * 60_000
const maxChannels = 200
const maxReplies = 100

const why: MessageError = {
  code: 'companion.waiting',
  title: 'The companion that runs this account has not sent this message yet.',
  details: null,
  kind: 'unreachable',
}

/** Makes it visible that a companion does not run its accounts, or does not send their replies (G9). */
export async function watchCompanions(deps: JobDeps): Promise<number> {
  const now = deps.now()
  const patience = { expiredBefore: now - silenceMs, dueBefore: now - waitMs, now, limit: maxChannels }
  const missed = await listMissedChannels(deps.env.DB, patience)
  for (const channel of missed) await tell(deps, channel, now)
  return missed.length
}

/** One channel's trouble does not hide another's. */
async function tell(deps: JobDeps, channel: MissedChannel, now: number): Promise<void> {
  const { tenantId, id, platform, isSilent } = channel
  try {
    const waiting = await listWordlessSends(deps.db, { tenantId, id, dueBefore: now - waitMs, limit: maxReplies })
    const known = (await findChannel(deps.db, tenantId, id))?.health ?? null
    const report = isSilent ? silentReport(known, now) : null
    const health = report === null ? [] : [{ channel: { id, platform }, item: report }]
    await deps.receive(tenantId, [...health, ...waiting.map((job) => ({ item: noteOf(job, now) }))])
    // Last of all, so that a run that breaks off is made up for by the next one.
    for (const job of waiting) await noteWaiting(deps.db, job, { error: why })
    if (isSilent) await markMissed(deps.db, channel, now)
    log('warn', 'companion.missed', { tenantId, channelId: id, isSilent, replies: waiting.length })
  } catch (error) {
    log('error', 'companion.watch_failed', { tenantId, channelId: id, ...errorFields(error) })
  }
}

function noteOf({ id, conversationId, messageId }: JobRow, at: number): DeliveryItem {
  return { kind: 'delivery', conversationId, messageId, jobId: id, at, outcome: { kind: 'waiting', error: why } }
}
