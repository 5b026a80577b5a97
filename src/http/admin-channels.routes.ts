import { Hono } from 'hono'
import type { z } from 'zod'
import { companionRole } from '../channels/registry.ts'
import { AppError } from '../lib/app-error.ts'
import type { Config } from '../lib/config.ts'
import { log } from '../lib/log.ts'
import { seal } from '../lib/seal.ts'
import { CreateChannelBody, UpdateChannelBody } from '../protocol/api.ts'
import { type Platform, Uuid } from '../protocol/words.ts'
import { findChannelsByExternalId } from '../store/channel-directory.ts'
import { listChannelsWithHealth } from '../store/channel-list.ts'
import {
  type ChannelChange,
  type ChannelRow,
  type ChannelWithHealth,
  deleteChannel,
  findChannel,
  insertChannel,
  updateChannel,
} from '../store/channels.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { findMetaApp } from '../store/meta-apps.ts'
import { AdminChannelList, ChannelResponse, TenantParam, toAdminChannel, toList } from './admin-answers.ts'
import { requireTenant } from './admin-tenants.routes.ts'
import type { AppEnv } from './app-env.ts'
import { requireAdmin } from './callers.ts'
import { describe } from './describe.ts'
import { isKnownPlatform, unknownPlatform } from './known-platform.ts'
import { validate } from './validate.ts'

const path = '/api/v1/admin/tenants/:tenant_id/channels'
const about = { tag: 'channels', caller: 'operator' } as const
const ChannelParam = TenantParam.extend({ id: Uuid })

const notFoundCodes = { 404: '`channel.not_found`, `meta_app.not_found`' }
const creating = describe({
  ...about,
  summary: 'Connects an account',
  answers: { 201: ChannelResponse },
  errors: { 404: '`tenant.not_found`, `meta_app.not_found`', 409: '`channel.taken`', 422: '`platform.unknown`' },
})
const listing = describe({
  ...about,
  summary: 'The connected accounts of a tenant',
  answers: { 200: AdminChannelList },
  errors: { 404: '`tenant.not_found`' },
})
const reading = describe({
  ...about,
  summary: 'One connected account; its credentials are never given back',
  answers: { 200: ChannelResponse },
  errors: { 404: '`channel.not_found`' },
})
const changing = describe({
  ...about,
  summary: 'Changes what is given',
  answers: { 200: ChannelResponse },
  errors: { ...notFoundCodes, 409: '`channel.taken`', 422: '`channel.sender_fixed`' },
})
const removing = describe({
  ...about,
  summary: 'Disconnects an account; its conversations stay readable',
  answers: { 204: { description: 'Disconnected' } },
  errors: { 404: '`channel.not_found`' },
})

const channelTaken = () => new AppError('channel.taken', 409, 'This account is connected already.')
const channelNotFound = () => new AppError('channel.not_found', 404, 'There is no such channel.')

export const adminChannelRoutes = new Hono<AppEnv>()
  .post(
    path,
    creating,
    requireAdmin,
    validate('param', TenantParam),
    validate('json', CreateChannelBody),
    async (c) => {
      const db = openDatabase(c.env.DB)
      const tenant = await requireTenant(db, c.req.valid('param').tenant_id)
      requireKnownPlatform(c.req.valid('json').platform)
      const channel = await makeChannel(c.var.config, tenant.id, c.req.valid('json'))
      await requireOwnApp(db, tenant.id, channel.metaAppId)
      await requireFreeIds(db, channel)
      if (!(await insertChannel(db, channel))) throw channelTaken()
      log('info', 'channel.created', { tenantId: tenant.id, channelId: channel.id, platform: channel.platform })
      return c.json({ channel: toAdminChannel({ channel, health: null }) }, 201)
    },
  )
  .get(path, listing, requireAdmin, validate('param', TenantParam), async (c) => {
    const db = openDatabase(c.env.DB)
    const tenant = await requireTenant(db, c.req.valid('param').tenant_id)
    const { rows } = await listChannelsWithHealth(db, tenant.id)
    return c.json(toList(rows.map(toAdminChannel)))
  })
  .get(`${path}/:id`, reading, requireAdmin, validate('param', ChannelParam), async (c) => {
    const { tenant_id: tenantId, id } = c.req.valid('param')
    return c.json({ channel: toAdminChannel(await requireChannel(openDatabase(c.env.DB), tenantId, id)) })
  })
  .patch(
    `${path}/:id`,
    changing,
    requireAdmin,
    validate('param', ChannelParam),
    validate('json', UpdateChannelBody),
    async (c) => {
      const db = openDatabase(c.env.DB)
      const { tenant_id: tenantId, id } = c.req.valid('param')
      const { channel } = await requireChannel(db, tenantId, id)
      const change = await makeChange(c.var.config, { tenantId, id }, c.req.valid('json'))
      requirePossibleSender(channel.platform, change.companionSends)
      await requireOwnApp(db, tenantId, change.metaAppId ?? null)
      await requireFreeIds(db, { ...channel, ...change })
      if (!(await updateChannel(db, tenantId, id, change))) throw channelTaken()
      log('info', 'channel.changed', { tenantId, channelId: id, fields: Object.keys(change) })
      return c.json({ channel: toAdminChannel(await requireChannel(db, tenantId, id)) })
    },
  )
  .delete(`${path}/:id`, removing, requireAdmin, validate('param', ChannelParam), async (c) => {
    const { tenant_id: tenantId, id } = c.req.valid('param')
    if (!(await deleteChannel(openDatabase(c.env.DB), tenantId, id))) throw channelNotFound()
    log('info', 'channel.deleted', { tenantId, channelId: id })
    return c.body(null, 204)
  })

