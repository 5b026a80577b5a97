import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { postWebhooks } from '../../src/jobs/webhooks.ts'
import { addressRulesOf } from '../../src/notifications/public-address.ts'
import { postWebhook, webhookTimeoutMs } from '../../src/notifications/post-webhook.ts'
import { webhookSecret } from '../../src/notifications/webhook-signature.ts'
import { selectTenantsBehind, selectTenantsWithFailures } from '../../src/store/webhook-runs.ts'
import { call, newTenant } from '../worker/api.ts'
import { createServiceKey } from '../worker/inbox.ts'
import { failingDatabase, rowsOf } from '../worker/tenant.ts'
import {
  type WebhookWorld,
  createReceiver,
  createWebhookWorld,
  endpointsPath,
  receiverUrl,
} from '../worker/webhooks.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const seqsOf = ({ receiver }: WebhookWorld) => receiver.got.map(({ seq }) => seq)
const journalOf = ({ tenant }: WebhookWorld) =>
  rowsOf<{ seq: number; data: string }>(
    'select seq, data from journal_events where tenant_id = ?1 order by seq',
    tenant.id,
  )
const answer =
  (status: number, headers: Record<string, string> = {}) =>
  () =>
    new Response('no', { status, headers })
const hourMs = 3_600_000

describe('an endpoint', () => {
  it('gets each line after its beginning once, in order, signed, as it stands in the journal', async () => {
    const world = await createWebhookWorld()
    await world.hear(2)
    const before = (await journalOf(world)).length
    const { endpoint, secret } = await world.create()
    expect(endpoint).toMatchObject({ cursor_seq: before, head_seq: before, disabled_at: null, open_failures: 0 })
    await world.hear(60)
    await world.run()
    await world.run()
    const lines = (await journalOf(world)).slice(before)
    expect(world.receiver.got.map(({ body }) => JSON.stringify((JSON.parse(body) as { data: unknown }).data))).toEqual(
      lines.map(({ data }) => data),
    )
    expect(seqsOf(world)).toEqual(lines.map(({ seq }) => seq))
    expect(new Set(await world.receiver.verdicts([secret]))).toEqual(new Set(['ok']))
    expect(world.receiver.got[0]).toMatchObject({ url: receiverUrl, redirect: 'manual', type: 'new_message' })
    const shown = await world.show(endpoint.id)
    expect(shown.endpoint).toMatchObject({ cursor_seq: lines.at(-1)?.seq, open_failures: 0 })
    expect(shown.deliveries).toHaveLength(lines.length)
    expect(shown.deliveries[0]).toMatchObject({ seq: lines.at(-1)?.seq, attempt: 1, status: 200, error: null })
  })

  it('is rung for after a commit, by way of the real queue, and a tenant without one rings nobody', async () => {
    const receiver = createReceiver()
    vi.stubGlobal('fetch', receiver.fetch)
    const world = await createWebhookWorld()
    await world.hear(1)
    await scheduler.wait(300)
    expect(world.bells).toEqual([])
    await world.create()
    await world.hear(1)
    await expect.poll(() => world.bells).toEqual([{ v: 1, tenant_id: world.tenant.id, follower: 'webhooks' }])
    await env.FOLLOWERS.send(world.bells[0])
    await expect.poll(() => receiver.got.length).toBeGreaterThan(0)
  })

  it('of several runs at once is posted to by one, and a bell that found it busy is not forgotten', async () => {
    const world = await createWebhookWorld()
    const { endpoint } = await world.create()
    await world.hear(5)
    // While the third is on its way another line comes, whose bell finds the endpoint taken.
    world.receiver.answers.push(answer(200), answer(200), async () => {
      await world.hear(1)
      await postWebhooks(world.deps, world.tenant.id)
      return new Response()
    })
    await Promise.all([1, 2, 3, 4].map(() => postWebhooks(world.deps, world.tenant.id)))
    const lines = (await journalOf(world)).map(({ seq }) => seq)
    expect(seqsOf(world)).toEqual(lines)
    expect((await world.show(endpoint.id)).endpoint.cursor_seq).toBe(lines.at(-1))
  })

  it('gets a line that comes between the last look and the end of a run', async () => {
    const world = await createWebhookWorld()
    await world.create()
    await world.hear(1)
    let isLate = false
    const prepare = (sql: string): D1PreparedStatement => {
      const statement = env.DB.prepare(sql)
      if (isLate || !sql.includes('and cursor_seq >=')) return statement
      isLate = true
      const first = async (bound: D1PreparedStatement) => {
        await world.hear(1)
        await postWebhooks(world.deps, world.tenant.id) // its bell finds the endpoint taken
        return bound.first()
      }
      return {
        bind: (...values: unknown[]) => ({ first: () => first(statement.bind(...values)) }),
      } as D1PreparedStatement
    }
    const DB = { prepare, batch: env.DB.batch.bind(env.DB) } as D1Database
    await postWebhooks({ ...world.deps, env: { ...world.deps.env, DB } }, world.tenant.id)
    expect(isLate).toBe(true)
    expect(seqsOf(world)).toEqual((await journalOf(world)).map(({ seq }) => seq))
  })

  it('is posted to beside two others at most, and before those that take nothing', async () => {
    const world = await createWebhookWorld()
    const urls = Array.from({ length: 10 }, (_, at) => `${receiverUrl}/${at}`)
    for (const url of urls) await world.create({ url })
    const working = urls.slice(-3)
    const asked: string[] = []
    let open = 0
    let mostOpen = 0
    const fetch: typeof globalThis.fetch = async (input) => {
      const url = new Request(input).url
      asked.push(url)
      open += 1
      mostOpen = Math.max(mostOpen, open)
      await scheduler.wait(5)
      open -= 1
      return new Response(null, { status: working.includes(url) ? 200 : 503 })
    }
    await world.hear(1)
    await postWebhooks({ ...world.deps, fetch }, world.tenant.id)
    expect(mostOpen).toBe(3)
    expect(new Set(asked)).toEqual(new Set(urls))
    asked.length = 0
    await world.hear(1)
    await postWebhooks({ ...world.deps, fetch }, world.tenant.id)
    expect(new Set(asked.slice(0, 3))).toEqual(new Set(working))
  })

  it('gets only the types it asks for', async () => {
    const world = await createWebhookWorld()
    const { endpoint } = await world.create({ event_types: ['channel_health'] })
    await world.hear(3)
    await world.run()
    const lines = await journalOf(world)
    const wanted = lines.filter(({ data }) => data.startsWith('{"type":"channel_health"'))
    expect(seqsOf(world)).toEqual(wanted.map(({ seq }) => seq))
    expect(wanted.length).toBeLessThan(lines.length)
    expect((await world.show(endpoint.id)).endpoint.cursor_seq).toBe(lines.at(-1)?.seq)
  })

  it('never gets a line of another tenant, nor is it seen or changed by one', async () => {
    const [world, other] = [await createWebhookWorld(), await createWebhookWorld()]
    const { endpoint } = await world.create()
    await other.hear(3)
    await world.hear(1)
    await postWebhooks(world.deps, other.tenant.id)
    await world.run()
    expect(
      new Set(world.receiver.got.map(({ body }) => (JSON.parse(body) as { tenant_id: string }).tenant_id)),
    ).toEqual(new Set([world.tenant.id]))
    for (const found of [
      await other.at(endpoint.id),
      await other.at(endpoint.id, '', { description: 'mine' }, 'PATCH'),
      await other.at(endpoint.id, '', undefined, 'DELETE'),
      await other.at(endpoint.id, '/rotate', {}),
      await other.at(endpoint.id, '/replay', { from_seq: 1 }),
      await other.at(endpoint.id, '/test', {}),
    ]) {
      expect(found.code).toBe('webhook_endpoint.not_found')
    }
    expect((await call(endpointsPath, { bearer: other.tenant.key })).json['items']).toEqual([])
  })
})

