import { Hono } from 'hono'
import { AppError } from '../lib/app-error.ts'
import { log } from '../lib/log.ts'
import { CreateMetaAppBody, RotateMetaAppBody } from '../protocol/api.ts'
import { ExternalId } from '../protocol/words.ts'
import { openDatabase } from '../store/database.ts'
import { deleteMetaApp, insertMetaApp, listMetaApps, rotateMetaApp } from '../store/meta-apps.ts'
import { MetaAppList, MetaAppResponse, TenantParam, toList, toMetaApp } from './admin-answers.ts'
import { requireTenant } from './admin-tenants.routes.ts'
import type { AppEnv } from './app-env.ts'
import { requireAdmin } from './callers.ts'
import { describe } from './describe.ts'
import { sealAppSecret, sealVerifyToken } from './meta-app-secrets.ts'
import { validate } from './validate.ts'

const path = '/api/v1/admin/tenants/:tenant_id/meta-apps'
const about = { tag: 'meta apps', caller: 'operator' } as const
const AppParam = TenantParam.extend({ meta_app_id: ExternalId })
const defaultOverlapSeconds = 86_400

const creating = describe({
  ...about,
  summary: "Registers a tenant's own Meta app",
  description: 'Its webhooks come to `/api/v1/communications/webhooks/{platform}/{meta_app_id}`.',
  answers: { 201: MetaAppResponse },
  errors: { 404: '`tenant.not_found`', 409: '`meta_app.taken`' },
})
const listing = describe({
  ...about,
  summary: 'The Meta apps of a tenant, without their secrets',
  answers: { 200: MetaAppList },
  errors: { 404: '`tenant.not_found`' },
})
const rotating = describe({
  ...about,
  summary: 'Takes a new app secret; the old one counts for a while longer',
  answers: { 200: MetaAppResponse },
  errors: { 404: '`meta_app.not_found`' },
})
const removing = describe({
  ...about,
  summary: 'Forgets a Meta app that signs for no channel any more',
  answers: { 204: { description: 'Forgotten' } },
  errors: { 404: '`meta_app.not_found`', 409: '`meta_app.in_use`' },
})

const appNotFound = () => new AppError('meta_app.not_found', 404, 'This tenant has no such Meta app.')

export const adminMetaAppRoutes = new Hono<AppEnv>()
  .post(
    path,
    creating,
    requireAdmin,
    validate('param', TenantParam),
    validate('json', CreateMetaAppBody),
    async (c) => {
      const db = openDatabase(c.env.DB)
      const tenant = await requireTenant(db, c.req.valid('param').tenant_id)
      const { meta_app_id: metaAppId, name, app_secret, verify_token } = c.req.valid('json')
      const { encryptionKeys } = c.var.config
      const owner = { tenantId: tenant.id, metaAppId }
      const app = {
        ...owner,
        name,
        sealedSecret: await sealAppSecret(encryptionKeys, owner, app_secret),
        sealedPreviousSecret: null,
        previousUntil: null,
        sealedVerifyToken: await sealVerifyToken(encryptionKeys, owner, verify_token),
        createdAt: Date.now(),
      }
      if (!(await insertMetaApp(db, app))) {
        throw new AppError('meta_app.taken', 409, 'This Meta app is registered already.')
      }
      log('info', 'meta_app.created', owner)
      return c.json({ meta_app: toMetaApp(app) }, 201)
    },
  )
  .get(path, listing, requireAdmin, validate('param', TenantParam), async (c) => {
    const db = openDatabase(c.env.DB)
    const tenant = await requireTenant(db, c.req.valid('param').tenant_id)
    const apps = await listMetaApps(db, tenant.id)
    return c.json(toList(apps.map(toMetaApp)))
  })
  .post(
    `${path}/:meta_app_id/rotate`,
    rotating,
    requireAdmin,
    validate('param', AppParam),
    validate('json', RotateMetaAppBody),
    async (c) => {
      const { tenant_id: tenantId, meta_app_id: metaAppId } = c.req.valid('param')
      const { app_secret, overlap_seconds = defaultOverlapSeconds } = c.req.valid('json')
      const owner = { tenantId, metaAppId }
      const sealedSecret = await sealAppSecret(c.var.config.encryptionKeys, owner, app_secret)
      const previousUntil = Date.now() + overlap_seconds * 1000
      const rotated = await rotateMetaApp(openDatabase(c.env.DB), owner, { sealedSecret, previousUntil })
      if (rotated === undefined) throw appNotFound()
      log('info', 'meta_app.rotated', { ...owner, overlapSeconds: overlap_seconds })
      return c.json({ meta_app: toMetaApp(rotated) })
    },
  )
  .delete(`${path}/:meta_app_id`, removing, requireAdmin, validate('param', AppParam), async (c) => {
    const { tenant_id: tenantId, meta_app_id: metaAppId } = c.req.valid('param')
    const outcome = await deleteMetaApp(openDatabase(c.env.DB), tenantId, metaAppId)
    if (outcome === 'not_found') throw appNotFound()
    if (outcome === 'in_use') {
      throw new AppError('meta_app.in_use', 409, 'A channel still uses this app: change the channel first.')
    }
    log('info', 'meta_app.deleted', { tenantId, metaAppId })
    return c.body(null, 204)
  })
