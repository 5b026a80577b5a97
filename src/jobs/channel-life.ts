import { adapters } from '../channels/registry.ts'
import type { FreshToken } from '../channels/outbound.ts'
import type { IngestItem } from '../ingest/items.ts'
import { errorFields, log } from '../lib/log.ts'
import { seal } from '../lib/seal.ts'
import { tokenNotice } from '../notifications/notice.ts'
import { type OpenChannel, openChannel } from '../outbox/open-channel.ts'
import { learnAlternate, storeFreshCredentials, takeChannels } from '../store/channel-life.ts'
import type { ChannelRow } from '../store/channels.ts'
import {
  type Finding,
  type Look,
  lookOf,
  recoveredFindings,
  refreshFindings,
  reportOf,
  shouldRefresh,
  tokenFindings,
} from './channel-life-rules.ts'
import type { JobDeps } from './job-deps.ts'
import { reconcile } from './reconcile.ts'

const minuteMs = 60_000

/** An account is looked at once an hour; a little less, because the clock that rings is not exact. */
const betweenLooksMs = 55 * minuteMs
/** Taken at a time, and looked at side by side. */
const groupSize = 4
/** Most channels of one run: each makes a dozen requests, and a run may make a thousand. */
const maxChannels = 60
/** A run may take a quarter of an hour; the channels that it does not get to are first next time. */
const maxRunMs = 10 * minuteMs

/**
 * Looks after the accounts of all tenants: does the token still work and is it renewed in time, do webhooks come, is
 * anything missing here that the platform has (G9).
 */
export async function runChannelLife(deps: JobDeps): Promise<void> {
  const startedAt = deps.now()
  const platforms = [...adapters.values()]
    .filter(({ calls }) => calls?.check !== undefined)
    .map(({ platform }) => platform)
  let looked = 0
  while (looked < maxChannels && deps.now() - startedAt < maxRunMs) {
    const turn = { platforms, now: deps.now(), checkedBefore: startedAt - betweenLooksMs, limit: groupSize }
    const group = await takeChannels(deps.db, turn)
    await Promise.all(group.map((channel) => lookAfter(deps, channel)))
    looked += group.length
    if (group.length < groupSize) break
  }
  log('info', 'channels.looked_after', { channels: looked, ms: deps.now() - startedAt })
}

/** One channel's trouble does not keep the others waiting. */
async function lookAfter(deps: JobDeps, { tenantId, id }: Pick<ChannelRow, 'tenantId' | 'id'>): Promise<void> {
  try {
    const opening = await openChannel(deps, tenantId, id)
    if (opening.ok) await lookAt(opening.open, deps)
  } catch (error) {
    log('error', 'channel.look_failed', { tenantId, channelId: id, ...errorFields(error) })
  }
}

async function lookAt(open: OpenChannel, deps: JobDeps): Promise<void> {
  const look = await checkAccount(open, deps)
  const renewed = await renewToken(open, deps, look)
  const reconciled = await reconcileSafely(open, deps)
  const { tokenExpiresAt } = renewed
  const findings = [
    ...look.findings,
    ...tokenFindings(tokenExpiresAt, deps.now()),
    ...renewed.findings,
    ...recoveredFindings(reconciled),
  ]
  const report = reportOf({ findings, tokenExpiresAt, isComplete: look.isComplete }, open.health, deps.now())
  const { tenantId, id, platform } = open.channel
  const notice = tokenExpiresAt === null ? null : tokenNotice(id, tokenExpiresAt, deps.now())
  const items: IngestItem[] = [
    ...(report === null ? [] : [{ channel: { id, platform }, item: report }]),
    ...(notice === null ? [] : [{ item: { kind: 'notice' as const, platform, ...notice } }]),
  ]
  if (items.length > 0) await deps.receive(tenantId, items)
}

async function checkAccount({ calls, io, channel, health }: OpenChannel, deps: JobDeps): Promise<Look> {
  if (calls.check === undefined) return { findings: [], isComplete: false, tokenExpiresAt: null }
  const answer = await calls.check(io)
  const alternate = answer.ok ? answer.value.alternateExternalId : null
  if (alternate !== null && channel.alternateExternalId === null && alternate !== channel.externalId) {
    const isLearned = await learnAlternate(deps.db, channel, alternate)
    log(
      isLearned ? 'info' : 'warn',
      isLearned ? 'channel.alternate_learned' : 'channel.alternate_taken',
      idsOf(channel),
    )
  }
  if (!answer.ok) log('warn', 'channel.check_failed', { ...idsOf(channel), code: answer.error.code })
  return lookOf(answer, { known: health, now: deps.now(), canRenew: calls.refreshToken !== undefined })
}

const idsOf = ({ tenantId, id, platform }: ChannelRow) => ({ tenantId, channelId: id, platform })

type Renewal = { tokenExpiresAt: number | null; findings: Finding[] }

async function renewToken({ calls, io, channel }: OpenChannel, deps: JobDeps, look: Look): Promise<Renewal> {
  const unchanged = { tokenExpiresAt: look.tokenExpiresAt, findings: [] }
  const storedAt = channel.tokenRefreshedAt ?? channel.createdAt
  const isDue = shouldRefresh({ now: deps.now(), expiresAt: look.tokenExpiresAt, storedAt })
  if (calls.refreshToken === undefined || !look.isComplete || !isDue) return unchanged
  const answer = await calls.refreshToken(io)
  if (!answer.ok) {
    log('warn', 'channel.token_not_renewed', { ...idsOf(channel), code: answer.error.code })
    return { ...unchanged, findings: refreshFindings(answer) }
  }
  const isStored = await storeToken(channel, { ...io.credentials, ...answer.value.credentials }, deps)
  log('info', 'channel.token_renewed', { ...idsOf(channel), isStored })
  return isStored ? { tokenExpiresAt: answer.value.expiresAt, findings: [] } : unchanged
}

async function storeToken(
  channel: ChannelRow,
  credentials: FreshToken['credentials'],
  deps: JobDeps,
): Promise<boolean> {
  const { tenantId, id } = channel
  const context = { tenantId, kind: 'channel_credentials', rowId: id }
  const sealedCredentials = await seal(deps.config.encryptionKeys, JSON.stringify(credentials), context)
  return storeFreshCredentials(deps.db, channel, { sealedCredentials, now: deps.now() })
}

/** Messages recovered. What breaks here says nothing of the token, which is reported all the same. */
async function reconcileSafely(open: OpenChannel, deps: JobDeps): Promise<number> {
  try {
    return (await reconcile(open, deps))?.recovered ?? 0
  } catch (error) {
    log('error', 'channel.reconciliation_failed', { ...idsOf(open.channel), ...errorFields(error) })
    return 0
  }
}