describe('a line that is not taken', () => {
  it('holds nothing up, and comes again under its id until it is', async () => {
    const world = await createWebhookWorld()
    const { endpoint, secret } = await world.create()
    await world.hear(2)
    world.receiver.answers.push(answer(500))
    await world.run()
    const [first] = world.receiver.got
    const { length } = world.receiver.got
    expect((await world.show(endpoint.id)).endpoint).toMatchObject({ open_failures: 1, head_seq: length })
    world.clock.now += 4_000
    await world.sweep()
    expect(world.receiver.got).toHaveLength(length)
    world.receiver.answers.push(answer(503))
    world.clock.now += 2_000
    await world.sweep()
    world.clock.now += 6 * 60_000
    await world.sweep()
    const again = world.receiver.got.slice(length)
    expect(again.map(({ id, body }) => ({ id, body }))).toEqual(
      [1, 2].map(() => ({ id: first?.id, body: first?.body })),
    )
    expect(await world.receiver.verdicts([secret], world.clock.now)).toContain('ok')
    const shown = await world.show(endpoint.id)
    expect(shown.endpoint).toMatchObject({ open_failures: 0, given_up_seq: null })
    expect(shown.deliveries.slice(0, 2)).toMatchObject([
      { attempt: 3, status: 200, error: null },
      { attempt: 2, status: 503, error: 'refused' },
    ])
    await world.sweep()
    expect(world.receiver.got).toHaveLength(length + 2)
  })

  it('waits for as long as its receiver asks', async () => {
    const world = await createWebhookWorld()
    await world.create()
    await world.hear(1)
    const { length } = await journalOf(world)
    world.receiver.answers.push(answer(429, { 'retry-after': '7200' }))
    await world.run()
    world.clock.now += hourMs
    await world.sweep()
    expect(world.receiver.got).toHaveLength(length)
    world.clock.now += 1.3 * hourMs
    await world.sweep()
    expect(world.receiver.got).toHaveLength(length + 1)
  })

  it('is given up after three days, which the endpoint says, and a replay brings it', async () => {
    const world = await createWebhookWorld()
    const { endpoint } = await world.create({ event_types: ['new_message'] })
    const head = await world.hear(1)
    world.receiver.answers.push(...Array.from({ length: 10 }, () => answer(500)))
    await world.run()
    for (let days = 0; days < 5; days += 0.5) {
      world.clock.now += 25 * hourMs
      await world.sweep()
    }
    expect(world.receiver.got).toHaveLength(10)
    const shown = await world.show(endpoint.id)
    expect(shown.endpoint).toMatchObject({ open_failures: 0, given_up_seq: shown.deliveries[0]?.seq })
    expect(shown.deliveries[0]).toMatchObject({ attempt: 10, error: 'exhausted' })
    await world.at(endpoint.id, '/replay', { from_seq: shown.endpoint.given_up_seq ?? head })
    await world.run()
    expect(new Set(world.receiver.got.map(({ id }) => id)).size).toBe(1)
    expect((await world.show(endpoint.id)).endpoint.given_up_seq).toBeNull()
  })

  it('for a redirect is tried again where it was, and never where it points to', async () => {
    const world = await createWebhookWorld()
    const { endpoint } = await world.create()
    await world.hear(1)
    world.receiver.answers.push(answer(302, { location: 'http://169.254.169.254/latest/meta-data' }))
    await world.run()
    world.clock.now += 10_000
    await world.sweep()
    expect(new Set(world.receiver.got.map(({ url }) => url))).toEqual(new Set([receiverUrl]))
    const { deliveries } = await world.show(endpoint.id)
    expect(deliveries.find(({ status }) => status === 302)).toMatchObject({ error: 'redirect' })
  })

  it('ends the endpoint when it answers 410, until its owner enables it', async () => {
    const world = await createWebhookWorld()
    const { endpoint } = await world.create()
    await world.hear(3)
    world.receiver.answers.push(answer(410))
    await world.run()
    world.clock.now += hourMs
    await world.sweep()
    expect(world.receiver.got).toHaveLength(1)
    expect((await world.show(endpoint.id)).endpoint).toMatchObject({ disabled_reason: 'gone' })
    await world.at(endpoint.id, '', { enabled: true }, 'PATCH')
    await world.run()
    const lines = (await journalOf(world)).map(({ seq }) => seq)
    expect(
      seqsOf(world)
        .slice(1)
        .toSorted((a, b) => a - b),
    ).toEqual(lines)
    expect((await world.show(endpoint.id)).endpoint).toMatchObject({ disabled_at: null, open_failures: 0 })
  })

  it('five times in a row lets its receiver rest until the next sweep', async () => {
    const world = await createWebhookWorld()
    await world.create()
    await world.hear(20)
    world.receiver.answers.push(...Array.from({ length: 5 }, () => answer(503)))
    await world.run()
    expect(world.receiver.got).toHaveLength(5)
    world.clock.now += 60_000
    await world.sweep()
    expect(new Set(seqsOf(world))).toEqual(new Set((await journalOf(world)).map(({ seq }) => seq)))
  })

  it('because its receiver hangs lets it rest as well, though a run has no time for five', async () => {
    const world = await createWebhookWorld()
    await world.create()
    await world.hear(20)
    const late = (status: number) => () => {
      world.clock.now += webhookTimeoutMs
      return status === 0 ? Promise.reject(new Error('late')) : new Response('', { status })
    }
    world.receiver.answers.push(late(0), late(0))
    expect(await postWebhooks(world.deps, world.tenant.id)).toEqual({ kind: 'done' })
    expect(world.receiver.got).toHaveLength(2)
    // One that is slow, and takes what it gets, is gone on with at once.
    world.receiver.answers.push(late(0), late(200))
    expect(await postWebhooks(world.deps, world.tenant.id)).toEqual({ kind: 'more' })
    expect(world.receiver.got).toHaveLength(4)
    await world.sweep()
    expect(new Set(seqsOf(world))).toEqual(new Set((await journalOf(world)).map(({ seq }) => seq)))
  })

  it('is one of a thousand: nothing new is posted until there are fewer', async () => {
    const world = await createWebhookWorld()
    const { endpoint } = await world.create()
    const later = world.clock.now + hourMs
    await env.DB.prepare(
      `insert into webhook_failures with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
         select ?1, ?2, -i, 'e', 1, ?3, 500, 'refused' from n`,
    )
      .bind(world.tenant.id, endpoint.id, later)
      .run()
    await world.hear(1)
    await world.run()
    expect(world.receiver.got).toEqual([])
    await env.DB.prepare('delete from webhook_failures where tenant_id = ?1 and seq < -900').bind(world.tenant.id).run()
    await world.sweep()
    expect(seqsOf(world)).toEqual((await journalOf(world)).map(({ seq }) => seq))
  })
})

