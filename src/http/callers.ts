// Trust boundary: who is calling. Everything behind these middlewares takes the tenant from here and from nowhere else.
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import type { KeyScope } from '../protocol/api.ts'
import { AppError } from '../lib/app-error.ts'
import { constantTimeEqual, sha256Hex } from '../lib/secret.ts'
import { createReadTogether } from '../lib/read-together.ts'
import { type TtlCache, createTtlCache } from '../lib/ttl-cache.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { type ServiceKeyRow, findServiceKey, noteKeyUse } from '../store/service-keys.ts'
import { neverValid } from '../store/revocations.ts'
import { type TenantAccess, type TenantRow, findTenantAccess } from '../store/tenants.ts'
import { requirePace } from './key-pace.ts'
import { createNoteOnce } from './note-once.ts'
import type { AppEnv, ServiceCaller, UserCaller } from './app-env.ts'
import { verifyUser } from './tokens.ts'

type ActiveUser = Pick<UserCaller, 'tenantId' | 'userId' | 'issuedAt'>

export const sessionCookie = '__Host-edge-inbox-session'

/** How long what was revoked or disabled may go on in an isolate that knew it. */
const rememberedMs = 5_000
const keyRows: TtlCache<ServiceKeyRow> = createTtlCache(() => Date.now(), rememberedMs)
const accesses: TtlCache<TenantAccess> = createTtlCache(() => Date.now(), rememberedMs)

/** All sockets that come back after a cut ask for their tenant at once. */
const readAccessTogether = createReadTogether<TenantAccess | undefined>(() => scheduler.wait(500))

const authRequired = () => new AppError('auth.required', 401, 'Say who you are.')
const authRevoked = () => new AppError('auth.revoked', 401, 'This sign-in was revoked. Sign in again.')
const authInvalid = () => new AppError('auth.invalid', 401, 'This credential is not valid.')
export const originRefused = () => new AppError('origin.refused', 403, 'This origin may not do that.')

/** The operator. */
export const requireAdmin = createMiddleware<AppEnv>(async (c, next) => {
  const given = requireBearer(c)
  if (!(await constantTimeEqual(given, c.get('config').adminToken))) throw authInvalid()
  await next()
})

/** A tenant's server or its companion, with a key that has this scope. */
export function requireService(scope: KeyScope) {
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set('service', await identifyService(c, scope))
    await next()
  })
}

/** A member of the staff: by a bearer token, else by the page's session. */
export const requireUser = createMiddleware<AppEnv>(async (c, next) => {
  c.set('user', await identifyActiveUser(c))
  await next()
})

/** Either of the two; whoever offers a service key is a service. */
export function requireServiceOrUser(scope: KeyScope) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const isService = /^Bearer eik_/i.test(c.req.header('authorization') ?? '')
    const { tenantId } = isService ? await identifyService(c, scope) : await identifyActiveUser(c)
    c.set('tenantId', tenantId)
    await next()
  })
}

async function identifyService(c: Context<AppEnv>, scope: KeyScope): Promise<ServiceCaller> {
  const db = openDatabase(c.env.DB)
  const key = await findKey(db, requireBearer(c))
  await requireActiveTenant(db, key.tenantId)
  if (!key.scopes.includes(scope)) {
    throw new AppError('scope.missing', 403, `This key may not do that: it lacks the scope ${scope}.`)
  }
  await requirePace(c.env, key.tenantId, key.id)
  noteKeyUsed(c, key)
  return { tenantId: key.tenantId, keyId: key.id, scopes: key.scopes }
}

const noteOnce = createNoteOnce('service_key.use_not_noted')

/** So that an operator can tell whether an old key is still in use before revoking it. */
function noteKeyUsed(c: Context<AppEnv>, { tenantId, id }: ServiceKeyRow): void {
  noteOnce(c, {
    key: `${tenantId} ${id}`,
    ids: { tenantId, keyId: id },
    write: () => noteKeyUse(openDatabase(c.env.DB), { tenantId, id }, Date.now()),
  })
}

async function identifyActiveUser(c: Context<AppEnv>): Promise<UserCaller> {
  const user = await identifyUser(c)
  await requireActiveUser(openDatabase(c.env.DB), user)
  return user
}

/**
 * The tenant of a verified credential.
 * @throws AppError 401 when it is gone, 403 `tenant.disabled` when it is switched off
 */
export async function requireActiveTenant(db: Database, tenantId: string): Promise<TenantRow> {
  return (await requireAccess(db, tenantId)).tenant
}

/**
 * The tenant of a user whose credential was verified.
 * @throws AppError as `requireActiveTenant`, and 401 `auth.revoked` when the credential is void
 */
