import { env } from 'cloudflare:workers'
import { importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { InboundMessage } from '../../src/channels/channel.ts'
import { handleFollowers } from '../../src/jobs/follower-queue.ts'
import { sweepPushes } from '../../src/jobs/push-sweep.ts'
import { decodeBase64, encodeBase64Url } from '../../src/lib/base64.ts'
import { selectBehind, selectPushLines } from '../../src/store/push-runs.ts'
import { message } from '../ingest/builders.ts'
import { createPushService, newBrowser, subscribe } from '../worker/browser.ts'
import { type PushedWorld, countRings, conversationsOf, createPushedWorld, later, statusOf } from '../worker/pushed.ts'
import { createNotifiedWorld } from '../worker/notified.ts'
import { batchOf, messageOf } from '../worker/outbox.ts'
import { connect, session } from '../worker/socket.ts'
import { failingDatabase, rowsOf } from '../worker/tenant.ts'

const minute = 60_000
const hour = 60 * minute

const bellOf = ({ tenant }: Pick<PushedWorld, 'tenant'>) => ({ v: 1, tenant_id: tenant.id, follower: 'push' })

describe('a push', () => {
  it('comes to every browser it is for, encrypted for it, signed by us, and says nothing that was written', async () => {
    const world = await createPushedWorld()
    const { say, runAll, service, phone, laptop, assign, anna } = world
    const conversation = await say('m1')
    await runAll()
    expect([service.kindsOf(phone), service.kindsOf(laptop)]).toEqual([['new_conversation'], ['new_conversation']])
    await assign(conversation, anna.id)
    await runAll()
    expect([service.kindsOf(phone), service.kindsOf(laptop)]).toEqual([
      ['new_conversation', 'assignment'],
      ['new_conversation'],
    ])
    const [push] = service.of(phone)
    expect(push?.notification).toMatchObject({ conversation_id: conversation, client_name: 'Олена', preview: null })
    expect(push?.headers.get('content-encoding')).toBe('aes128gcm')
    expect(push?.headers.get('urgency')).toBe('high')
    expect(Number(push?.headers.get('ttl'))).toBeGreaterThan(86_000)
    expect(push?.headers.get('topic')).toMatch(/^[0-9a-f]{32}$/)
    const topics = [phone, laptop].map((browser) => service.of(browser)[0]?.headers.get('topic'))
    expect(topics[0]).not.toBe(topics[1])
    const [, token = '', key = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(push?.headers.get('authorization') ?? '') ?? []
    expect(key).toBe((await statusOf(anna)).public_key)
    const point = decodeBase64(key) ?? new Uint8Array()
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(encodeBase64Url)
    const jwk = await importJWK({ kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, 'ES256')
    const { payload } = await jwtVerify(token, jwk, { audience: 'https://fcm.googleapis.com', algorithms: ['ES256'] })
    expect(payload.sub).toBe('mailto:dev@example.com')
  })

  it('shows what was written to a user who wants that, and to nobody else', async () => {
    const { say, runAll, service, phone, laptop, put, anna } = await createPushedWorld()
    await put(anna, { push: { preview: true } })
    await say('m1')
    await runAll()
    const previews = [phone, laptop].map((browser) => service.of(browser)[0]?.notification['preview'])
    expect(previews[0]).toEqual(expect.stringMatching(/\S/))
    expect(previews[1]).toBeNull()
  })

  it('never goes to another tenant, though the same browser is subscribed there', async () => {
    const [world, other] = [await createPushedWorld(), await createNotifiedWorld()]
    await countRings(other.tenant.id)
    await subscribe(other.anna.token, world.phone)
    const stranger = await newBrowser()
    await subscribe(other.anna.token, stranger)
    await world.say('m1')
    await world.runAll()
    expect(world.service.requests).toHaveLength(2)
    expect(world.service.of(world.phone)).toHaveLength(1)
  })

  it('is one for many lines of a conversation, and each conversation has its own', async () => {
    const world = await createPushedWorld()
    const first = await world.say('m1', '380501111111')
    for (const n of [2, 3, 4]) await world.say(`m${n}`, '380501111111')
    const second = await world.say('m5', '380502222222')
    await world.runAll()
    expect(conversationsOf(world, world.phone)).toEqual([first, second])
  })

  it('is not sent of what is read, imported, one’s own, or not wanted', async () => {
    const world = await createPushedWorld()
    const { say, store, channel, runAll, service, phone, laptop, put, anna, boris, mention, assign, list, read } = world
    const conversation = await say('m1')
    await assign(conversation, anna.id)
    await put(boris, { rules: { 'new_conversation.unassigned': ['socket'] } })
    await runAll()
    expect([service.kindsOf(phone), service.kindsOf(laptop)]).toEqual([['new_conversation', 'assignment'], []])
    const contact: InboundMessage['contact'] = { aliases: [{ kind: 'phone', value: '380501234567' }], name: 'Олена' }
    const { messageId } = await store({ channel, item: message({ externalId: 'm2', at: Date.now(), contact }) })
    await store({ item: { kind: 'read', conversationId: conversation, messageId: messageId ?? '' } })
    await store({ channel, item: message({ externalId: 'old', contact, silent: true }) })
    await mention(conversation, anna, anna)
    await mention(conversation, boris, anna)
    const [mentioned] = (await list(anna)).items
    await read(anna, mentioned?.id ?? '')
    await runAll()
    expect(service.kindsOf(phone).slice(2)).toEqual([])
    await mention(conversation, boris, anna)
    await runAll()
    expect(service.kindsOf(phone).slice(2)).toEqual(['mention'])
    expect(service.of(laptop)).toEqual([])
  })

  it('is not sent while that conversation lies open, in quiet hours, or in a pause; the list has it all the same', async () => {
    const world = await createPushedWorld()
    const { tenant, say, assign, runAll, service, phone, put, anna, list } = world
    const conversation = await say('m1')
    await assign(conversation, anna.id)
    await runAll()
    const pushed = service.of(phone).length
    const page = await connect(session(tenant.id, { userId: anna.id }))
    page.ws.send(JSON.stringify({ type: 'focus', conversation_id: conversation }))
    await page.settle()
    await say('m2')
    await runAll()
    page.ws.send(JSON.stringify({ type: 'focus', conversation_id: null }))
    await page.settle()
    await put(anna, { quiet_hours: [{ from: '00:00', to: '00:00', media: ['web_push'] }] })
    await say('m3')
    await runAll()
    await put(anna, { paused_until: new Date(Date.now() + hour).toISOString() })
    await say('m4')
    await runAll()
    expect(service.of(phone)).toHaveLength(pushed)
    await put(anna, {})
    await say('m5')
    await runAll()
    expect(service.of(phone)).toHaveLength(pushed + 1)
    expect((await list(anna)).items.filter(({ kind }) => kind === 'new_message')).toHaveLength(4)
  })

  it('of what is older than a day, or from before the subscription, is not sent', async () => {
    const world = await createPushedWorld()
    const late = await newBrowser()
    const service = createPushService(world.phone, world.laptop, late)
    world.deps.fetch = service.fetch
    await world.say('m1', '380501111111')
    later(world, 25 * hour)
    await world.runAll()
    expect(service.requests).toHaveLength(0)
    await env.DB.prepare('delete from push_subscriptions where tenant_id = ?1').bind(world.tenant.id).run()
    await world.runAll()
    expect(await rowsOf('select * from push_cursors where tenant_id = ?1', world.tenant.id)).toEqual([])
    world.clock.now = 0
    await subscribe(world.anna.token, late)
    await world.runAll()
    expect(service.requests).toHaveLength(0)
  })
})

describe('a run', () => {
  it('that ends between the pushes and the cursor is repeated, under the same topics', async () => {
    const world = await createPushedWorld()
    const { say, run, runAll, service, phone, deps } = world
    await say('m1')
    // The batches of a page: its lines, then what became of it.
    const dying = failingDatabase(env.DB, (batch) => (batch === 2 ? 'before' : null))
    const healthy = deps.env
    deps.env = { ...healthy, DB: dying }
    await expect(run()).rejects.toThrow('network connection lost')
    expect(service.of(phone)).toHaveLength(1)
    deps.env = healthy
    later(world, 3 * minute)
    await runAll()
    const topics = service.of(phone).map(({ headers }) => headers.get('topic'))
    expect(topics).toHaveLength(2)
    expect(new Set(topics).size).toBe(1)
    await runAll()
    expect(service.of(phone)).toHaveLength(2)
  })

  it('is the only one of its tenant; a message of the queue that meets it waits, and one too many is dropped', async () => {
    const world = await createPushedWorld()
    const { say, run, deps, service, phone } = world
    await say('m1')
    const meanwhile: unknown[] = []
    service.answer(phone, async () => {
      const waiting = messageOf({ body: bellOf(world), attempts: 0 })
      const tired = messageOf({ body: bellOf(world), attempts: 9 })
      meanwhile.push((await run()).kind)
      await handleFollowers(batchOf([waiting, tired]), deps)
      meanwhile.push(waiting.outcome, tired.outcome)
      return new Response(null, { status: 201 })
    })
    await run()
    expect(meanwhile).toEqual(['busy', { kind: 'retry', delaySeconds: 2 }, { kind: 'ack' }])
    expect(service.of(phone)).toHaveLength(1)
    const message = messageOf({ body: bellOf(world), attempts: 0 })
    await handleFollowers(batchOf([message]), deps)
    expect(message.outcome).toEqual({ kind: 'ack' })
    expect(service.of(phone)).toHaveLength(1)
  })

  it('is not kept from its tenant by a message of the queue that names no follower', async () => {
    const world = await createPushedWorld()
    await world.say('m1')
    const unknown = messageOf({ body: { ...bellOf(world), follower: 'nobody' }, attempts: 0 })
    await handleFollowers(batchOf([unknown, messageOf({ body: bellOf(world), attempts: 0 })]), world.deps)
    expect(unknown.outcome).toEqual({ kind: 'ack' })
    expect(world.service.of(world.phone)).toHaveLength(1)
  })

  it('sends no more than it may; the next ones go on, until each browser has each conversation once', async () => {
    const world = await createPushedWorld()
    const browsers = await Promise.all(Array.from({ length: 5 }, () => newBrowser()))
    for (const browser of browsers) await subscribe(world.anna.token, browser)
    const service = createPushService(world.phone, world.laptop, ...browsers)
    world.deps.fetch = service.fetch
    const conversations: string[] = []
    for (const n of [1, 2, 3, 4, 5]) conversations.push(await world.say(`m${n}`, `38050111111${n}`))
    const runs = await world.runAll({ pushes: 4, lines: 2 })
    expect(runs).toBeGreaterThan(7)
    for (const browser of [world.phone, world.laptop, ...browsers]) {
      expect(service.of(browser).map(({ notification }) => notification['conversation_id'])).toEqual(conversations)
    }
    expect((await world.rows()).every(({ owed_seq }) => owed_seq === null)).toBe(true)
  })

  it('reaches a browser that subscribes while it is under way', async () => {
    const world = await createPushedWorld()
    const { say, run, service, phone, boris } = world
    const tablet = await newBrowser()
    service.join(tablet)
    let late = ''
    service.answer(phone, async () => {
      service.answer(phone, null)
      await subscribe(boris.token, tablet)
      late = await say('m3', '380503333333')
      return new Response(null, { status: 201 })
    })
    await say('m1', '380501111111')
    await say('m2', '380502222222')
    await run({ lines: 1 })
    expect(conversationsOf(world, phone).at(-1)).toBe(late)
    expect(conversationsOf(world, tablet).at(-1)).toBe(late)
  })

  it('after the database was restored begins at the head', async () => {
    const world = await createPushedWorld()
    const { say, runAll, service, phone, tenant } = world
    await say('m1', '380501111111')
    await env.DB.prepare(`update push_cursors set seq = 900, epoch = 'before' where tenant_id = ?1`)
      .bind(tenant.id)
      .run()
    await env.DB.prepare('update push_subscriptions set owed_seq = 880, retry_at = 0 where tenant_id = ?1')
      .bind(tenant.id)
      .run()
    await runAll()
    expect(service.requests).toHaveLength(0)
    const second = await say('m2', '380502222222')
    await runAll()
    expect(conversationsOf(world, phone)).toEqual([second])
  })

  it('has nothing to do where push is not set up', async () => {
    const { say, run, deps, service } = await createPushedWorld()
    await say('m1')
    deps.config = { ...deps.config, push: null }
    expect(await run()).toEqual({ kind: 'done' })
    expect(await sweepPushes(deps)).toBe(0)
    expect(service.requests).toHaveLength(0)
  })
})

describe('the hub', () => {
  it('rings for what is to be told, once for a burst, and never where nobody is pushed', async () => {
    const [world, other] = [await createPushedWorld(), await createNotifiedWorld()]
    const unheard = await countRings(other.tenant.id)
    await Promise.all(Array.from({ length: 20 }, (_, n) => world.say(`m${n}`, `3805011111${n + 10}`)))
    await Promise.all(Array.from({ length: 20 }, (_, n) => other.say(`m${n}`, `3805011111${n + 10}`)))
    await expect.poll(() => world.rings.length).toBeGreaterThan(0)
    await scheduler.wait(1_500)
    expect(world.rings.length).toBeLessThan(4)
    expect(world.rings[0]).toEqual(bellOf(world))
    expect(unheard).toEqual([])
    await subscribe(other.anna.token, await newBrowser())
    await other.say('more')
    await expect.poll(() => unheard).toEqual([bellOf(other)])
  })
})

describe('what runs for all tenants', () => {
  it('finds its rows by indexes', async () => {
    const explaining = { prepare: (sql: string) => env.DB.prepare(`explain query plan ${sql}`) } as D1Database
    const planOf = async (statement: D1PreparedStatement | undefined) =>
      ((await statement?.all<{ detail: string }>())?.results ?? []).map(({ detail }) => detail).join('\n')
    const [owed, late] = selectBehind(explaining, { now: 1, limit: 1 })
    expect(await planOf(owed)).toMatch(/push_subscriptions USING INDEX directory_push_owed \(retry_at<\?\)/)
    expect(await planOf(late)).toMatch(/h USING INDEX sqlite_autoindex_journal_heads_1 \(tenant_id=\?\)/)
    const range = { tenantId: 'a', after: 1, upTo: 2, since: 3, limit: 4 }
    expect(await planOf(selectPushLines(explaining, range))).toMatch(/e USING .*\(tenant_id=\? AND seq>\? AND seq<\?\)/)
  })
})