describe('a crash', () => {
  it('between a delivery and its row posts the same line again under the same id, and loses none', async () => {
    const world = await createWebhookWorld()
    await world.create()
    await world.hear(4)
    const broken = failingDatabase(env.DB, (batch) => (batch === 4 ? 'before' : null))
    const deps = { ...world.deps, env: { ...world.deps.env, DB: broken } }
    await expect(postWebhooks(deps, world.tenant.id)).rejects.toThrow(/connection lost/)
    const atCrash = world.receiver.got.length
    await world.run()
    expect(world.receiver.got).toHaveLength(atCrash) // its lease still stands
    world.clock.now += 61_000
    await world.sweep()
    const ids = world.receiver.got.map(({ id }) => id)
    expect(ids[atCrash]).toBe(ids[atCrash - 1])
    expect([...new Set(seqsOf(world))]).toEqual((await journalOf(world)).map(({ seq }) => seq))
    expect(ids).toHaveLength((await journalOf(world)).length + 1)
  })

  it('of the bell is made good by the sweep', async () => {
    const world = await createWebhookWorld()
    await world.create()
    await world.hear(1)
    await world.sweep()
    expect(seqsOf(world)).toEqual((await journalOf(world)).map(({ seq }) => seq))
  })
})

describe("the owner's hand", () => {
  it('rotates the secret: both sign for a day, then the new one only', async () => {
    const world = await createWebhookWorld()
    const { endpoint, secret: old } = await world.create()
    const rotated = await world.at(endpoint.id, '/rotate', {})
    const fresh = String(rotated.json['secret'])
    await world.hear(1)
    await world.run()
    for (const known of [old, fresh]) expect(new Set(await world.receiver.verdicts([known]))).toEqual(new Set(['ok']))
    world.clock.now = Date.now() + 25 * hourMs
    world.receiver.got.length = 0
    await world.hear(1)
    await world.run()
    expect(new Set(await world.receiver.verdicts([fresh], world.clock.now))).toEqual(new Set(['ok']))
    expect(new Set(await world.receiver.verdicts([old], world.clock.now))).toEqual(new Set(['wrong']))
  })

  it('replays from a number under the same ids, also what stood there before the endpoint', async () => {
    const world = await createWebhookWorld()
    await world.hear(1)
    const { endpoint } = await world.create()
    await world.hear(2)
    await world.run()
    const first = world.receiver.got.map(({ id, body }) => ({ id, body }))
    world.receiver.got.length = 0
    expect((await world.at(endpoint.id, '/replay', { from_seq: 1 })).status).toBe(200)
    await world.run()
    const again = world.receiver.got.map(({ id, body }) => ({ id, body }))
    expect(again.slice(-first.length)).toEqual(first)
    expect(again).toHaveLength((await journalOf(world)).length)
  })

  it('tests at once and says how it was answered', async () => {
    const world = await createWebhookWorld()
    const { endpoint, secret } = await world.create()
    vi.stubGlobal('fetch', world.receiver.fetch)
    world.receiver.answers.push(answer(404))
    expect((await world.at(endpoint.id, '/test', {})).json).toMatchObject({ status: 404, error: 'refused' })
    expect((await world.at(endpoint.id, '/test', {})).json).toMatchObject({ status: 200, error: null })
    expect(world.receiver.got.map(({ type }) => type)).toEqual(['test', 'test'])
    expect(await world.receiver.verdicts([secret])).toEqual(['ok', 'ok'])
  })

  it('changes, disables and deletes; the secret is shown once and stored sealed', async () => {
    const world = await createWebhookWorld()
    const { endpoint, secret } = await world.create({ description: 'ERP' })
    const changed = await world.at(endpoint.id, '', { url: 'https://other.bureau.com.ua/', enabled: false }, 'PATCH')
    expect(changed.json['endpoint']).toMatchObject({
      ...{ url: 'https://other.bureau.com.ua/', description: 'ERP', disabled_reason: 'owner' },
    })
    await world.hear(1)
    await world.run()
    expect(world.receiver.got).toEqual([])
    expect((await world.at(endpoint.id)).text).not.toContain(secret)
    const stored = await rowsOf('select * from webhook_endpoints where tenant_id = ?1', world.tenant.id)
    expect(JSON.stringify(stored)).not.toContain(secret)
    expect((await world.at(endpoint.id, '', undefined, 'DELETE')).status).toBe(204)
    expect((await world.at(endpoint.id)).status).toBe(404)
  })

  it('needs a key with the scope for it, and makes ten at most, also when they come at once', async () => {
    const tenant = await newTenant()
    const other = await createServiceKey(tenant.id, ['ingest', 'tokens', 'notifications'])
    expect((await call(endpointsPath, { bearer: other })).code).toBe('scope.missing')
    const made = await Promise.all(
      Array.from({ length: 12 }, () => call(endpointsPath, { bearer: tenant.key, json: { url: receiverUrl } })),
    )
    expect(made.filter(({ status }) => status === 201)).toHaveLength(10)
    expect(made.filter(({ code }) => code === 'webhook_endpoint.limit')).toHaveLength(2)
  })
})

