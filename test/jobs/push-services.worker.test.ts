import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { sweepPushes } from '../../src/jobs/push-sweep.ts'
import { systemNotice } from '../../src/notifications/notice.ts'
import { sealTarget } from '../../src/notifications/push-target.ts'
import { createPushService, newBrowser, pushPath, subscribe } from '../worker/browser.ts'
import { request } from '../worker/inbox.ts'
import { conversationsOf, createPushedWorld, later, statusOf } from '../worker/pushed.ts'
import { rowsOf } from '../worker/tenant.ts'

const minute = 60_000

describe('a push service', () => {
  it.each([404, 410])('that knows a browser no more (%i) ends its subscription, and no other one', async (status) => {
    const { say, runAll, service, phone, laptop, anna, boris } = await createPushedWorld()
    service.answer(phone, () => new Response(null, { status }))
    await say('m1')
    await runAll()
    expect((await statusOf(anna)).subscriptions).toEqual([])
    expect((await statusOf(boris)).subscriptions).toMatchObject([{ is_failing: false }])
    expect((await statusOf(boris)).subscriptions[0]?.last_success_at).not.toBeNull()
    expect(service.of(laptop)).toHaveLength(1)
  })

  it('that says so of a browser which has subscribed anew meanwhile ends nothing', async () => {
    const { say, runAll, service, phone, anna } = await createPushedWorld()
    service.answer(phone, async () => {
      await subscribe(anna.token, phone)
      return new Response(null, { status: 410 })
    })
    await say('m1')
    await runAll()
    expect((await statusOf(anna)).subscriptions).toMatchObject([{ is_failing: false }])
  })

  it('that is busy is asked again when it says, not before, and nothing of the meantime is lost', async () => {
    const world = await createPushedWorld()
    const { say, runAll, service, phone, laptop, rows, deps, anna, tenant, rings } = world
    service.answer(phone, () => new Response(null, { status: 429, headers: { 'retry-after': '600' } }))
    const first = await say('m1', '380501111111')
    await runAll()
    const second = await say('m2', '380502222222')
    later(world, 9 * minute)
    await runAll()
    expect([service.requests.length, service.of(laptop).length]).toEqual([3, 2])
    expect((await rows())[0]).toMatchObject({ attempts: 1 })
    expect((await statusOf(anna)).subscriptions).toMatchObject([{ is_failing: true, last_success_at: null }])
    service.answer(phone, null)
    later(world, 2 * minute)
    const queue: unknown[] = []
    const FOLLOWERS = { sendBatch: async (bells: { body: unknown }[]) => queue.push(...bells.map(({ body }) => body)) }
    await sweepPushes({ ...deps, env: { ...env, FOLLOWERS: FOLLOWERS as unknown as Queue } })
    expect(queue).toContainEqual({ v: 1, tenant_id: tenant.id, follower: 'push' })
    await runAll()
    expect(conversationsOf(world, phone)).toEqual([first, second])
    expect(service.of(laptop)).toHaveLength(2)
    expect((await rows())[0]).toMatchObject({ attempts: 0, owed_seq: null, retry_at: null })
    expect(rings.length).toBeGreaterThan(0)
  })

  it.each([
    ['fails', () => new Response('x', { status: 503 })],
    ['cannot be reached', () => Promise.reject(new Error('connection refused'))],
  ])('that %s is asked again, each time later', async (_, answer) => {
    const world = await createPushedWorld()
    const { say, runAll, service, phone, rows } = world
    service.answer(phone, answer)
    await say('m1')
    const waits: number[] = []
    for (let n = 0; n < 3; n++) {
      await runAll()
      const [row] = await rows()
      waits.push((row?.retry_at ?? 0) - world.deps.now())
      world.clock.now = row?.retry_at ?? 0
    }
    expect(waits.map((ms) => Math.round(ms / 1000))).toEqual([5, 20, 80])
    service.answer(phone, null)
    await runAll()
    expect(service.of(phone)).toHaveLength(1)
  })

  it('that takes nothing is asked again as soon as its browser subscribes again, and nothing is lost', async () => {
    const world = await createPushedWorld()
    const { say, runAll, service, phone, anna } = world
    service.answer(phone, () => new Response(null, { status: 403 }))
    const first = await say('m1')
    await runAll()
    service.answer(phone, null)
    await subscribe(anna.token, phone)
    await runAll()
    expect(conversationsOf(world, phone)).toEqual([first])
    expect((await statusOf(anna)).subscriptions).toMatchObject([{ is_failing: false }])
  })

  it('that was away for more lines than one read takes gets all of them, in order', async () => {
    const world = await createPushedWorld()
    const { say, runAll, service, phone, rows } = world
    service.answer(phone, () => new Response(null, { status: 500 }))
    const conversations: string[] = []
    for (const n of [1, 2, 3, 4, 5]) conversations.push(await say(`m${n}`, `38050111111${n}`))
    await runAll()
    service.answer(phone, null)
    later(world, minute)
    await runAll({ lines: 2 })
    expect(conversationsOf(world, phone)).toEqual(conversations)
    expect((await rows())[0]).toMatchObject({ attempts: 0, owed_seq: null })
  })

  it.each([401, 403])(
    'that does not take our keys (%i) is tried again in half an hour, and the page is told',
    async (status) => {
      const world = await createPushedWorld()
      const { say, runAll, service, phone, anna } = world
      service.answer(phone, () => new Response(null, { status }))
      await say('m1')
      await runAll()
      expect((await statusOf(anna)).subscriptions).toMatchObject([{ is_failing: true }])
      const asked = service.requests.length
      later(world, 29 * minute)
      await runAll()
      expect(service.requests).toHaveLength(asked)
      service.answer(phone, null)
      later(world, minute)
      await runAll()
      expect(service.of(phone)).toHaveLength(1)
      expect((await statusOf(anna)).subscriptions).toMatchObject([{ is_failing: false }])
    },
  )

  it('that redirects is not followed; that refuses a push gets the next one', async () => {
    const { say, runAll, service, phone } = await createPushedWorld()
    const location = 'http://169.254.169.254/latest/meta-data'
    service.answer(phone, () => new Response(null, { status: 307, headers: { location } }))
    await say('m1', '380501111111')
    await runAll()
    expect(service.requests.map(({ redirect }) => redirect)).toEqual(['manual', 'manual'])
    service.answer(phone, null)
    await say('m2', '380502222222')
    await runAll()
    expect(service.kindsOf(phone)).toEqual(['new_conversation'])
  })

  it('that answers without end is not listened to', async () => {
    const { say, runAll, service, phone } = await createPushedWorld()
    const heard = { chunks: 0, isCancelled: false }
    service.answer(phone, () => {
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          heard.chunks += 1
          controller.enqueue(new Uint8Array(65_536))
        },
        cancel() {
          heard.isCancelled = true
        },
      })
      return new Response(endless, { status: 201 })
    })
    await say('m1')
    await runAll()
    expect(heard.isCancelled).toBe(true)
    expect(heard.chunks).toBeLessThan(5)
    expect(service.of(phone)).toHaveLength(1)
  })

  it('that hangs holds up nobody else for long, and is asked again', async () => {
    const { say, runAll, service, phone, laptop, rows } = await createPushedWorld()
    service.answer(
      phone,
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    )
    await say('m1')
    await runAll({ timeoutMs: 50 })
    expect(service.of(laptop)).toHaveLength(1)
    expect((await rows())[0]).toMatchObject({ attempts: 1, owed_seq: expect.any(Number) as number })
  })
})