async function requireChannel(db: Database, tenantId: string, id: string): Promise<ChannelWithHealth> {
  const found = await findChannel(db, tenantId, id)
  if (found === undefined) throw channelNotFound()
  return found
}

/** Nothing would ever be received or sent on another. */
function requireKnownPlatform(platform: Platform): void {
  const { code, status, message } = unknownPlatform
  if (!isKnownPlatform(platform)) throw new AppError(code, status, message)
}

/** Some accounts only the companion can speak for, and some it cannot. */
function requirePossibleSender(platform: Platform, companionSends: boolean | null | undefined): void {
  const role = companionRole(platform)
  const isPossible = companionSends == null || role === 'can' || companionSends === (role === 'always')
  if (!isPossible) throw new AppError('channel.sender_fixed', 422, 'Who sends on this platform cannot be chosen.')
}

/** Neither id of an account may be one of another channel, of whichever tenant. The unique indexes say so once more. */
async function requireFreeIds(db: Database, channel: ChannelRow): Promise<void> {
  const { tenantId, id, platform, externalId, alternateExternalId } = channel
  const ids = alternateExternalId === null ? [externalId] : [externalId, alternateExternalId]
  const others = [...(await findChannelsByExternalId(db, platform, ids)).values()]
  if (others.some((other) => other.tenantId !== tenantId || other.id !== id)) throw channelTaken()
}

/** A channel may name only an app of its own tenant: that app's signature will count for it (G10). */
async function requireOwnApp(db: Database, tenantId: string, metaAppId: string | null): Promise<void> {
  if (metaAppId === null || (await findMetaApp(db, tenantId, metaAppId)) !== undefined) return
  throw new AppError('meta_app.not_found', 404, 'This tenant has no such Meta app.')
}

type Owner = Pick<ChannelRow, 'tenantId' | 'id'>

async function makeChannel(
  config: Config,
  tenantId: string,
  wanted: z.infer<typeof CreateChannelBody>,
): Promise<ChannelRow> {
  const id = crypto.randomUUID()
  return {
    tenantId,
    id,
    platform: wanted.platform,
    // Mailboxes are found by their address in small letters.
    externalId: wanted.platform === 'email' ? wanted.external_id.toLowerCase() : wanted.external_id,
    accountId: wanted.account_id ?? null,
    alternateExternalId: wanted.alternate_external_id ?? null,
    metaAppId: wanted.meta_app_id ?? null,
    name: wanted.name,
    sealedCredentials: wanted.credentials ? await sealCredentials(config, { tenantId, id }, wanted.credentials) : null,
    createdAt: Date.now(),
    checkedAt: null,
    reconciledAt: null,
    tokenRefreshedAt: null,
    companionSends: companionRole(wanted.platform) === 'always' ? true : null,
  }
}

async function makeChange(
  config: Config,
  owner: Owner,
  wanted: z.infer<typeof UpdateChannelBody>,
): Promise<ChannelChange> {
  const { name, credentials, meta_app_id: metaAppId, account_id: accountId } = wanted
  const { alternate_external_id: alternateExternalId, companion_sends: companionSends } = wanted
  return {
    ...(name === undefined ? {} : { name }),
    ...(credentials
      ? { sealedCredentials: await sealCredentials(config, owner, credentials), tokenRefreshedAt: Date.now() }
      : {}),
    ...(metaAppId === undefined ? {} : { metaAppId }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(alternateExternalId === undefined ? {} : { alternateExternalId }),
    ...(companionSends === undefined ? {} : { companionSends }),
  }
}

function sealCredentials(config: Config, { tenantId, id }: Owner, credentials: Record<string, string>) {
  return seal(config.encryptionKeys, JSON.stringify(credentials), { tenantId, kind: 'channel_credentials', rowId: id })
}
