import type { InboundItem } from '../channels/channel.ts'
import { log } from '../lib/log.ts'
import type { OpenChannel } from '../outbox/open-channel.ts'
import { markReconciled } from '../store/channel-life.ts'
import type { ChannelRow } from '../store/channels.ts'
import type { JobDeps } from './job-deps.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Webhooks of messages this young may still be on their way; the next run has them. */
const tooYoungMs = 10 * minuteMs
/** What the last run had looked at is looked at again: clocks differ, and a young message was left out. */
const overlapMs = 2 * hourMs
const longestMs = 7 * 24 * hourMs
/** Pages of one channel in one run, so that a busy one does not use up the time of the others. */
const maxPages = 40

/** Messages: `found` on the platform, `missing` here, and of those `recovered`. */
export type Reconciliation = { found: number; missing: number; recovered: number }

/**
 * Compares what the platform has with what its webhooks brought, and takes in what is missing, as if it had just come: the
 * unique key of a message makes the repetition of all others harmless (G2). Null where the platform cannot be asked.
 */
export async function reconcile(open: OpenChannel, deps: JobDeps): Promise<Reconciliation | null> {
  const { calls, channel, io } = open
  if (calls.recent === undefined) return null
  const startedAt = deps.now()
  const counts = { found: 0, missing: 0, recovered: 0, pages: 0 }
  let end: 'whole' | 'cut' | 'failed' = 'whole'
  for await (const page of calls.recent(firstMoment(channel, startedAt), io)) {
    if (!page.ok) {
      end = 'failed'
      log('warn', 'channel.reconciliation_failed', { ...idsOf(channel), code: page.error.code, pages: counts.pages })
      break
    }
    const items = itemsOf(open, page.value, startedAt - tooYoungMs)
    await takeIn(open, deps, { items, counts })
    counts.pages += 1
    if (counts.pages < maxPages) continue
    end = 'cut'
    break
  }
  // Newest first: what a busy channel has no pages left for is older than what was seen.
  if (end !== 'failed') await markReconciled(deps.db, channel, startedAt)
  log(counts.missing > 0 ? 'warn' : 'info', 'channel.reconciled', {
    ...idsOf(channel),
    ...counts,
    end,
    ms: deps.now() - startedAt,
  })
  return counts
}

const idsOf = ({ tenantId, id, platform }: ChannelRow) => ({ tenantId, channelId: id, platform })

/** Nothing from before the account was connected here. */
function firstMoment({ createdAt, reconciledAt }: ChannelRow, now: number): number {
  return Math.max(createdAt, (reconciledAt ?? createdAt) - overlapMs, now - longestMs)
}

type MessageItem = Extract<InboundItem, { kind: 'message' }>

/** The messages of a page that belong to this very account and are old enough to be missed. */
function itemsOf({ adapter, channel }: OpenChannel, delivery: unknown, upTo: number): MessageItem[] {
  const own = new Set([channel.externalId, channel.alternateExternalId])
  return adapter.parse(delivery).flatMap((update) => {
    const isOwn = update.kind === 'item' && 'channelExternalId' in update.to && own.has(update.to.channelExternalId)
    return isOwn && update.item.kind === 'message' && update.item.at <= upTo ? [update.item] : []
  })
}

async function takeIn(
  { channel }: OpenChannel,
  { receive }: JobDeps,
  { items, counts }: { items: MessageItem[]; counts: Reconciliation },
): Promise<void> {
  const of = { id: channel.id, platform: channel.platform }
  const results = await receive(
    channel.tenantId,
    items.map((item) => ({ channel: of, item })),
  )
  counts.found += items.length
  counts.missing += results.filter(({ outcome }) => outcome === 'stored' || outcome === 'refused').length
  counts.recovered += results.filter(({ outcome }) => outcome === 'stored').length
}
