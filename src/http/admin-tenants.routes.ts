import { Hono } from 'hono'
import { closeSockets } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { log } from '../lib/log.ts'
import { randomToken } from '../lib/secret.ts'
import { CreateTenantBody, UpdateTenantBody } from '../protocol/api.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { neverValid } from '../store/revocations.ts'
import { type TenantRow, createTenant, findTenant, listTenants, setEpoch, updateTenant } from '../store/tenants.ts'
import {
  CreateTenantResponse,
  EpochResponse,
  TenantList,
  TenantParam,
  TenantResponse,
  toList,
  toTenant,
} from './admin-answers.ts'
import type { AppEnv } from './app-env.ts'
import { forgetAccess, requireAdmin } from './callers.ts'
import { describe } from './describe.ts'
import { makeServiceKey } from './make-service-key.ts'
import { validate } from './validate.ts'

const path = '/api/v1/admin/tenants'
const about = { tag: 'tenants', caller: 'operator' } as const

const creating = describe({
  ...about,
  summary: 'Creates a tenant with its first service key',
  description: 'The key is shown here and never again.',
  answers: { 201: CreateTenantResponse },
})
const listing = describe({ ...about, summary: 'All tenants', answers: { 200: TenantList } })
const changing = describe({
  ...about,
  summary: 'Renames a tenant, switches it off or on again',
  description:
    'Off: its users, keys and sockets are turned away, everywhere within five seconds, and it gets neither pushes nor ' +
    'digests; what its customers write is stored. After a 503 it is safe to repeat.',
  answers: { 200: TenantResponse },
  errors: { 404: '`tenant.not_found`' },
})
const renewing = describe({
  ...about,
  summary: 'Gives the journal a new epoch, after the database was restored',
  description: 'Every client reloads: what it holds may never have been.',
  answers: { 200: EpochResponse },
  errors: { 404: '`tenant.not_found`' },
})

/** @throws AppError 404 `tenant.not_found` */
export async function requireTenant(db: Database, tenantId: string): Promise<TenantRow> {
  const tenant = await findTenant(db, tenantId)
  if (tenant === undefined) throw tenantNotFound()
  return tenant
}

const tenantNotFound = () => new AppError('tenant.not_found', 404, 'There is no such tenant.')
const newEpoch = () => randomToken(12)

export const adminTenantRoutes = new Hono<AppEnv>()
  .post(path, creating, requireAdmin, validate('json', CreateTenantBody), async (c) => {
    const { name } = c.req.valid('json')
    const tenant = { id: crypto.randomUUID(), name, createdAt: Date.now(), disabledAt: null }
    const { row, key } = await makeServiceKey(tenant.id, {}, tenant.createdAt)
    await createTenant(openDatabase(c.env.DB), tenant, newEpoch(), row)
    log('info', 'tenant.created', { tenantId: tenant.id, keyId: row.id })
    return c.json({ tenant: { id: tenant.id, name }, service_key: key }, 201)
  })
  .get(path, listing, requireAdmin, async (c) => {
    const tenants = await listTenants(openDatabase(c.env.DB))
    return c.json(toList(tenants.map(toTenant)))
  })
  .patch(
    `${path}/:tenant_id`,
    changing,
    requireAdmin,
    validate('param', TenantParam),
    validate('json', UpdateTenantBody),
    async (c) => {
      const { name, disabled } = c.req.valid('json')
      const { tenant_id: tenantId } = c.req.valid('param')
      const tenant = await updateTenant(openDatabase(c.env.DB), tenantId, {
        ...(name === undefined ? {} : { name }),
        ...(disabled === undefined ? {} : { disabledAt: disabled ? Date.now() : null }),
      })
      if (tenant === undefined) throw tenantNotFound()
      forgetAccess(tenantId)
      if (disabled !== undefined) await tellHub(c.env, tenantId, disabled)
      log('info', 'tenant.changed', { tenantId, disabled: tenant.disabledAt !== null })
      return c.json({ tenant: toTenant(tenant) })
    },
  )
  .post(`${path}/:tenant_id/epoch`, renewing, requireAdmin, validate('param', TenantParam), async (c) => {
    const { tenant_id: tenantId } = c.req.valid('param')
    const epoch = newEpoch()
    if (!(await setEpoch(openDatabase(c.env.DB), tenantId, epoch))) throw tenantNotFound()
    const reason = 'The journal was restored.'
    const sockets = await closeSockets(c.env, tenantId, { code: closeCodes.resync, reason })
    log('warn', 'tenant.epoch_renewed', { tenantId, sockets })
    return c.json({ epoch })
  })

/** Those who are connected leave at once. Nobody is let in, or everybody again, by Workers that have not heard of it too. */
async function tellHub(env: Env, tenantId: string, disabled: boolean): Promise<void> {
  const closing = disabled
    ? { code: closeCodes.tenantOff, reason: 'This tenant is switched off.', validFrom: neverValid }
    : { code: closeCodes.restart, reason: 'This tenant is switched on again.', validFrom: 0 }
  await closeSockets(env, tenantId, closing)
}
