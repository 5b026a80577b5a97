import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { tellFollowersChanged } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'
import { postWebhook, webhookTimeoutMs } from '../notifications/post-webhook.ts'
import { addressRulesOf, publicAddress } from '../notifications/public-address.ts'
import { makeWebhookSecret, openWebhookSecrets } from '../notifications/webhook-secrets.ts'
import { ringFollower } from '../outbox/bell.ts'
import {
  CreateWebhookEndpointBody,
  ReplayWebhooksBody,
  TestWebhookResponse,
  UpdateWebhookEndpointBody,
  WebhookEndpointDetails,
  WebhookEndpointList,
  WebhookEndpointResponse,
  WebhookSecretResponse,
  maxWebhookEndpoints,
} from '../protocol/webhooks.ts'
import { Uuid } from '../protocol/words.ts'
import { openDatabase } from '../store/database.ts'
import {
  type EndpointChange,
  type EndpointWithState,
  deleteEndpoint,
  insertEndpoint,
  readDeliveries,
  readEndpoints,
  rewindEndpoint,
  rotateEndpoint,
  updateEndpoint,
} from '../store/webhooks.ts'
import type { AppEnv } from './app-env.ts'
import { requireService } from './callers.ts'
import { describe } from './describe.ts'
import { validate } from './validate.ts'
import { toDelivery, toEndpoint } from './webhook-answers.ts'

const path = '/api/v1/webhook-endpoints'
const about = { tag: 'webhooks out', caller: 'service' } as const
const IdParam = z.object({ id: Uuid })
/** How long the secret before the current one signs too. */
const overlapMs = 24 * 3_600_000

const notFoundCode = { 404: '`webhook_endpoint.not_found`' }
const creating = describe({
  ...about,
  summary: "Posts every line of the tenant's journal to an address, from now on",
  description: 'The secret that signs is shown here and never again. The scheme is that of Standard Webhooks.',
  answers: { 201: WebhookSecretResponse },
  errors: { 409: '`webhook_endpoint.limit`', 422: '`webhook_endpoint.address`' },
})
const listing = describe({
  ...about,
  summary: "The tenant's endpoints and how far each has come",
  answers: { 200: WebhookEndpointList },
})
const reading = describe({
  ...about,
  summary: 'One endpoint and its last hundred attempts',
  answers: { 200: WebhookEndpointDetails },
  errors: notFoundCode,
})
const changing = describe({
  ...about,
  summary: 'Changes what is given',
  answers: { 200: WebhookEndpointResponse },
  errors: { ...notFoundCode, 422: '`webhook_endpoint.address`' },
})
const rotating = describe({
  ...about,
  summary: 'Makes a new secret; the old one signs as well for 24 hours',
  answers: { 200: WebhookSecretResponse },
  errors: notFoundCode,
})
const removing = describe({
  ...about,
  summary: 'Forgets an endpoint',
  answers: { 204: { description: 'Forgotten' } },
  errors: notFoundCode,
})
const replaying = describe({
  ...about,
  summary: 'Posts what stands in the journal from a number on, under the same ids',
  description: 'Or goes on from a later one than the next, and leaves out what is between.',
  answers: { 200: WebhookEndpointResponse },
  errors: notFoundCode,
})
const testing = describe({
  ...about,
  summary: 'Posts an event of type `test` at once, and says how it was answered',
  description: 'Also to an endpoint that is disabled.',
  answers: { 200: TestWebhookResponse },
  errors: notFoundCode,
})

const notFound = () => new AppError('webhook_endpoint.not_found', 404, 'There is no such webhook endpoint.')

