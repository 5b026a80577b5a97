// Trust boundary: until a delivery's signature is right, nothing of its body is parsed, stored or logged.
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { answerHandshake } from '../channels/meta/handshake.ts'
import { verifySignature } from '../channels/meta/signature.ts'
import { adapterFor } from '../channels/registry.ts'
import { receive } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'
import type { Platform } from '../protocol/words.ts'
import { findChannelsOfApp } from '../store/channel-directory.ts'
import { openDatabase } from '../store/database.ts'
import type { AppEnv } from './app-env.ts'
import { describe } from './describe.ts'
import { keepRefusals, keepWhole } from './keep-refused.ts'
import { maxBodyBytes, readBody, refuseEncodedBody } from './read-body.ts'
import type { DeliverySource } from './routing.ts'
import { signatureFailures } from './signature-failures.ts'
import { validate } from './validate.ts'
import { type SigningApp, ownApp, sharedApp } from './webhook-app.ts'
import { takeIn } from './webhook-intake.ts'

const SharedParam = z.object({ platform: z.string() })
const OwnParam = SharedParam.extend({ meta_app_id: z.string() })

const sharedPath = '/api/v1/communications/webhooks/:platform'
const ownPath = `${sharedPath}/:meta_app_id`

const handshake = describe({
  tag: 'inbound',
  summary: "Meta's check that this address is ours",
  description: 'Unsigned: `hub.mode`, `hub.verify_token` and `hub.challenge` in the query.',
  caller: 'anyone',
  answers: { 200: { description: 'The challenge', media: 'text/plain' } },
  errors: { 403: '`webhook.handshake_refused`', 404: '`webhook.not_found`' },
})
const delivery = describe({
  tag: 'inbound',
  summary: 'A delivery of Meta, signed over its raw bytes (`X-Hub-Signature-256`)',
  description: 'Answered once everything is stored, or kept in quarantine. Any other answer makes Meta send again.',
  caller: 'anyone',
  body: { media: 'application/json', description: 'As Meta sends it; 4 MiB at most' },
  answers: { 200: z.object({ received: z.number().int() }) },
  errors: {
    401: '`webhook.signature`',
    404: '`webhook.not_found`',
    413: '`body.too_large`',
    415: '`body.encoded`',
    503: '`webhook.not_stored`, `hub.unavailable`, `config.invalid`',
  },
})

export const webhookRoutes = new Hono<AppEnv>()
  .get(sharedPath, handshake, validate('param', SharedParam), async (c) => {
    metaPlatform(c.req.valid('param').platform)
    return answer(c, sharedApp(c.var.config, Date.now()))
  })
  .get(ownPath, handshake, validate('param', OwnParam), async (c) => {
    metaPlatform(c.req.valid('param').platform)
    return answer(c, await ownApp(c.env, c.var.config, c.req.valid('param').meta_app_id))
  })
  .post(sharedPath, delivery, validate('param', SharedParam), async (c) => {
    const platform = metaPlatform(c.req.valid('param').platform)
    const body = await readDelivery(c)
    const app = sharedApp(c.var.config, Date.now())
    if (!(await isSigned(c, body, app))) throw refuseSignature(c, platform, app)
    return c.json({ received: await store(c.env, { platform, metaAppId: null, tenantId: '' }, body) })
  })
  .post(ownPath, delivery, validate('param', OwnParam), async (c) => {
    const platform = metaPlatform(c.req.valid('param').platform)
    const metaAppId = c.req.valid('param').meta_app_id
    const body = await readDelivery(c)
    const app = await ownApp(c.env, c.var.config, metaAppId)
    if (app === null || !(await isSigned(c, body, app))) throw refuseSignature(c, platform, app)
    return c.json({ received: await store(c.env, { platform, metaAppId, tenantId: app.tenantId }, body) })
  })

function metaPlatform(name: string): Platform {
  const adapter = adapterFor(name)
  if (adapter?.webhooks === 'meta') return adapter.platform
  throw new AppError('webhook.not_found', 404, 'No platform sends webhooks to this address.')
}

async function answer(c: Context<AppEnv>, app: SigningApp | null): Promise<Response> {
  const query = new URL(c.req.url).searchParams
  const challenge = app === null ? null : await answerHandshake(query, app.verifyToken)
  if (challenge === null)
    throw new AppError('webhook.handshake_refused', 403, 'The verify token is not the one set here.')
  return c.text(challenge)
}

async function readDelivery(c: Context<AppEnv>): Promise<Uint8Array<ArrayBuffer>> {
  refuseEncodedBody(c.req.raw)
  return readBody(c.req.raw, maxBodyBytes)
}

async function isSigned(c: Context<AppEnv>, body: Uint8Array<ArrayBuffer>, app: SigningApp): Promise<boolean> {
  return verifySignature(body, c.req.header('x-hub-signature-256') ?? null, app.secrets)
}

/** The same answer for a wrong signature and for an app that nobody has: which ones there are is not told. */
function refuseSignature(c: Context<AppEnv>, platform: Platform, app: SigningApp | null): AppError {
  const count = signatureFailures.count(`${platform} ${app === null ? 'unknown' : (app.metaAppId ?? 'shared')}`)
  if (count !== null) {
    log('warn', 'webhook.signature_refused', { platform, metaAppId: app?.metaAppId, isKnownApp: app !== null, count })
    if (app?.metaAppId != null) c.executionCtx.waitUntil(reportFailures(c.env, platform, app, count))
  }
  return new AppError('webhook.signature', 401, 'The signature does not fit the body.')
}

/** Shows a tenant that its app's secret may be wrong (G9). The shared app is nobody's: the log is all there is. */
async function reportFailures(env: Env, platform: Platform, app: SigningApp, count: number): Promise<void> {
  try {
    const { tenantId, metaAppId } = app
    const channels = await findChannelsOfApp(openDatabase(env.DB), tenantId, platform, metaAppId ?? '')
    const at = Date.now()
    await receive(
      env,
      tenantId,
      channels.map(({ id }) => ({ channel: { id, platform }, item: { kind: 'signature_failures', count, at } })),
    )
  } catch (error) {
    log('error', 'webhook.failures_not_reported', errorFields(error))
  }
}

/**
 * Stores a signed delivery and gives the number of updates taken in.
 * @throws AppError 503 when anything of it could not be stored, whatever the reason: Meta sends again (G1).
 */
async function store(env: Env, source: DeliverySource, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const startedAt = Date.now()
  const { platform, metaAppId } = source
  try {
    const intake = await takeIn(env, source, body)
    if (intake.kind === 'unreadable') {
      await keepWhole(env, source, { reason: intake.reason, body })
      log('warn', 'webhook.unreadable', { platform, metaAppId, reason: intake.reason, ms: Date.now() - startedAt })
      return 1
    }
    await keepRefusals(env, source, intake.refusals)
    if (intake.failure !== undefined) throw intake.failure
    const { received, items, ignored, refusals } = intake
    const counts = { received, items, ignored, refused: refusals.length }
    log('info', 'webhook.received', { platform, metaAppId, ...counts, ms: Date.now() - startedAt })
    return received
  } catch (error) {
    log('error', 'webhook.not_stored', { platform, metaAppId, ...errorFields(error) })
    if (error instanceof AppError && error.status === 503) throw error
    throw new AppError('webhook.not_stored', 503, 'The delivery cannot be stored right now. Send again.')
  }
}