describe('an address', () => {
  it.each([
    'http://hooks.bureau.com.ua/',
    'https://hooks.bureau.com.ua:8443/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/',
    'https://hub.internal/',
    'https://user:pass@hooks.bureau.com.ua/',
    'ftp://hooks.bureau.com.ua/',
    'no address',
  ])('%s is refused', async (url) => {
    const { key } = await newTenant()
    expect((await call(endpointsPath, { bearer: key, json: { url } })).code).toBe('webhook_endpoint.address')
  })

  it('of our own is refused', async () => {
    const url = 'https://inbox.bureau.com.ua/api/v1/communications/webhooks/whatsapp'
    const config = { ...(await createWebhookWorld()).deps.config, publicUrl: 'https://inbox.bureau.com.ua' }
    const post = { fetch: () => Promise.reject(new Error('never')), now: () => 0, timeoutMs: 10 }
    const secrets = [webhookSecret(new Uint8Array(32))]
    const sent = await postWebhook(
      { ...post, rules: addressRulesOf(config) },
      { url, secrets },
      { id: 'e', body: '{}' },
    )
    expect(sent).toMatchObject({ status: 0, error: 'address' })
  })

  it('is looked at again before each attempt', async () => {
    const world = await createWebhookWorld()
    const { endpoint } = await world.create()
    await env.DB.prepare(`update webhook_endpoints set url = 'https://10.0.0.1/' where tenant_id = ?1`)
      .bind(world.tenant.id)
      .run()
    await world.hear(1)
    await world.run()
    expect(world.receiver.got).toEqual([])
    expect((await world.show(endpoint.id)).deliveries[0]).toMatchObject({ status: 0, error: 'address' })
  })
})

