import { exports } from 'cloudflare:workers'
import { SignJWT } from 'jose'

/** Of the page; the tests' own host is among the allowed origins, as https://inbox.example is. */
export const pageOrigin = 'http://localhost'
export const adminToken = 'dev-admin-token'
export const authSecret = 'dev-auth-secret-of-at-least-32-characters'

export type Json = { [name: string]: unknown }
export type Answer = { status: number; headers: Headers; text: string; json: Json; code: string | undefined }

export type CallOptions = {
  method?: string
  bearer?: string
  origin?: string
  cookie?: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  json?: unknown
  body?: BodyInit
  host?: string
}

/** One request to the whole Worker, as from outside. A `json` or `body` makes it a POST unless told. */
export async function call(path: string, options: CallOptions = {}): Promise<Answer> {
  const { bearer, origin, cookie, json, body, host = pageOrigin } = options
  const hasBody = json !== undefined || body !== undefined
  const headers = new Headers(options.headers)
  if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`)
  if (origin !== undefined) headers.set('origin', origin)
  if (cookie !== undefined) headers.set('cookie', cookie)
  if (json !== undefined) headers.set('content-type', 'application/json')
  const init: RequestInit = { method: options.method ?? (hasBody ? 'POST' : 'GET'), headers }
  if (hasBody) init.body = body ?? JSON.stringify(json)
  const response = await exports.default.fetch(new Request(`${host}${path}`, init))
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  const parsed = (isJson ? JSON.parse(text) : {}) as Json
  const code = (parsed['error'] as { code: string } | undefined)?.code
  return { status: response.status, headers: response.headers, text, json: parsed, code }
}

export const admin = (path: string, options: CallOptions = {}): Promise<Answer> =>
  call(`/api/v1/admin${path}`, { bearer: adminToken, ...options })

export type TestTenant = { id: string; key: string }

/** A tenant made through the API, with its first service key. */
export async function newTenant(name = 'Бюро'): Promise<TestTenant> {
  const { json } = await admin('/tenants', { json: { name } })
  return { id: (json['tenant'] as { id: string }).id, key: String(json['service_key']) }
}

export type TestUser = { id: string; token: string }

/** A user of a tenant, with a token that its server asked for. */
export async function newUser(tenant: TestTenant, fields: Json = {}): Promise<TestUser> {
  const id = crypto.randomUUID()
  const json = { user_id: id, name: 'Марія', ...fields }
  const answer = await call('/api/v1/auth/tokens', { bearer: tenant.key, json })
  return { id, token: String(answer.json['token']) }
}

/** The page's cookie, got as the page gets it: by a sign-in link. */
export async function newSession(tenant: TestTenant, userId: string): Promise<string> {
  const link = await call('/api/v1/auth/links', { bearer: tenant.key, json: { user_id: userId, name: 'Марія' } })
  const link_token = String(link.json['url']).split('#')[1]
  const answer = await call('/api/v1/auth/sessions', { origin: pageOrigin, json: { link_token } })
  return String(answer.headers.get('set-cookie')).split(';')[0] ?? ''
}

/** Claims that are right in every respect, for tests that break one. */
export function goodClaims(tenantId: string, userId: string): Json {
  const now = Math.floor(Date.now() / 1000)
  const exp = now + 600
  return {
    iss: 'edge-inbox',
    aud: 'edge-inbox',
    sub: userId,
    tenant: tenantId,
    name: 'A',
    role: 'manager',
    iat: now,
    exp,
  }
}

export function sign(claims: Json, { secret = authSecret, alg = 'HS256' } = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret))
}
