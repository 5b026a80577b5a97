// Trust boundary: whoever has the key may be any program that runs accounts of this tenant; which one runs which, the
// leases decide.
import { type Context, Hono } from 'hono'
import { companionRole } from '../channels/registry.ts'
import { openDoorbell, receive } from '../hub/call-hub.ts'
import type { IngestItem } from '../ingest/items.ts'
import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'
import { backReport } from '../outbox/companion-health.ts'
import { type AccountState, type Lease, LeaseBody, LeaseResponse, StatesBody } from '../protocol/companion.ts'
import {
  type LeaseWish,
  type LeasedChannel,
  acquireLeases,
  holderOf,
  releaseLeases,
} from '../store/companion-leases.ts'
import { openDatabase } from '../store/database.ts'
import type { AppEnv } from './app-env.ts'
import { requireService } from './callers.ts'
import { channelLookup } from './channel-lookup.ts'
import { accountKey } from './companion-channel.ts'
import { describe } from './describe.ts'
import { validate } from './validate.ts'

const base = '/api/v1/companion'
const about = { tag: 'companion', caller: 'service' } as const

/** Renewed every half minute: two renewals may be lost. */
const leaseMs = 90_000

const leasing = describe({
  ...about,
  summary: 'Takes accounts, goes on with them, or gives them back',
  description:
    'Of several companions one gets an account, for 90 s from each call. The first lease of a mailbox also makes it the ' +
    "companion's to send what is answered there, unless it `sends` nothing. A process that `starts` takes over from an earlier one of its companion, " +
    'which is told `taken` from then on.',
  answers: { 200: LeaseResponse },
})
const stating = describe({
  ...about,
  summary: 'Says how accounts are; the page shows it',
  description: 'Accounts that the tenant has no channel for are passed over.',
  answers: { 204: { description: 'Taken' } },
})
const ringing = describe({
  ...about,
  summary: 'A socket that says when there are commands to pull',
  description:
    'A WebSocket with the Authorization header. Its frames are `{"type":"commands","account":{…},"seq":n}`; ' +
    '`{"type":"ping"}` is answered. A ring that is lost does no harm: pull every 30 s besides.',
  answers: { 101: { description: 'Frames follow' } },
  errors: { 426: '`socket.upgrade_required`' },
})

export const companionRoutes = new Hono<AppEnv>()
  .post(`${base}/leases`, leasing, requireService('companion'), validate('json', LeaseBody), async (c) =>
    c.json({ leases: await lease(c, c.req.valid('json')) }),
  )
  .post(`${base}/states`, stating, requireService('companion'), validate('json', StatesBody), async (c) => {
    await takeStates(c.env, c.var.service.tenantId, c.req.valid('json').items)
    return c.body(null, 204)
  })
  .get(`${base}/ws`, ringing, requireService('companion'), async (c) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      c.header('Upgrade', 'websocket')
      throw new AppError('socket.upgrade_required', 426, 'This address is for WebSockets.')
    }
    const { tenantId, keyId } = c.var.service
    return openDoorbell(c.env, { tenantId, keyId }, c.req.raw)
  })

// ---------------------------------------------------------------- leases

async function lease(c: Context<AppEnv>, body: LeaseBody): Promise<Lease[]> {
  const { companion_id, instance_id, starts = false, accounts, release = false } = body
  const { tenantId } = c.var.service
  const wish: LeaseWish = {
    tenantId,
    companionId: companion_id,
    instanceId: instance_id,
    starts,
    accounts: accounts
      .map(({ sends = true, ...account }) => ({ ...accountKey(account), sends }))
      .filter(({ platform }) => companionRole(platform) !== null),
    now: Date.now(),
    leaseMs,
  }
  const change = release ? releaseLeases : acquireLeases
  const channels = await change(openDatabase(c.env.DB), c.env.DB, wish)
  const byAccount = new Map(channels.map((channel) => [`${channel.platform} ${channel.externalId}`, channel]))
  const leases = accounts.map((account) => {
    const { platform, externalId } = accountKey(account)
    return toLease(account, byAccount.get(`${platform} ${externalId}`), wish)
  })
  if (!release) c.executionCtx.waitUntil(endSilence(c.env, channels, wish))
  return leases
}

function toLease(
  account: Pick<Lease, 'platform' | 'external_id'>,
  channel: LeasedChannel | undefined,
  wish: LeaseWish,
): Lease {
  const { platform, external_id } = account
  const of = { platform, external_id, cursor: channel?.cursor ?? 0 }
  const row = channel?.lease ?? null
  if (row === null) return { ...of, state: 'unknown', token: null, expires_at: null }
  const expires_at = new Date(row.expiresAt).toISOString()
  if (row.holder !== holderOf(wish)) return { ...of, state: 'taken', token: null, expires_at }
  return { ...of, state: row.expiresAt > wish.now ? 'held' : 'released', token: row.token, expires_at }
}

/** Whoever comes back ends what was told of its silence. Where that fails, the next renewal does it. */
async function endSilence(env: Env, channels: readonly LeasedChannel[], wish: LeaseWish) {
  const { tenantId } = wish
  const items = channels.flatMap(({ id, platform, lease, health }): IngestItem[] => {
    const report = lease?.holder === holderOf(wish) ? backReport(health, Date.now()) : null
    return report === null ? [] : [{ channel: { id, platform }, item: report }]
  })
  try {
    await receive(env, tenantId, items)
  } catch (error) {
    log('error', 'companion.return_not_told', { tenantId, ...errorFields(error) })
  }
}

// ---------------------------------------------------------------- states

async function takeStates(env: Env, tenantId: string, states: readonly AccountState[]): Promise<void> {
  const items = await Promise.all(states.map((state) => toItem(env, tenantId, state)))
  await receive(
    env,
    tenantId,
    items.flatMap((item) => item ?? []),
  )
}

/** The time is ours: reports come in their order, and the companion's clock may be wrong. */
async function toItem(env: Env, tenantId: string, told: AccountState): Promise<IngestItem | null> {
  const { platform, externalId } = accountKey(told)
  const found = (await channelLookup.find(openDatabase(env.DB), platform, [externalId])).get(externalId)
  if (found === undefined || found.tenantId !== tenantId) return null
  const { session_state: sessionState, code, message } = told
  // Whether anything has come yet is not for the companion to say.
  const state = told.state === 'idle' ? ('ok' as const) : told.state
  const item = { kind: 'health' as const, at: Date.now(), state, code, message, sessionState }
  return { channel: { id: found.id, platform }, item }
}
