import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { watchCompanions } from '../../src/jobs/companion-watch.ts'
import { jobDepsOf } from '../../src/jobs/entrances.ts'
import { runJob } from '../../src/jobs/run-job.ts'
import { type Json, admin, call } from '../worker/api.ts'
import {
  type CompanionWorld,
  createCompanion,
  createCompanionWorld,
  expireLease,
  iso,
  until,
} from '../worker/companion.ts'
import { bearer, request } from '../worker/inbox.ts'
import { countOf, rowsOf } from '../worker/tenant.ts'

const minuteMs = 60_000

/** The cron's look, some time from now. */
const watchAfter = (ms: number) => watchCompanions({ ...jobDepsOf(env), now: () => Date.now() + ms })

/** As if they had waited for longer than a companion takes to come back. */
const letRepliesAge = ({ tenant }: CompanionWorld) =>
  env.DB.prepare('update jobs set due_at = due_at - ?2 where tenant_id = ?1')
    .bind(tenant.id, 3 * minuteMs)
    .run()

describe('a lease', () => {
  it('is for channels of the own tenant that a companion may run, in the order asked for', async () => {
    const [world, other] = [await createCompanionWorld(), await createCompanionWorld()]
    const whatsapp = { platform: 'whatsapp', external_id: '490000000000001' }
    await admin(`/tenants/${world.tenant.id}/channels`, { json: { ...whatsapp, name: 'WhatsApp' } })
    const accounts = [other.account, world.account, whatsapp, { platform: 'telegram', external_id: 'nobody' }]
    const { status, json } = await call('/api/v1/companion/leases', {
      bearer: world.key,
      json: { companion_id: crypto.randomUUID(), accounts },
    })
    expect(status).toBe(200)
    expect(json['leases']).toMatchObject([
      { ...other.account, state: 'unknown', token: null, expires_at: null },
      { ...world.account, state: 'held', token: 1 },
      { ...whatsapp, state: 'unknown' },
      { state: 'unknown' },
    ])
    expect(await countOf('companion_leases', other.tenant.id)).toBe(0)
    expect(await countOf('companion_leases', world.tenant.id)).toBe(1)
    const [lease] = json['leases'] as { expires_at: string }[]
    expect(lease).toBeDefined()
    const [, held] = json['leases'] as { expires_at: string }[]
    expect(Math.abs(Date.parse(held?.expires_at ?? '') - Date.now() - 90_000)).toBeLessThan(5_000)
  })

  it('of a mailbox is found however its address is written', async () => {
    const world = await createCompanionWorld('email', 'sales@upper.example')
    const lease = await createCompanion(world).lease({
      accounts: [{ platform: 'email', external_id: 'Sales@Upper.Example' }],
    })
    expect(lease).toMatchObject({ state: 'held', external_id: 'Sales@Upper.Example' })
  })

  it('goes with its channel', async () => {
    const world = await createCompanionWorld()
    await createCompanion(world).lease()
    await admin(`/tenants/${world.tenant.id}/channels/${world.channelId}`, { method: 'DELETE' })
    expect(await countOf('companion_leases', world.tenant.id)).toBe(0)
  })
})

