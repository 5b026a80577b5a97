import { env } from 'cloudflare:workers'
import { asc, eq } from 'drizzle-orm'
import { adapterFor, hasProfiles, replyWindow } from '../../src/channels/registry.ts'
import { receive as callHub } from '../../src/hub/call-hub.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import type { IngestItem, ItemResult, SendItem } from '../../src/ingest/items.ts'
import type { JobDeps } from '../../src/jobs/job-deps.ts'
import { handleJobs } from '../../src/jobs/queue.ts'
import { sweepJobs } from '../../src/jobs/sweep.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { seal } from '../../src/lib/seal.ts'
import { stepAlert } from '../../src/notifications/channel-alert.ts'
import { openDatabase } from '../../src/store/database.ts'
import type { JobRow } from '../../src/store/jobs.ts'
import { jobs } from '../../src/store/schema.ts'
import { type FakeGraph, createFakeGraph } from '../fake-graph/fake-graph.ts'
import type { FakeGraphOptions, Json } from '../fake-graph/types.ts'
import { createChannel, freshNumber } from './inbox.ts'
import { createTenant, rowsOf } from './tenant.ts'

/** A process that can be killed: from then on nothing it does has any effect, and it hears of nothing any more. */
export type Life = {
  isOver: boolean
  /** Steps it has taken; each is something done outside of the process. */
  steps: number
  step: <Result>(act: () => Promise<Result>) => Promise<Result>
}

class KilledError extends Error {}

/**
 * `fate` of the n-th step (from 1): the process ends before or after it was done; or it fails and the process goes on,
 * the step not done (`fails`) or done (`lies`).
 */
export function live(fate: (step: number) => 'before' | 'after' | 'fails' | 'lies' | null = () => null): Life {
  const life: Life = {
    isOver: false,
    steps: 0,
    async step(act) {
      if (life.isOver) throw new KilledError('killed')
      life.steps += 1
      const end = fate(life.steps)
      if (end === 'fails') throw new Error('D1_ERROR: network connection lost')
      if (end === 'before') life.isOver = true
      if (life.isOver) throw new KilledError('killed')
      const result = await act()
      if (end === 'lies') throw new Error('D1_ERROR: network connection lost')
      if (end === 'after') life.isOver = true
      if (life.isOver) throw new KilledError('killed')
      return result
    },
  }
  return life
}

type Doorbell = { body: unknown; dueAt: number; attempts: number }

export type OutboxWorld = {
  tenantId: string
  channel: { id: string; externalId: string }
  conversationId: string
  customer: string
  graph: FakeGraph
  /** The queue's messages that wait. */
  bells: Doorbell[]
  clock: { now: number }
  depsOf: (life: Life) => JobDeps
  receive: (items: IngestItem[]) => Promise<ItemResult[]>
  /** Stores a reply, as the route does, and rings. */
  reply: (fields?: Partial<SendItem>) => Promise<ItemResult>
  /** Hands the queue's due messages to a consumer, once each. What a dead process had comes again. */
  consume: (life?: Life) => Promise<void>
  sweep: (life?: Life) => Promise<void>
  /** Lets time pass, consuming and sweeping, until no job is open. */
  settle: () => Promise<void>
  jobs: () => Promise<JobRow[]>
}

/** A D1 whose every statement and batch is a step of a process's life. */
function mortalDatabase(d1: D1Database, life: Life): D1Database {
  const mortal = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown
        if (property === 'bind') return (...values: unknown[]) => mortal(target.bind(...values))
        if (typeof value !== 'function') return property === 'inner' ? target : value
        return (...given: unknown[]) =>
          life.step(async () => (value as (...all: unknown[]) => unknown).apply(target, given))
      },
    })
  return new Proxy(d1, {
    get(target, property) {
      if (property === 'prepare') return (sql: string) => mortal(target.prepare(sql))
      if (property === 'batch') {
        return (statements: { inner: D1PreparedStatement }[]) =>
          life.step(() => target.batch(statements.map(({ inner }) => inner)))
      }
      return Reflect.get(target, property) as unknown
    },
  })
}

