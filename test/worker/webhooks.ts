import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { IngestItem } from '../../src/ingest/items.ts'
import { receive } from '../../src/hub/call-hub.ts'
import type { JobDeps } from '../../src/jobs/job-deps.ts'
import { postWebhooks, sweepWebhooks } from '../../src/jobs/webhooks.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { type WebhookHeaders, type WebhookVerdict, verifyWebhook } from '../../src/notifications/webhook-signature.ts'
import type { WebhookDelivery, WebhookEndpoint } from '../../src/protocol/webhooks.ts'
import { openDatabase } from '../../src/store/database.ts'
import { message } from '../ingest/builders.ts'
import { type Answer, type Json, type TestTenant, call, newTenant } from './api.ts'
import { createChannel } from './inbox.ts'

export const endpointsPath = '/api/v1/webhook-endpoints'
export const receiverUrl = 'https://hooks.bureau.com.ua/inbox'

export type Got = {
  url: string
  id: string
  seq: number
  type: string
  body: string
  headers: WebhookHeaders
  redirect: string
}

/** A tenant's server: what it got, and how it answers what is to come (a 200 once nothing is left). */
export type Receiver = {
  got: Got[]
  answers: (() => Response | Promise<Response>)[]
  fetch: typeof fetch
  verdicts: (secrets: string[], now?: number) => Promise<WebhookVerdict[]>
}

export function createReceiver(): Receiver {
  const receiver: Receiver = {
    got: [],
    answers: [],
    async fetch(input, init) {
      const request = new Request(input, init)
      const body = await request.text()
      const header = (name: keyof WebhookHeaders) => request.headers.get(name) ?? ''
      const { type, data } = JSON.parse(body) as { type: string; data: { seq?: number } }
      receiver.got.push({
        ...{ url: request.url, id: header('webhook-id'), seq: data.seq ?? 0, type, body, redirect: request.redirect },
        headers: {
          'webhook-id': header('webhook-id'),
          'webhook-timestamp': header('webhook-timestamp'),
          'webhook-signature': header('webhook-signature'),
        },
      })
      const answer = receiver.answers.shift()
      return answer === undefined ? new Response('taken') : answer()
    },
    verdicts: (secrets, now = Date.now()) =>
      Promise.all(receiver.got.map(({ headers, body }) => verifyWebhook({ headers, body }, secrets, now))),
  }
  return receiver
}

export type WebhookWorld = {
  tenant: TestTenant
  channelId: string
  receiver: Receiver
  clock: { now: number }
  /** How often the hub rang the queue for listeners. */
  bells: unknown[]
  deps: JobDeps
  create: (fields?: Json) => Promise<{ endpoint: WebhookEndpoint; secret: string }>
  at: (id: string, path?: string, json?: Json, method?: string) => Promise<Answer>
  show: (id: string) => Promise<{ endpoint: WebhookEndpoint; deliveries: WebhookDelivery[] }>
  /** So many customers' messages, each a line or more; gives where the journal stands. */
  hear: (messages: number) => Promise<number>
  /** One bell's work. */
  run: () => Promise<void>
  /** A sweep, and the work of its bells. */
  sweep: () => Promise<void>
}

/** A tenant whose hub rings a queue that nobody reads, so that a test says when work is done. */
export async function createWebhookWorld(): Promise<WebhookWorld> {
  const tenant = await newTenant()
  const channelId = (await createChannel(tenant.id)).id
  const receiver = createReceiver()
  const clock = { now: Date.now() }
  const bells: unknown[] = []
  const own = (messages: { body: unknown }[]) =>
    messages.map(({ body }) => body).filter((body) => (body as { tenant_id: string }).tenant_id === tenant.id)
  const queueOf = (rung: unknown[]) =>
    ({ sendBatch: async (messages: { body: unknown }[]) => void rung.push(...own(messages)) }) as unknown as Queue
  await runInDurableObject(env.HUB.get(env.HUB.idFromName(`tenant:${tenant.id}`)), (hub) => {
    const mine = hub as unknown as { env: Env }
    mine.env = { ...mine.env, FOLLOWERS: queueOf(bells) }
  })
  const rung: unknown[] = []
  const deps: JobDeps = {
    env: { ...env, FOLLOWERS: queueOf(rung) },
    db: openDatabase(env.DB),
    config: loadConfig(env),
    fetch: (input, init) => receiver.fetch(input, init),
    now: () => clock.now,
    receive: (tenantId, items) => receive(env, tenantId, items),
  }
  let heard = 0
  const world: WebhookWorld = {
    ...{ tenant, channelId, receiver, clock, bells, deps },
    async create(fields = {}) {
      const { status, json, text } = await call(endpointsPath, {
        bearer: tenant.key,
        json: { url: receiverUrl, ...fields },
      })
      if (status !== 201) throw new Error(text)
      return json as unknown as { endpoint: WebhookEndpoint; secret: string }
    },
    at: (id, path = '', json, method) =>
      call(`${endpointsPath}/${id}${path}`, {
        bearer: tenant.key,
        ...(json === undefined ? {} : { json }),
        ...(method === undefined ? {} : { method }),
      }),
    async show(id) {
      return (await world.at(id)).json as unknown as { endpoint: WebhookEndpoint; deliveries: WebhookDelivery[] }
    },
    async hear(messages) {
      const items: IngestItem[] = Array.from({ length: messages }, () => {
        heard += 1
        return {
          channel: { id: channelId, platform: 'whatsapp' },
          item: message({ externalId: `m${heard}`, at: clock.now }),
        }
      })
      const results = await receive(env, tenant.id, items)
      return results.at(-1)?.seq ?? 0
    },
    async run() {
      rung.push({})
      while (rung.length > 0) {
        rung.length = 0
        await postWebhooks(deps, tenant.id)
      }
    },
    async sweep() {
      await sweepWebhooks(deps)
      if (rung.length > 0) await world.run()
    },
  }
  return world
}