describe('a checkpoint', () => {
  const pathOf = ({ account }: CompanionWorld) =>
    `/api/v1/companion/checkpoints/${account.platform}/${encodeURIComponent(account.external_id)}`
  const put = (world: CompanionWorld, version: number, sealed = `v${version}`, token = 1) =>
    call(`${pathOf(world)}?token=${token}`, { method: 'PUT', bearer: world.key, json: { version, sealed } })
  const get = (world: CompanionWorld, key = world.key) => call(pathOf(world), { bearer: key })

  it('only grows, and may be repeated', async () => {
    const world = await createCompanionWorld()
    await createCompanion(world).lease()
    expect((await get(world)).code).toBe('checkpoint.not_found')
    expect((await put(world, 2)).status).toBe(204)
    expect((await put(world, 2)).status).toBe(204)
    expect(await put(world, 1)).toMatchObject({ status: 409, code: 'checkpoint.older' })
    expect(await put(world, 2, 'another')).toMatchObject({ status: 409, code: 'checkpoint.older' })
    expect((await put(world, 7)).status).toBe(204)
    expect((await get(world)).json).toEqual({ version: 7, sealed: 'v7' })
  })

  it('of eight at once ends as the newest', async () => {
    const world = await createCompanionWorld()
    await createCompanion(world).lease()
    await Promise.all([3, 8, 1, 5, 2, 7, 4, 6].map((version) => put(world, version)))
    expect((await get(world)).json).toEqual({ version: 8, sealed: 'v8' })
  })

  it('is kept for whoever holds the lease, and seen by its own tenant only', async () => {
    const [world, other] = [await createCompanionWorld(), await createCompanionWorld()]
    expect((await put(world, 1)).code).toBe('lease.lost')
    const [first, second] = [createCompanion(world), createCompanion(world)]
    await first.lease()
    await put(world, 1)
    await expireLease(world)
    await second.lease()
    expect((await put(world, 9, 'late', 1)).code).toBe('lease.lost')
    expect((await put(world, 2, 'next', 2)).status).toBe(204)
    expect((await get(world, other.key)).code).toBe('channel.not_found')
    expect((await get(world, world.tenant.key)).code).toBe('scope.missing')
    const foreign = await call(`${pathOf(world)}?token=2`, {
      method: 'PUT',
      bearer: other.key,
      json: { version: 99, sealed: 'x' },
    })
    expect(foreign.code).toBe('channel.not_found')
    expect((await get(world)).json).toEqual({ version: 2, sealed: 'next' })
    expect((await put(world, 3, 'x'.repeat(64 * 1024), 2)).status).toBe(204)
    expect((await put(world, 4, 'x'.repeat(64 * 1024 + 1), 2)).status).toBe(400)
  })
})

describe('how an account is', () => {
  const tell = (world: CompanionWorld, fields: Json, at = iso()) =>
    call('/api/v1/companion/states', {
      bearer: world.key,
      json: { items: [{ ...world.account, code: 'session', message: 'x', at, ...fields }] },
    })

  it('is shown, and told again makes no event', async () => {
    const world = await createCompanionWorld()
    const down = { state: 'down', session_state: 'needs_login', code: 'AUTH_KEY_UNREGISTERED', message: 'Signed out' }
    expect((await tell(world, down)).status).toBe(204)
    expect(await world.health()).toMatchObject({
      state: 'down',
      session_state: 'needs_login',
      last_error_code: 'AUTH_KEY_UNREGISTERED',
      last_error_message: 'Signed out',
    })
    const before = await countOf('journal_events', world.tenant.id)
    await tell(world, down)
    expect(await countOf('journal_events', world.tenant.id)).toBe(before)
    // A companion whose clock is an hour behind is believed all the same.
    await tell(world, { state: 'ok', session_state: 'connected' }, iso(Date.now() - 60 * minuteMs))
    expect(await world.health()).toMatchObject({ state: 'ok', session_state: 'connected' })
    const events = await rowsOf<{ state: string }>(
      `select data ->> '$.health.session_state' as state from journal_events
         where tenant_id = ?1 and type = 'channel_health' order by seq`,
      world.tenant.id,
    )
    expect(events.map(({ state }) => state)).toEqual([null, 'needs_login', 'connected'])
  })

  it('is nobody else’s to say', async () => {
    const [world, other] = [await createCompanionWorld(), await createCompanionWorld()]
    const answer = await call('/api/v1/companion/states', {
      bearer: other.key,
      json: {
        items: [
          { ...world.account, state: 'down', session_state: 'banned', code: 'x', message: 'x', at: iso() },
          { ...other.account, state: 'warning', session_state: 'flood_wait', code: 'x', message: 'x', at: iso() },
        ],
      },
    })
    expect(answer.status).toBe(204)
    expect(await world.health()).toMatchObject({ state: 'ok', session_state: null })
    expect(await other.health()).toMatchObject({ state: 'warning', session_state: 'flood_wait' })
    expect(await countOf('channel_health', other.tenant.id)).toBe(1)
  })
})

