import { Hono } from 'hono'
import { z } from 'zod'
import { closeDoorbells } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'
import { CreateServiceKeyBody } from '../protocol/api.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { openDatabase } from '../store/database.ts'
import { addServiceKey, listServiceKeys, revokeServiceKey } from '../store/service-keys.ts'
import { CreateServiceKeyResponse, ServiceKeyList, TenantParam, toList, toServiceKey } from './admin-answers.ts'
import { requireTenant } from './admin-tenants.routes.ts'
import type { AppEnv } from './app-env.ts'
import { forgetServiceKey, requireAdmin } from './callers.ts'
import { describe } from './describe.ts'
import { makeServiceKey } from './make-service-key.ts'
import { validate } from './validate.ts'

const path = '/api/v1/admin/tenants/:tenant_id/service-keys'
const about = { tag: 'service keys', caller: 'operator' } as const
const KeyParam = TenantParam.extend({ id: z.string().regex(/^[0-9a-f]{16}$/) })

const creating = describe({
  ...about,
  summary: 'Creates a service key',
  description: 'It is shown here and never again. Two may live at once, so that one can replace the other.',
  answers: { 201: CreateServiceKeyResponse },
  errors: { 404: '`tenant.not_found`', 409: '`service_key.limit`' },
})
const listing = describe({
  ...about,
  summary: 'The service keys of a tenant, also revoked ones, without their secrets',
  answers: { 200: ServiceKeyList },
  errors: { 404: '`tenant.not_found`' },
})
const revoking = describe({
  ...about,
  summary: 'Revokes a service key, everywhere within five seconds',
  answers: { 204: { description: 'Revoked' } },
  errors: { 404: '`service_key.not_found`' },
})

export const adminServiceKeyRoutes = new Hono<AppEnv>()
  .post(
    path,
    creating,
    requireAdmin,
    validate('param', TenantParam),
    validate('json', CreateServiceKeyBody),
    async (c) => {
      const db = openDatabase(c.env.DB)
      const tenant = await requireTenant(db, c.req.valid('param').tenant_id)
      const { row, key } = await makeServiceKey(tenant.id, c.req.valid('json'), Date.now())
      if (!(await addServiceKey(db, row))) {
        throw new AppError('service_key.limit', 409, 'Two keys are live already: revoke one first.')
      }
      log('info', 'service_key.created', { tenantId: tenant.id, keyId: row.id, scopes: row.scopes })
      return c.json({ service_key: key, id: row.id }, 201)
    },
  )
  .get(path, listing, requireAdmin, validate('param', TenantParam), async (c) => {
    const db = openDatabase(c.env.DB)
    const tenant = await requireTenant(db, c.req.valid('param').tenant_id)
    const keys = await listServiceKeys(db, tenant.id)
    return c.json(toList(keys.map(toServiceKey)))
  })
  .delete(`${path}/:id`, revoking, requireAdmin, validate('param', KeyParam), async (c) => {
    const { tenant_id: tenantId, id } = c.req.valid('param')
    const isRevoked = await revokeServiceKey(openDatabase(c.env.DB), tenantId, id, Date.now())
    if (!isRevoked) throw new AppError('service_key.not_found', 404, 'There is no live key of this id.')
    forgetServiceKey(tenantId, id)
    c.executionCtx.waitUntil(closeWhatItOpened(c.env, tenantId, id))
    log('info', 'service_key.revoked', { tenantId, keyId: id })
    return c.body(null, 204)
  })

/** A companion's socket only rings, so a hub that cannot be reached is no reason to keep the key. */
async function closeWhatItOpened(env: Env, tenantId: string, keyId: string): Promise<void> {
  try {
    await closeDoorbells(env, tenantId, { keyId, code: closeCodes.unauthorised, reason: 'The key was revoked.' })
  } catch (error) {
    log('warn', 'service_key.sockets_left_open', { tenantId, keyId, ...errorFields(error) })
  }
}
