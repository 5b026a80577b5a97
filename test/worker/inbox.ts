import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { app } from '../../src/http/app.ts'
import { formatServiceKey } from '../../src/http/callers.ts'
import { signToken } from '../../src/http/tokens.ts'
import { randomToken, sha256Hex } from '../../src/lib/secret.ts'
import type { KeyScope } from '../../src/protocol/api.ts'
import type { Platform } from '../../src/protocol/words.ts'

export type Answer<Body = Record<string, unknown>> = { status: number; body: Body; text: string; headers: Headers }
export type ErrorAnswer = { error: { code: string; message: string } }

/** Calls the whole app, on any environment: so a test can put a broken one behind it. Waits for what runs after the answer. */
export async function request<Body = Record<string, unknown>>(
  path: string,
  init: RequestInit = {},
  environment: Env = env,
): Promise<Answer<Body>> {
  const ctx = createExecutionContext()
  const response = await app.fetch(new Request(`http://localhost${path}`, init), environment, ctx)
  const text = await response.text()
  await waitOnExecutionContext(ctx)
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, body: (isJson ? JSON.parse(text) : {}) as Body, text, headers: response.headers }
}

// ---------------------------------------------------------------- webhooks

export const devSecret = 'dev-meta-app-secret'

export async function signatureOf(body: string | Uint8Array<ArrayBuffer>, secret = devSecret): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['sign'])
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes))
  return `sha256=${[...signature].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

type Delivery = { secret?: string; app?: string; platform?: string; headers?: Record<string, string>; env?: Env }

/** Posts a delivery as Meta would: an object, a text or raw bytes. */
export async function deliver(
  payload: unknown,
  options: Delivery = {},
): Promise<Answer<{ received: number } & Partial<ErrorAnswer>>> {
  const isRaw = typeof payload === 'string' || payload instanceof Uint8Array
  const body = (isRaw ? payload : JSON.stringify(payload)) as string | Uint8Array<ArrayBuffer>
  const { secret, app: metaApp, platform = 'whatsapp' } = options
  const path = `/api/v1/communications/webhooks/${platform}${metaApp === undefined ? '' : `/${metaApp}`}`
  const headers = { 'x-hub-signature-256': await signatureOf(body, secret), ...options.headers }
  return request(path, { method: 'POST', body, headers }, options.env)
}

type Json = Record<string, unknown>
export const accountId = '190000000000001'

export function change(phoneNumberId: string, value: Json, field = 'messages'): Json {
  const metadata = { display_phone_number: '380440000001', phone_number_id: phoneNumberId }
  return { field, value: { messaging_product: 'whatsapp', metadata, ...value } }
}

export function deliveryOf(...changes: Json[]): Json {
  return { object: 'whatsapp_business_account', entry: [{ id: accountId, changes }] }
}

export function textMessage(id: string, body = 'Добрий день', fields: Json = {}): Json {
  return { from: '380501112233', id, timestamp: '1764000000', type: 'text', text: { body }, ...fields }
}

export function textDelivery(phoneNumberId: string, id: string, body?: string): Json {
  const contacts = [{ wa_id: '380501112233', profile: { name: 'Олена' } }]
  return deliveryOf(change(phoneNumberId, { contacts, messages: [textMessage(id, body)] }))
}

// ---------------------------------------------------------------- callers and channels

type ChannelFields = { externalId?: string; metaAppId?: string | null; accountId?: string | null }

let lastNumber = 100_000_000_000_000

/** An id that no other test of this file has. */
export function freshNumber(): string {
  lastNumber += 1
  return String(lastNumber)
}

export async function createChannel(
  tenantId: string,
  platform: Platform = 'whatsapp',
  fields: ChannelFields = {},
): Promise<{ id: string; externalId: string }> {
  const id = crypto.randomUUID()
  const { externalId = freshNumber(), metaAppId = null, accountId: account = null } = fields
  await env.DB.prepare(
    `insert into channels (tenant_id, id, platform, external_id, account_id, meta_app_id, name, created_at)
     values (?1, ?2, ?3, ?4, ?5, ?6, 'A channel', 0)`,
  )
    .bind(tenantId, id, platform, externalId, account, metaAppId)
    .run()
  return { id, externalId }
}

export async function createServiceKey(tenantId: string, scopes: KeyScope[] = ['ingest']): Promise<string> {
  const keyId = [...crypto.getRandomValues(new Uint8Array(8))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  const secret = randomToken(32)
  await env.DB.prepare(
    `insert into service_keys (tenant_id, id, name, secret_hash, scopes, created_at) values (?1, ?2, 'A key', ?3, ?4, 0)`,
  )
    .bind(tenantId, keyId, await sha256Hex(secret), JSON.stringify(scopes))
    .run()
  return formatServiceKey(tenantId, keyId, secret)
}

export async function createUserToken(tenantId: string): Promise<string> {
  const user = { tenantId, userId: crypto.randomUUID(), name: 'Марія', role: 'manager' as const, issuedAt: Date.now() }
  return signToken(user, { authSecret: env.AUTH_SECRET, kind: 'user', expiresAt: Date.now() + 3_600_000 })
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
export const operator = bearer('dev-admin-token')