describe('a companion that is missed', () => {
  it('is shown on its channel and on the replies that wait; its return ends it', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const shown = await world.reply('x')
    await watchAfter(0)
    expect(await world.health()).toMatchObject({ state: 'ok' })
    await expireLease(world, minuteMs)
    await letRepliesAge(world)
    await watchAfter(0)
    expect(await world.health()).toMatchObject({ state: 'down', last_error_code: 'companion.silent' })
    expect(await world.message(shown.id)).toMatchObject({ status: 'queued', error: { code: 'companion.waiting' } })
    const before = await countOf('journal_events', world.tenant.id)
    await watchAfter(minuteMs)
    expect(await countOf('journal_events', world.tenant.id)).toBe(before)
    await companion.lease()
    expect(await until(world.health, ({ state }) => state === 'ok')).toMatchObject({ state: 'ok' })
    expect((await companion.pull()).items).toHaveLength(1)
  })

  it('that never came is missed by the first reply, and one that may not send only by the reply', async () => {
    const never = await createCompanionWorld()
    const waiting = await never.reply('x')
    await letRepliesAge(never)
    await watchAfter(0)
    expect(await never.health()).toMatchObject({ state: 'down', last_error_code: 'companion.silent' })
    expect(await never.message(waiting.id)).toMatchObject({ error: { code: 'companion.waiting' } })
    const second = await never.reply('y')
    await letRepliesAge(never)
    await watchAfter(1)
    expect(await never.message(second.id)).toMatchObject({ error: { code: 'companion.waiting' } })
    const told = `select seq from journal_events where tenant_id = ?1 and data ->> '$.health.state' = 'down'`
    expect(await rowsOf(told, never.tenant.id)).toHaveLength(1)

    const world = await createCompanionWorld()
    await createCompanion(world).lease()
    const state = { state: 'down', session_state: 'needs_login', code: 'SESSION_REVOKED', message: 'Signed out' }
    await call('/api/v1/companion/states', {
      bearer: world.key,
      json: { items: [{ ...world.account, ...state, at: iso() }] },
    })
    const shown = await world.reply('x')
    await letRepliesAge(world)
    await watchAfter(0)
    expect(await world.health()).toMatchObject({ last_error_code: 'SESSION_REVOKED', session_state: 'needs_login' })
    expect(await world.message(shown.id)).toMatchObject({ status: 'queued', error: { code: 'companion.waiting' } })
  })

  it('comes back to what it had said of its session', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const state = { state: 'down', session_state: 'needs_login', code: 'SESSION_REVOKED', message: 'Signed out' }
    await call('/api/v1/companion/states', {
      bearer: world.key,
      json: { items: [{ ...world.account, ...state, at: iso() }] },
    })
    await expireLease(world, minuteMs)
    await watchAfter(0)
    expect(await world.health()).toMatchObject({ last_error_code: 'companion.silent' })
    await companion.lease()
    await until(world.health, ({ last_error_code: code }) => code !== 'companion.silent')
    expect(await world.health()).toMatchObject({ state: 'down', session_state: 'needs_login' })
  })
})