const template = { name: 'order_ready', language: 'uk', components: [{ type: 'BODY', text: 'Замовлення готове.' }] }

type WorldOptions = Omit<FakeGraphOptions, 'accounts' | 'now' | 'deliver'> & {
  /** The platform tells of what it took. */
  hasWebhooks?: boolean
  /** Stores through the real hub, which rings the real queue besides; else as a hub does it, one batch after the other. */
  hasHub?: boolean
}

/** Of every channel here. */
export const channelToken = 'EAAG-a-token-of-the-channel'

export async function createOutboxWorld(options: WorldOptions = {}): Promise<OutboxWorld> {
  const { hasWebhooks = false, hasHub = false, ...graphOptions } = options
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId)
  await sealCredentials(tenantId, channel.id, { access_token: channelToken })
  const clock = { now: Date.now() }
  const bells: Doorbell[] = []
  const config = loadConfig(env)
  const customer = `38050${freshNumber().slice(-7)}`

  let last: Promise<unknown> = Promise.resolve()
  const receive = (items: IngestItem[]): Promise<ItemResult[]> => {
    if (hasHub) return callHub(env, tenantId, items)
    const next = last.then(async () => {
      const { results, jobs: due } = await ingest(env.DB, items, {
        tenantId,
        now: clock.now,
        replyWindow,
        hasProfiles,
        stepAlert,
      })
      for (const { id } of due) {
        bells.push({ body: { v: 1, tenant_id: tenantId, job_id: id }, dueAt: clock.now, attempts: 0 })
      }
      return results
    })
    last = next.catch(() => undefined)
    return next
  }
  const deliver = async (delivery: Json): Promise<void> => {
    const updates = adapterFor('whatsapp')?.parse(delivery) ?? []
    const items = updates.flatMap((update) =>
      update.kind === 'item' ? [{ channel: { id: channel.id, platform: 'whatsapp' as const }, item: update.item }] : [],
    )
    await receive(items)
  }
  const graph = createFakeGraph({
    ...graphOptions,
    now: () => clock.now,
    ...(hasWebhooks ? { deliver } : {}),
    accounts: [
      {
        platform: 'whatsapp',
        id: channel.externalId,
        accountId: freshNumber(),
        token: channelToken,
        templates: [template],
      },
    ],
  })

  const depsOf = (life: Life): JobDeps => {
    const d1 = mortalDatabase(env.DB, life)
    const queue = {
      sendBatch: (messages: { body: unknown }[]) =>
        life.step(async () => {
          // The sweep finds the jobs of every tenant of this file.
          const own = messages.filter(({ body }) => (body as { tenant_id: string }).tenant_id === tenantId)
          bells.push(...own.map(({ body }) => ({ body, dueAt: clock.now, attempts: 0 })))
        }),
    }
    return {
      env: { ...env, DB: d1, JOBS: queue as unknown as Queue },
      db: openDatabase(d1),
      config,
      fetch: (input, init) => life.step(() => graph.fetch(input, init)),
      now: () => clock.now,
      receive: (_, items) => life.step(() => receive(items)),
    }
  }

  const world: OutboxWorld = {
    tenantId,
    channel,
    conversationId: '',
    customer,
    graph,
    bells,
    clock,
    depsOf,
    receive,
    async reply(fields = {}) {
      const item: SendItem = {
        kind: 'send',
        conversationId: world.conversationId,
        clientMessageId: crypto.randomUUID(),
        at: clock.now,
        sender: { userId: crypto.randomUUID(), name: 'Марія' },
        type: 'text',
        content: 'Добрий день!',
        files: [],
        ...fields,
      }
      const [result] = await receive([{ item }])
      if (result === undefined) throw new Error('no result')
      return result
    },
    async consume(life = live()) {
      const due = bells.filter(({ dueAt }) => dueAt <= clock.now)
      bells.splice(0, bells.length, ...bells.filter((one) => !due.includes(one)))
      const delivered = due.map((one) => ({ one, message: messageOf(one) }))
      await handleJobs(batchOf(delivered.map(({ message }) => message)), depsOf(life))
      for (const { one, message } of delivered) {
        const { outcome } = message
        if (life.isOver) bells.push({ ...one, attempts: one.attempts + 1 })
        else if (outcome.kind === 'retry')
          bells.push({ ...one, attempts: one.attempts + 1, dueAt: clock.now + outcome.delaySeconds * 1000 })
      }
    },
    async sweep(life = live()) {
      await sweepJobs(depsOf(life)).catch((error: unknown) => {
        if (!life.isOver) throw error
      })
    },
    async settle() {
      for (let minute = 0; minute < 120; minute++) {
        await world.consume()
        const open = (await world.jobs()).filter(({ state }) => state !== 'done' && state !== 'failed')
        if (open.length === 0) return
        clock.now += bells.length > 0 ? 10_000 : 60_000
        await world.sweep()
      }
      throw new Error(`still open: ${JSON.stringify(await world.jobs())}`)
    },
    async jobs() {
      return openDatabase(env.DB).select().from(jobs).where(eq(jobs.tenantId, tenantId)).orderBy(asc(jobs.seq))
    },
  }
  world.conversationId = await hear(world)
  return world
}

