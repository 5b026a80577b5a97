import { Hono } from 'hono'
import { z } from 'zod'
import { tellFollowersChanged } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import type { Config } from '../lib/config.ts'
import { errorFields, log } from '../lib/log.ts'
import { pushEndpoint } from '../notifications/push-endpoint.ts'
import { isPushKey, sealTarget, subscriptionId } from '../notifications/push-target.ts'
import { PushStatus, PushSubscriptionAnswer, PushSubscriptionBody } from '../protocol/push.ts'
import { openDatabase } from '../store/database.ts'
import {
  type PushSubscriptionRow,
  deleteOwnSubscription,
  selectSubscriptionsOf,
  writeSubscription,
} from '../store/push.ts'
import type { AppEnv, UserCaller } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { validate } from './validate.ts'

const path = '/api/v1/notifications/push'
const tag = 'notifications'
const caller = 'user'

// Any text: an id of a strange form is one that is not found, like another user's.
const IdParam = z.object({ id: z.string() })

const showing = describe({
  tag,
  summary: "The key for browsers that are to be pushed, and the user's own ones",
  description: '`public_key` is null where push is not set up.',
  caller,
  answers: { 200: PushStatus },
})
const subscribing = describe({
  tag,
  summary: 'Pushes a browser of the user from now on',
  description:
    'Takes what `PushSubscription.toJSON()` gives. Repeating it is safe and mends a failing one; another user of the same browser takes it over. The oldest of more than twenty goes.',
  caller,
  answers: { 200: PushSubscriptionAnswer, 201: PushSubscriptionAnswer },
  errors: { 400: '`request.invalid`, `push.endpoint_refused`, `push.key_refused`', 409: '`push.not_configured`' },
})
const unsubscribing = describe({
  tag,
  summary: 'Pushes a browser no more',
  caller,
  answers: { 204: { description: 'Done' } },
  errors: { 404: '`push.not_found`' },
})

const notConfigured = () => new AppError('push.not_configured', 409, 'Push is not set up on this server.')
const notFound = () => new AppError('push.not_found', 404, 'There is no such subscription.')
const endpointRefused = () =>
  new AppError('push.endpoint_refused', 400, 'endpoint: is no address of a push service of a browser')
const keyRefused = () => new AppError('push.key_refused', 400, 'keys.p256dh: is no point of P-256')

export const pushRoutes = new Hono<AppEnv>()
  .get(path, showing, requireUser, async (c) => {
    const { tenantId, userId } = c.var.user
    const { push } = c.var.config
    const rows = await selectSubscriptionsOf(openDatabase(c.env.DB), tenantId, userId)
    return c.json({ public_key: push?.publicKey ?? null, subscriptions: rows.map((row) => toAnswer(row, push)) })
  })
  .post(`${path}/subscriptions`, subscribing, requireUser, validate('json', PushSubscriptionBody), async (c) => {
    const { config, user } = c.var
    const { row, isNew } = await writeSubscription(c.env.DB, await makeRow(config, user, c.req.valid('json')))
    await tellHub(c.env, user.tenantId)
    log('info', 'push.subscribed', { tenantId: user.tenantId, userId: user.userId, subscriptionId: row.id, isNew })
    return c.json(toAnswer(row, config.push), isNew ? 201 : 200)
  })
  .delete(`${path}/subscriptions/:id`, unsubscribing, requireUser, validate('param', IdParam), async (c) => {
    const { tenantId, userId } = c.var.user
    const { id } = c.req.valid('param')
    if (!(await deleteOwnSubscription(openDatabase(c.env.DB), { tenantId, userId, id }))) throw notFound()
    await tellHub(c.env, tenantId)
    log('info', 'push.unsubscribed', { tenantId, userId, subscriptionId: id })
    return c.body(null, 204)
  })

async function makeRow(
  { push, localAddresses, encryptionKeys }: Config,
  { tenantId, userId }: UserCaller,
  { endpoint, keys, name }: PushSubscriptionBody,
): Promise<PushSubscriptionRow> {
  if (push === null) throw notConfigured()
  const url = pushEndpoint(endpoint, localAddresses)
  if (url === null) throw endpointRefused()
  if (!(await isPushKey(keys.p256dh))) throw keyRefused()
  const id = subscriptionId(tenantId, url.href)
  const target = { endpoint: url.href, keys: { p256dh: keys.p256dh, auth: keys.auth } }
  return {
    tenantId,
    id,
    userId,
    name: name ?? '',
    sealed: await sealTarget(encryptionKeys, target, { tenantId, id }),
    vapidKeyId: push.keyId,
    createdAt: Date.now(),
    lastSuccessAt: null,
    attempts: 0,
    retryAt: null,
    owedSeq: null,
    testedSeq: null,
  }
}

/** A hub that does not hear of it learns it when it wakes next; until then the sweep pushes, a minute late at most. */
async function tellHub(env: Env, tenantId: string): Promise<void> {
  try {
    await tellFollowersChanged(env, tenantId)
  } catch (error) {
    log('warn', 'push.hub_not_told', { tenantId, ...errorFields(error) })
  }
}

function toAnswer(row: PushSubscriptionRow, push: Config['push']): PushSubscriptionAnswer {
  return {
    id: row.id,
    name: row.name,
    created_at: new Date(row.createdAt).toISOString(),
    last_success_at: row.lastSuccessAt === null ? null : new Date(row.lastSuccessAt).toISOString(),
    is_failing: row.attempts > 0 || row.vapidKeyId !== push?.keyId,
  }
}