describe('a file that a message announced', () => {
  const announce = (world: CompanionWorld, externalId: string) =>
    world.hear(externalId, {
      type: 'image',
      attachments: [
        { key: 'photo', type: 'image', filename: 'кіт.jpg', mime_type: 'image/jpeg', size: 3 },
        { key: 'second', mime_type: 'application/pdf' },
      ],
    })
  const upload = async (world: CompanionWorld) => {
    const headers = { 'content-type': 'image/jpeg', 'content-length': '3' }
    const body = new Uint8Array([7, 8, 9])
    return String(
      (await call('/api/v1/communications/uploads', { bearer: world.key, body, headers })).json['upload_id'],
    )
  }
  const bring = (world: CompanionWorld, externalId: string, file: Json) =>
    world.broadcast({ kind: 'file', message: { external_id: externalId }, file })
  const filesOf = async (world: CompanionWorld, externalId: string) =>
    (await world.thread()).find((one) => one.external_id === externalId)?.attachments ?? []
  const objects = async (world: CompanionWorld) => (await env.BUCKET.list({ prefix: `t/${world.tenant.id}/` })).objects

  it('is on its way until it is brought, or cannot be', async () => {
    const world = await createCompanionWorld()
    await announce(world, '1')
    expect(await filesOf(world, '1')).toMatchObject([
      { state: 'pending', url: null, filename: 'кіт.jpg', type: 'image', size: 3 },
      { state: 'pending', type: 'document' },
    ])
    const upload_id = await upload(world)
    const brought = await bring(world, '1', { key: 'photo', upload_id })
    expect(brought.json).toMatchObject({ duplicate: false, message_id: expect.any(String) })
    expect((await bring(world, '1', { key: 'photo', upload_id })).json).toMatchObject({ duplicate: true })
    const error = { code: 'file.too_large', title: 'More than 100 MiB' }
    await bring(world, '1', { key: 'second', error })
    const [photo, second] = await filesOf(world, '1')
    expect([photo?.state, second?.state, second?.error?.code]).toEqual(['ready', 'failed', 'file.too_large'])
    const read = await request(photo?.url ?? '', { headers: bearer(world.userToken) })
    expect([read.status, read.headers.get('content-length')]).toEqual([200, '3'])
    // What failed may come after all; what is there stays.
    await bring(world, '1', { key: 'second', upload_id: await upload(world) })
    await bring(world, '1', { key: 'photo', error })
    expect((await filesOf(world, '1')).map(({ state }) => state)).toEqual(['ready', 'ready'])
  })

  it('may come before its message', async () => {
    const world = await createCompanionWorld()
    expect((await bring(world, '2', { key: 'photo', upload_id: await upload(world) })).json).toMatchObject({
      parked: true,
      message_id: null,
    })
    await announce(world, '2')
    expect((await filesOf(world, '2')).map(({ state }) => state)).toEqual(['ready', 'pending'])
  })

  it('that nobody announced is refused by itself; an upload has to be there', async () => {
    const world = await createCompanionWorld()
    await announce(world, '3')
    const stray = await bring(world, '3', { key: 'third', upload_id: await upload(world) })
    expect([stray.status, stray.code]).toEqual([422, 'attachment.not_found'])
    const nothing = await bring(world, '3', { key: 'photo', upload_id: crypto.randomUUID() })
    expect([nothing.status, nothing.code]).toEqual([404, 'upload.not_found'])
  })

  it('of a message that was taken back is not kept', async () => {
    const world = await createCompanionWorld()
    await announce(world, '4')
    await bring(world, '4', { key: 'photo', upload_id: await upload(world) })
    expect(await objects(world)).toHaveLength(1)
    await world.broadcast({ kind: 'delete', message: { external_id: '4', deleted_at: iso() } })
    await until(
      () => objects(world),
      ({ length }) => length === 0,
    )
    await bring(world, '4', { key: 'second', upload_id: await upload(world) })
    expect(
      await until(
        () => objects(world),
        ({ length }) => length === 0,
      ),
    ).toEqual([])
  })

  it('that does not come in two days is shown as missing, and asking again is no use', async () => {
    const world = await createCompanionWorld()
    await announce(world, '5')
    const jobs = await rowsOf<{ id: string; due_at: number }>(
      `select id, due_at from jobs where tenant_id = ?1 and kind = 'media'`,
      world.tenant.id,
    )
    expect(jobs).toHaveLength(2)
    for (const { due_at } of jobs) expect(Math.abs(due_at - Date.now() - 48 * 60 * minuteMs)).toBeLessThan(minuteMs)
    await bring(world, '5', { key: 'photo', upload_id: await upload(world) })
    const later = { ...jobDepsOf(env), now: () => Date.now() + 48 * 60 * minuteMs + 1 }
    const steps = []
    for (const { id } of jobs) {
      steps.push((await runJob(jobDepsOf(env), world.tenant.id, id)).kind)
      expect(await runJob(later, world.tenant.id, id)).toEqual({ kind: 'ended' })
    }
    // Nobody has to look for the one that came.
    expect(steps.sort()).toEqual(['again', 'ended'])
    const [photo, second] = await filesOf(world, '5')
    expect([photo?.state, second?.state, second?.error?.code]).toEqual(['ready', 'expired', 'media.not_brought'])
    const again = await call(`/api/v1/communications/attachments/${second?.id}/retry`, {
      method: 'POST',
      bearer: world.userToken,
    })
    expect(again.code).toBe('attachment.not_retryable')
    await bring(world, '5', { key: 'second', upload_id: await upload(world) })
    expect((await filesOf(world, '5'))[1]?.state).toBe('ready')
  })

  it('of our own reply, seen on the account, needs no bringing', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const upload_id = await upload(world)
    const shown = await world.reply('', { attachments: [{ upload_id, filename: 'a.jpg' }] })
    const [command] = (await companion.pull()).items
    const photo = { key: 'photo', type: 'image', mime_type: 'image/jpeg' }
    // While it is only a guess that this is ours, the file waits.
    await world.hear('6', { direction: 'outbound', content: '', type: 'image', attachments: [photo] })
    expect((await bring(world, '6', { key: 'photo', upload_id: await upload(world) })).json).toMatchObject({
      parked: true,
    })
    const outcome = { kind: 'sent' as const, external_id: '6' }
    await companion.tell([{ id: command?.id ?? '', at: iso(), outcome }])
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', attachments: [{ state: 'ready' }] })
    expect(
      await until(
        () => objects(world),
        ({ length }) => length === 1,
      ),
    ).toHaveLength(1)
    expect(await countOf('parked_items', world.tenant.id)).toBe(0)
  })
})