/** A message of a customer, which opens the reply window; gives the conversation's id. */
export async function hear(world: OutboxWorld, customer = world.customer): Promise<string> {
  const { channel, clock, graph } = world
  graph.hear(channel.externalId, customer, clock.now)
  const [result] = await world.receive([
    {
      channel: { id: channel.id, platform: 'whatsapp' },
      item: {
        kind: 'message',
        externalId: `wamid.${crypto.randomUUID()}`,
        contact: { aliases: [{ kind: 'phone', value: customer }], name: 'Олена' },
        direction: 'inbound',
        type: 'text',
        content: 'Скільки коштує переклад?',
        at: clock.now,
      },
    },
  ])
  return result?.conversationId ?? ''
}

/** Every status a test may care about, with the error. */
export type SentRow = { id: string; status: string; external_id: string | null; error: string | null; content: string }

export function repliesOf({ tenantId }: OutboxWorld): Promise<SentRow[]> {
  return rowsOf<SentRow>(
    `select id, status, external_id, error, content from messages
      where tenant_id = ?1 and client_message_id is not null order by seq`,
    tenantId,
  )
}

export async function sealCredentials(tenantId: string, channelId: string, credentials: Json): Promise<void> {
  const context = { tenantId, kind: 'channel_credentials', rowId: channelId }
  const sealed = await seal(loadConfig(env).encryptionKeys, JSON.stringify(credentials), context)
  await env.DB.prepare('update channels set sealed_credentials = ?3 where tenant_id = ?1 and id = ?2')
    .bind(tenantId, channelId, sealed)
    .run()
}

type Outcome = { kind: 'none' | 'ack' } | { kind: 'retry'; delaySeconds: number }
type TestMessage = Message & { outcome: Outcome }

export function messageOf({ body, attempts }: { body: unknown; attempts: number }): TestMessage {
  const message = {
    id: crypto.randomUUID(),
    timestamp: new Date(0),
    body,
    attempts: attempts + 1,
    outcome: { kind: 'none' } as Outcome,
    ack() {
      message.outcome = { kind: 'ack' }
    },
    retry(options?: QueueRetryOptions) {
      message.outcome = { kind: 'retry', delaySeconds: options?.delaySeconds ?? 0 }
    },
  }
  return message
}

export function batchOf(messages: readonly Message[], queue = 'edge-inbox-jobs'): MessageBatch {
  return { queue, messages, ackAll: () => undefined, retryAll: () => undefined } as unknown as MessageBatch
}