export async function requireActiveUser(db: Database, user: ActiveUser): Promise<TenantRow> {
  const { tenant, validFrom } = await requireAccess(db, user.tenantId)
  if (user.issuedAt < (validFrom.get(user.userId) ?? 0)) throw authRevoked()
  return tenant
}

/** @throws AppError 403 `user.disabled` */
export async function requireEnabled(db: Database, { tenantId, userId }: Omit<ActiveUser, 'issuedAt'>): Promise<void> {
  const { validFrom } = await requireAccess(db, tenantId)
  if (validFrom.get(userId) === neverValid) throw new AppError('user.disabled', 403, 'This user is disabled.')
}

async function requireAccess(db: Database, tenantId: string): Promise<TenantAccess> {
  const access = await rememberedAccess(db, tenantId)
  if (access === undefined) throw authInvalid()
  if (access.tenant.disabledAt !== null) throw new AppError('tenant.disabled', 403, 'This tenant is switched off.')
  return access
}

async function rememberedAccess(db: Database, tenantId: string): Promise<TenantAccess | undefined> {
  const known = accesses.get(tenantId)
  if (known !== undefined) return known
  const access = await readAccessTogether(tenantId, () => findTenantAccess(db, tenantId))
  if (access !== undefined) accesses.set(tenantId, access)
  return access
}

/** So that what was just revoked or disabled stops at once where that was done. */
export function forgetAccess(tenantId: string): void {
  accesses.delete(tenantId)
}

/** A user by bearer token alone: what a socket's upgrade takes besides a ticket. */
export async function verifyBearer(c: Context<AppEnv>): Promise<UserCaller> {
  return verifyUserToken(c, requireBearer(c), 'user')
}

/** So that a revoked key stops at once where it was revoked. */
export function forgetServiceKey(tenantId: string, keyId: string): void {
  keyRows.delete(`${tenantId} ${keyId}`)
}

async function identifyUser(c: Context<AppEnv>): Promise<UserCaller> {
  // Whoever sends both means the token: a page cannot add that header to a request it forges.
  if (c.req.header('authorization') !== undefined) return verifyBearer(c)
  const cookie = getCookie(c, sessionCookie)
  if (cookie === undefined) throw authRequired()
  refuseForeignPage(c)
  return verifyUserToken(c, cookie, 'session')
}

async function verifyUserToken(c: Context<AppEnv>, token: string, kind: 'user' | 'session'): Promise<UserCaller> {
  const verified = await verifyUser(token, kind, { authSecret: c.get('config').authSecret, now: Date.now() })
  if (!verified.ok) throw authInvalid()
  return verified.value
}

/** A browser adds the cookie to whatever any page asks for; only the page's own requests may use it. */
function refuseForeignPage(c: Context<AppEnv>): void {
  const origin = c.req.header('origin')
  const isAllowed = origin !== undefined && c.get('config').allowedOrigins.has(origin)
  const isReading = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (origin === undefined && isReading && isOwnFetch(c.req.header('sec-fetch-site'))) return
  if (!isAllowed) throw originRefused()
}

/** Absent from old browsers and other clients; `none` is the user's own doing (an address typed, a bookmark). */
function isOwnFetch(site: string | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none'
}

function requireBearer(c: Context<AppEnv>): string {
  const header = c.req.header('authorization')
  if (header === undefined) throw authRequired()
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(header)?.[1]
  if (token === undefined) throw authInvalid()
  return token
}

// The id is the tenant's id without hyphens and the key's own: the row is found by its primary key.
const keyForm =
  /^eik_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/

export function formatServiceKey(tenantId: string, keyId: string, secret: string): string {
  return `eik_${tenantId.replaceAll('-', '')}${keyId}_${secret}`
}

async function findKey(db: Database, given: string): Promise<ServiceKeyRow> {
  const parts = keyForm.exec(given)
  if (parts === null) throw authInvalid()
  const [, a, b, c, d, e, keyId = '', secret = ''] = parts
  const key = await rememberedKey(db, [a, b, c, d, e].join('-'), keyId)
  const isRight = await constantTimeEqual(await sha256Hex(secret), key?.secretHash ?? '')
  if (key === undefined || !isRight || key.revokedAt !== null) throw authInvalid()
  return key
}

async function rememberedKey(db: Database, tenantId: string, keyId: string): Promise<ServiceKeyRow | undefined> {
  const name = `${tenantId} ${keyId}`
  const known = keyRows.get(name)
  if (known !== undefined) return known
  const key = await findServiceKey(db, tenantId, keyId)
  if (key !== undefined) keyRows.set(name, key)
  return key
}