describe('a file of what only looked like our reply', () => {
  it('waits until that is known, and then is where it belongs', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const headers = { 'content-type': 'image/jpeg', 'content-length': '1' }
    const upload = async () =>
      String(
        (await call('/api/v1/communications/uploads', { bearer: world.key, body: new Uint8Array([1]), headers })).json[
          'upload_id'
        ],
      )
    const shown = await world.reply('', { attachments: [{ upload_id: await upload() }] })
    const [command] = (await companion.pull()).items
    const attachments = [{ key: 'photo', type: 'image', mime_type: 'image/jpeg' }]
    await world.hear('21', { direction: 'outbound', content: '', type: 'image', attachments })
    expect(await world.message(shown.id)).toMatchObject({ external_id: '21' })
    const file = { key: 'photo', upload_id: await upload() }
    await world.broadcast({ kind: 'file', message: { external_id: '21' }, file })
    const outcome = { kind: 'sent' as const, external_id: '22' }
    await companion.tell([{ id: command?.id ?? '', at: iso(), outcome }])
    const replies = (await world.thread()).filter(({ external_id: id }) => id === '21' || id === '22')
    expect(replies).toMatchObject([
      { id: shown.id, external_id: '22', status: 'sent', attachments: [{ state: 'ready' }] },
      { external_id: '21', status: 'sent', attachments: [{ state: 'ready' }] },
    ])
    expect(await countOf('parked_items', world.tenant.id)).toBe(0)
  })
})