describe('a receiver', () => {
  const secrets = [webhookSecret(new Uint8Array(32))]
  const post = { now: () => Date.now(), rules: { ownHosts: [] }, timeoutMs: 50 }
  const target = { url: receiverUrl, secrets }

  it('that hangs is given up in time', async () => {
    const hanging: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
      })
    const reply = await postWebhook({ ...post, fetch: hanging }, target, { id: 'e', body: '{}' })
    expect(reply).toMatchObject({ status: 0, error: 'timeout' })
  })

  it('that answers without end is not read', async () => {
    let pulled = 0
    let isCancelled = false
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1
          controller.enqueue(new Uint8Array(1_000))
        },
        cancel() {
          isCancelled = true
        },
      },
      { highWaterMark: 0 },
    )
    const reply = await postWebhook({ ...post, fetch: async () => new Response(endless) }, target, {
      id: 'e',
      body: '{}',
    })
    expect(reply).toMatchObject({ status: 200, error: null })
    expect({ pulled, isCancelled }).toEqual({ pulled: 0, isCancelled: true })
  })
})

describe('the sweep', () => {
  it('finds its rows by indexes', async () => {
    const explaining = { prepare: (sql: string) => env.DB.prepare(`explain query plan ${sql}`) } as D1Database
    const planOf = async (statement: D1PreparedStatement) =>
      (await statement.all<{ detail: string }>()).results.map(({ detail }) => detail).join('\n')
    const failures = await planOf(selectTenantsWithFailures(explaining, { now: 1, limit: 1 }))
    expect(failures).toMatch(/f USING INDEX directory_webhook_failures \(due_at<\?\)/)
    expect(failures).toMatch(/e USING INDEX sqlite_autoindex_webhook_endpoints_1 \(tenant_id=\? AND id=\?\)/)
    // Endpoints are few; each is held against the head of its tenant's journal.
    const behind = await planOf(selectTenantsBehind(explaining, { now: 1, limit: 1 }))
    expect(behind).toMatch(/h USING INDEX sqlite_autoindex_journal_heads_1 \(tenant_id=\?\)/)
  })
})