export const webhookEndpointRoutes = new Hono<AppEnv>()
  .post(path, creating, requireService('webhooks'), validate('json', CreateWebhookEndpointBody), async (c) => {
    const { tenantId } = c.var.service
    const { url, description, event_types: eventTypes } = c.req.valid('json')
    const id = crypto.randomUUID()
    const { secret, sealedSecret } = await makeWebhookSecret(c.var.config.encryptionKeys, { tenantId, id })
    const createdAt = Date.now()
    const endpoint = { tenantId, id, url: requireAddress(c, url), description, eventTypes, sealedSecret, createdAt }
    if (!(await insertEndpoint(c.env.DB, endpoint, maxWebhookEndpoints))) {
      throw new AppError('webhook_endpoint.limit', 409, `There are ${maxWebhookEndpoints} webhook endpoints already.`)
    }
    log('info', 'webhook_endpoint.created', { tenantId, endpointId: id })
    await tellHub(c)
    return c.json({ endpoint: await show(c, id), secret }, 201)
  })
  .get(path, listing, requireService('webhooks'), async (c) => {
    const endpoints = await readEndpoints(openDatabase(c.env.DB), c.var.service.tenantId)
    return c.json({ items: endpoints.map(toEndpoint), next_cursor: null })
  })
  .get(`${path}/:id`, reading, requireService('webhooks'), validate('param', IdParam), async (c) => {
    const { id } = c.req.valid('param')
    const endpoint = await show(c, id)
    const deliveries = await readDeliveries(openDatabase(c.env.DB), c.var.service.tenantId, id)
    return c.json({ endpoint, deliveries: deliveries.map(toDelivery) })
  })
  .patch(
    `${path}/:id`,
    changing,
    requireService('webhooks'),
    validate('param', IdParam),
    validate('json', UpdateWebhookEndpointBody),
    async (c) => {
      const { id } = c.req.valid('param')
      const { tenantId } = c.var.service
      const change = changeOf(c, c.req.valid('json'))
      if (!(await updateEndpoint(openDatabase(c.env.DB), tenantId, id, change))) throw notFound()
      log('info', 'webhook_endpoint.changed', { tenantId, endpointId: id, fields: Object.keys(change) })
      await tellHub(c)
      ring(c)
      return c.json({ endpoint: await show(c, id) })
    },
  )
  .delete(`${path}/:id`, removing, requireService('webhooks'), validate('param', IdParam), async (c) => {
    const { id } = c.req.valid('param')
    const { tenantId } = c.var.service
    if (!(await deleteEndpoint(c.env.DB, tenantId, id))) throw notFound()
    log('info', 'webhook_endpoint.deleted', { tenantId, endpointId: id })
    await tellHub(c)
    return c.body(null, 204)
  })
  .post(`${path}/:id/rotate`, rotating, requireService('webhooks'), validate('param', IdParam), async (c) => {
    const { id } = c.req.valid('param')
    const { tenantId } = c.var.service
    const { secret, sealedSecret } = await makeWebhookSecret(c.var.config.encryptionKeys, { tenantId, id })
    const change = { sealedSecret, previousUntil: Date.now() + overlapMs }
    if (!(await rotateEndpoint(openDatabase(c.env.DB), { tenantId, id }, change))) throw notFound()
    log('info', 'webhook_endpoint.rotated', { tenantId, endpointId: id })
    return c.json({ endpoint: await show(c, id), secret })
  })
  .post(
    `${path}/:id/replay`,
    replaying,
    requireService('webhooks'),
    validate('param', IdParam),
    validate('json', ReplayWebhooksBody),
    async (c) => {
      const { id } = c.req.valid('param')
      const { tenantId } = c.var.service
      const { from_seq: fromSeq } = c.req.valid('json')
      if (!(await rewindEndpoint(c.env.DB, tenantId, id, fromSeq))) throw notFound()
      log('info', 'webhook_endpoint.replayed', { tenantId, endpointId: id, fromSeq })
      ring(c)
      return c.json({ endpoint: await show(c, id) })
    },
  )
  .post(`${path}/:id/test`, testing, requireService('webhooks'), validate('param', IdParam), async (c) => {
    const { id } = c.req.valid('param')
    const { row, head } = await requireEndpoint(c, id)
    const { config } = c.var
    const post = { fetch, now: () => Date.now(), rules: addressRulesOf(config), timeoutMs: webhookTimeoutMs }
    const secrets = await openWebhookSecrets(config.encryptionKeys, row, Date.now())
    const { tenantId } = row
    const timestamp = new Date().toISOString()
    const body = { type: 'test', timestamp, tenant_id: tenantId, epoch: head.epoch, data: { type: 'test' } }
    const webhook = { id: `evt_test_${crypto.randomUUID()}`, body: JSON.stringify(body) }
    const { status, ms, error } = await postWebhook(post, { url: row.url, secrets }, webhook)
    return c.json({ status, ms, error })
  })

async function requireEndpoint(c: Context<AppEnv>, id: string): Promise<EndpointWithState> {
  const [found] = await readEndpoints(openDatabase(c.env.DB), c.var.service.tenantId, id)
  if (found === undefined) throw notFound()
  return found
}

async function show(c: Context<AppEnv>, id: string) {
  return toEndpoint(await requireEndpoint(c, id))
}

/** What we send requests to must not be a way to our own host, or to a network that only we can reach. */
function requireAddress(c: Context<AppEnv>, url: string): string {
  const { ownHosts, ...rules } = addressRulesOf(c.var.config)
  const address = publicAddress(url, { ...rules, ownHosts: [...ownHosts, new URL(c.req.url).hostname] })
  if (address !== null) return address.href
  throw new AppError('webhook_endpoint.address', 422, 'Give an https address on port 443 with a public name, not ours.')
}

function changeOf(c: Context<AppEnv>, wanted: z.infer<typeof UpdateWebhookEndpointBody>): EndpointChange {
  const { url, description, event_types: eventTypes, enabled } = wanted
  return {
    ...(url === undefined ? {} : { url: requireAddress(c, url) }),
    ...(description === undefined ? {} : { description }),
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(enabled === true ? { disabledAt: null, disabledReason: null } : {}),
    ...(enabled === false ? { disabledAt: Date.now(), disabledReason: 'owner' } : {}),
  }
}

/** A hub that cannot be reached is no reason to refuse: it asks again when it starts, and the sweep rings until then. */
async function tellHub(c: Context<AppEnv>): Promise<void> {
  const { tenantId } = c.var.service
  try {
    await tellFollowersChanged(c.env, tenantId)
  } catch (error) {
    log('warn', 'webhook_endpoint.hub_not_told', { tenantId, ...errorFields(error) })
  }
}

/** What lies behind the cursor now is posted soon; the sweep comes by anyway. */
function ring(c: Context<AppEnv>): void {
  const { tenantId } = c.var.service
  c.executionCtx.waitUntil(
    ringFollower(c.env.FOLLOWERS, [tenantId], 'webhooks').catch((error: unknown) =>
      log('warn', 'webhook_endpoint.not_rung', { tenantId, ...errorFields(error) }),
    ),
  )
}
