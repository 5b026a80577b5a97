import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { app } from '../../src/http/app.ts'
import type { Command, CommandResult, Lease } from '../../src/protocol/companion.ts'
import type { Platform } from '../../src/protocol/words.ts'
import { type Answer, type Json, type TestTenant, admin, call, newTenant, newUser } from './api.ts'
import { freshNumber } from './inbox.ts'
import { rowsOf } from './tenant.ts'

const base = '/api/v1/companion'
const inbox = '/api/v1/communications'

export type Account = { platform: Platform; external_id: string }
export type ShownMessage = {
  id: string
  status: string
  external_id: string | null
  content: string
  error: { code: string; title: string; until?: string } | null
  attachments: { id: string; state: string; url: string | null; error: { code: string } | null }[]
}

/** A tenant with one account that a companion may run, one of its staff, and a customer who has written. */
export type CompanionWorld = {
  tenant: TestTenant
  /** A key with the scopes of a companion. */
  key: string
  account: Account
  channelId: string
  conversationId: string
  customer: string
  userToken: string
  /** Stores what the companion saw. */
  broadcast: (item: Json) => Promise<Answer>
  /** A text of the customer, or of somebody else. */
  hear: (externalId: string, fields?: Json, of?: Json) => Promise<Answer>
  reply: (content: string, fields?: Json) => Promise<ShownMessage>
  retry: (messageId: string) => Promise<Answer>
  /** What the page shows, oldest first. */
  thread: () => Promise<ShownMessage[]>
  message: (id: string) => Promise<ShownMessage>
  health: () => Promise<Json>
}

export async function createCompanionWorld(platform: Platform = 'telegram', externalId = freshNumber()) {
  const tenant = await newTenant()
  const made = await admin(`/tenants/${tenant.id}/channels`, {
    json: { platform, external_id: externalId, name: 'Продажі' },
  })
  const channelId = (made.json['channel'] as { id: string }).id
  // The first key has every scope but this one.
  const keys = await admin(`/tenants/${tenant.id}/service-keys`, { json: { scopes: ['ingest', 'companion'] } })
  const key = String(keys.json['service_key'])
  const { token: userToken } = await newUser(tenant)
  const account = { platform, external_id: externalId }
  const customer = platform === 'email' ? 'olena@example.com' : freshNumber()
  const world: CompanionWorld = {
    ...{ tenant, key, account, channelId, customer, userToken, conversationId: '' },
    broadcast: (item) => call(`${inbox}/broadcast-message`, { bearer: key, json: { channel: account, ...item } }),
    hear: (id, fields = {}, of = {}) =>
      world.broadcast({
        conversation: { external_id: customer, client_name: 'Олена', ...of },
        message: { external_id: id, direction: 'inbound', content: 'Добрий день', created_at: iso(), ...fields },
      }),
    async reply(content, fields = {}) {
      const json = { client_message_id: crypto.randomUUID(), content, ...fields }
      const path = `${inbox}/conversations/${world.conversationId}/messages`
      const answer = await call(path, { bearer: userToken, json })
      if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`)
      return answer.json['message'] as ShownMessage
    },
    retry: (id) => call(`${inbox}/messages/${id}/retry`, { method: 'POST', bearer: userToken }),
    async thread() {
      const path = `${inbox}/conversations/${world.conversationId}/messages?limit=100`
      const { json } = await call(path, { bearer: userToken })
      return (json['items'] as ShownMessage[]).toReversed()
    },
    async message(id) {
      const found = (await world.thread()).find((one) => one.id === id)
      if (found === undefined) throw new Error(`no message ${id}`)
      return found
    },
    async health() {
      const { json } = await call(`${inbox}/channels`, { bearer: userToken })
      return (json['items'] as { id: string; health: Json }[]).find(({ id }) => id === channelId)?.health ?? {}
    },
  }
  if (platform !== 'email') {
    const heard = await world.hear(`first-${crypto.randomUUID()}`)
    world.conversationId = String(heard.json['conversation_id'])
  }
  return world
}

export const iso = (at = Date.now()): string => new Date(at).toISOString()

/** One companion: what it asks and tells, by its own id. */
export type TestCompanion = {
  id: string
  /** The last lease it was given. */
  token: number
  lease: (fields?: Json) => Promise<Lease>
  pull: (after?: number, fields?: Json) => Promise<{ status: number; code: string | undefined; items: Command[] }>
  tell: (
    results: CommandResult[],
    token?: number,
  ) => Promise<{ status: number; code: string | undefined; settled: string[] }>
}

export function createCompanion({ key, account }: CompanionWorld, id: string = crypto.randomUUID()): TestCompanion {
  const companion: TestCompanion = {
    id,
    token: 0,
    async lease(fields = {}) {
      const { json } = await call(`${base}/leases`, {
        bearer: key,
        json: { companion_id: id, accounts: [account], ...fields },
      })
      const [lease] = json['leases'] as Lease[]
      if (lease === undefined) throw new Error(JSON.stringify(json))
      companion.token = lease.token ?? companion.token
      return lease
    },
    async pull(after = 0, fields = {}) {
      const query = { ...account, token: companion.token, after, ...fields }
      const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
      const { status, code, json } = await call(`${base}/commands?${search.toString()}`, { bearer: key })
      return { status, code, items: (json['items'] ?? []) as Command[] }
    },
    async tell(results, token = companion.token) {
      const { status, code, json } = await call(`${base}/results`, { bearer: key, json: { account, token, results } })
      return { status, code, settled: (json['settled'] ?? []) as string[] }
    },
  }
  return companion
}

export const sent = (id: string, externalId: string): CommandResult => ({
  id,
  at: iso(),
  outcome: { kind: 'sent', external_id: externalId },
})

/** Lets the lease of a world's account run out. */
export async function expireLease({ tenant, channelId }: CompanionWorld, agoMs = 1): Promise<void> {
  await env.DB.prepare('update companion_leases set expires_at = ?3 where tenant_id = ?1 and channel_id = ?2')
    .bind(tenant.id, channelId, Date.now() - agoMs)
    .run()
}

/** Opens a doorbell; its frames are collected. */
export async function openBell(key: string): Promise<{ ws: WebSocket; frames: Json[]; closed: Promise<number> }> {
  const request = new Request(`http://localhost${base}/ws`, {
    headers: { upgrade: 'websocket', authorization: `Bearer ${key}` },
  })
  const { webSocket: ws, status } = await app.fetch(request, env, createExecutionContext())
  if (ws === null) throw new Error(`no socket: ${status}`)
  const frames: Json[] = []
  ws.addEventListener('message', ({ data }) => {
    frames.push(JSON.parse(String(data)) as Json)
  })
  const closed = new Promise<number>((resolve) => ws.addEventListener('close', ({ code }) => resolve(code)))
  ws.accept()
  return { ws, frames, closed }
}

/** Looks until a condition holds. */
export async function until<Value>(
  look: () => Value | Promise<Value>,
  isRight: (value: Value) => boolean,
): Promise<Value> {
  for (let tries = 0; ; tries++) {
    const value = await look()
    if (isRight(value)) return value
    if (tries > 100) throw new Error(`not in time: ${JSON.stringify(value)}`)
    await scheduler.wait(20)
  }
}

export const jobsOf = (tenantId: string) =>
  rowsOf<{ id: string; state: string; handed_to: string | null; last_error: string | null; due_at: number }>(
    `select id, state, handed_to, last_error, due_at from jobs where tenant_id = ?1 and kind = 'send' order by seq`,
    tenantId,
  )