describe('an address', () => {
  it('is looked at again before each push: one that is no push service’s is never asked', async () => {
    const { say, runAll, service, tenant, rows, deps } = await createPushedWorld()
    const [row] = await rows()
    const { publicKey, auth } = await newBrowser()
    const target = { endpoint: 'https://10.0.0.1/x', keys: { p256dh: publicKey, auth } }
    const sealed = await sealTarget(deps.config.encryptionKeys, target, { tenantId: tenant.id, id: row?.id ?? '' })
    await env.DB.prepare('update push_subscriptions set sealed = ?3 where tenant_id = ?1 and id = ?2')
      .bind(tenant.id, row?.id, sealed)
      .run()
    await say('m1')
    await runAll()
    expect(service.requests).toHaveLength(1)
    expect(await rows()).toHaveLength(1)
  })

  it('of a stand-in on the own machine is taken where the configuration names it, and nowhere else', async () => {
    const { say, runAll, tenant, anna, rows, deps } = await createPushedWorld()
    const origin = 'http://127.0.0.1:9999'
    const browser = await newBrowser(`${origin}/push`)
    expect((await subscribe(anna.token, browser)).code).toBe('push.endpoint_refused')
    const headers = { authorization: `Bearer ${anna.token}`, 'content-type': 'application/json' }
    const post = { method: 'POST', headers, body: JSON.stringify(browser.subscription) }
    const answer = await request(`${pushPath}/subscriptions`, post, { ...env, LOCAL_ADDRESSES: origin })
    expect(answer.status).toBe(201)
    await env.DB.prepare('delete from push_subscriptions where tenant_id = ?1 and id <> ?2')
      .bind(tenant.id, answer.body['id'])
      .run()
    const service = createPushService(browser)
    deps.fetch = service.fetch
    const { config } = deps
    deps.config = { ...config, localAddresses: [origin] }
    await say('m1')
    await runAll()
    expect(service.kindsOf(browser)).toEqual(['new_conversation'])
    deps.config = config
    await say('m2')
    await runAll()
    expect([service.of(browser).length, await rows()]).toEqual([1, []])
  })

  it('that another user has taken over during a run gets nothing more that was for the one before', async () => {
    const { store, runAll, service, phone, laptop, anna, boris, deps } = await createPushedWorld()
    const forAnna = (n: number) => ({
      item: {
        kind: 'notice' as const,
        ...systemNotice({ title: `For Anna ${n}`, text: '', user_id: anna.id }, String(n)),
      },
    })
    await store(forAnna(1), forAnna(2), forAnna(3))
    deps.fetch = async (...request) => {
      await subscribe(boris.token, phone)
      return service.fetch(...request)
    }
    await runAll({ lines: 1 })
    expect(service.of(phone).map(({ notification }) => notification['title'])).toEqual(['For Anna 1'])
    expect(service.of(laptop)).toEqual([])
  })

  it('that no key of ours opens any more is kept, and its user told', async () => {
    const { say, runAll, service, tenant, rows, anna } = await createPushedWorld()
    const [, other] = await rowsOf<{ sealed: string }>(
      'select sealed from push_subscriptions where tenant_id = ?1 order by created_at',
      tenant.id,
    )
    const [row] = await rows()
    // Moved from another row: the seal is for that one.
    await env.DB.prepare('update push_subscriptions set sealed = ?3 where tenant_id = ?1 and id = ?2')
      .bind(tenant.id, row?.id, other?.sealed)
      .run()
    await say('m1')
    await runAll()
    expect(service.requests).toHaveLength(1)
    expect((await statusOf(anna)).subscriptions).toMatchObject([{ is_failing: true }])
  })

  it('of a browser that subscribed with other keys of ours is not asked until it subscribes again', async () => {
    const { say, runAll, service, tenant, anna, phone } = await createPushedWorld()
    await env.DB.prepare(
      `update push_subscriptions set vapid_key_id = 'k0', owed_seq = 1, retry_at = 0 where tenant_id = ?1 and user_id = ?2`,
    )
      .bind(tenant.id, anna.id)
      .run()
    await say('m1', '380501111111')
    await runAll()
    expect(service.of(phone)).toEqual([])
    expect((await statusOf(anna)).subscriptions).toMatchObject([{ is_failing: true }])
    const owed = await rowsOf(
      'select 1 from push_subscriptions where tenant_id = ?1 and owed_seq is not null',
      tenant.id,
    )
    expect(owed).toEqual([])
    await subscribe(anna.token, phone)
    await say('m2', '380502222222')
    await runAll()
    expect(service.of(phone)).toHaveLength(1)
  })
})