describe('what else the companion brings', () => {
  it('a group that became a supergroup stays one contact, and is written to by its new id', async () => {
    const world = await createCompanionWorld()
    const [group, supergroup] = ['-4001', '-1004001']
    const before = await world.hear('g1', {}, { external_id: group, client_name: 'Гурт' })
    const after = await world.hear('-1004001:1', {}, { external_id: supergroup, aliases: [group] })
    expect(after.json['conversation_id']).toBe(before.json['conversation_id'])
    const companion = createCompanion(world)
    await companion.lease()
    world.conversationId = String(after.json['conversation_id'])
    await world.reply('x')
    expect((await companion.pull()).items).toMatchObject([{ conversation: { external_id: supergroup, thread: '' } }])
  })

  it('topics are conversations of their own; a mark of one leaves the others', async () => {
    const world = await createCompanionWorld()
    const forum = { external_id: '-1005', client_name: 'Форум' }
    const one = await world.hear('-1005:1', {}, { ...forum, thread: '11' })
    const two = await world.hear('-1005:2', {}, { ...forum, thread: '12' })
    expect(one.json['conversation_id']).not.toBe(two.json['conversation_id'])
    const companion = createCompanion(world)
    await companion.lease()
    world.conversationId = String(one.json['conversation_id'])
    await world.reply('x')
    const [command] = (await companion.pull()).items
    expect(command?.conversation).toEqual({ external_id: '-1005', thread: '11' })
    const created_at = iso(Date.now() - minuteMs)
    await world.hear('-1005:3', { direction: 'outbound', created_at }, { ...forum, thread: '11' })
    await world.hear('-1005:4', { direction: 'outbound', created_at }, { ...forum, thread: '12' })
    const read = { up_to: iso() }
    await world.broadcast({ kind: 'read', conversation: { ...forum, thread: '11' }, read })
    const statuses = () =>
      rowsOf<{ external_id: string; status: string }>(
        `select external_id, status from messages where tenant_id = ?1 and external_id in ('-1005:3', '-1005:4')
           order by external_id`,
        world.tenant.id,
      )
    expect((await statuses()).map(({ status }) => status)).toEqual(['read', 'sent'])
    await world.broadcast({ kind: 'read', conversation: forum, read })
    expect((await statuses()).map(({ status }) => status)).toEqual(['read', 'read'])
  })

  it('a message imported in silence is no echo of a reply, unless it names it', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const shown = await world.reply('Добре')
    await companion.pull()
    const old = { direction: 'outbound', content: 'Добре', created_at: '2026-01-01T00:00:00Z' }
    await world.broadcast({
      conversation: { external_id: world.customer },
      message: { external_id: '11', ...old },
      silent: true,
    })
    expect(await world.message(shown.id)).toMatchObject({ status: 'queued', external_id: null })
    await world.broadcast({
      conversation: { external_id: world.customer },
      message: { external_id: '12', ...old, reference: shown.id },
      silent: true,
    })
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', external_id: '12' })
  })
})

describe('a key that floods', () => {
  const paced = (limit: number): Env => {
    const used = new Map<string, number>()
    const KEY_RATE: RateLimit = {
      limit: async ({ key }) => {
        used.set(key, (used.get(key) ?? 0) + 1)
        return { success: (used.get(key) ?? 0) <= limit }
      },
    }
    return { ...env, KEY_RATE }
  }
  const post = (world: CompanionWorld, of: Env) =>
    request(
      '/api/v1/communications/broadcast-message',
      { method: 'POST', headers: bearer(world.key), body: JSON.stringify({ items: [] }) },
      of,
    )

  it('is told to wait and stores nothing; other keys go on', async () => {
    const [world, other] = [await createCompanionWorld(), await createCompanionWorld()]
    const narrow = paced(2)
    expect([(await post(world, narrow)).status, (await post(world, narrow)).status]).toEqual([200, 200])
    const refused = await post(world, narrow)
    expect(refused.status).toBe(429)
    expect(refused.body).toMatchObject({ error: { code: 'key.too_fast' } })
    expect(refused.headers.get('retry-after')).toBe('10')
    expect((await post(other, narrow)).status).toBe(200)
  })

  it('is let through while its pace cannot be told', async () => {
    const world = await createCompanionWorld()
    const KEY_RATE: RateLimit = { limit: () => Promise.reject(new Error('down')) }
    expect((await post(world, { ...env, KEY_RATE })).status).toBe(200)
    expect((await post(world, { ...env, KEY_RATE: undefined } as unknown as Env)).status).toBe(200)
  })

  it('has the room of the real binding: a hundred at once', async () => {
    const world = await createCompanionWorld()
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(world, env)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(env.KEY_RATE).toBeDefined()
  })
})
