import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { jobDepsOf } from '../../src/jobs/entrances.ts'
import { tellGrownQuarantines, tellSettledChannels } from '../../src/jobs/notices.ts'
import { TestNotificationResponse } from '../../src/protocol/notifications.ts'
import { selectGrownQuarantines, selectSettledChannels } from '../../src/store/notices.ts'
import { type Answer, type TestUser, call, newTenant } from '../worker/api.ts'
import { newBrowser, subscribe } from '../worker/browser.ts'
import { until } from '../worker/companion.ts'
import { createServiceKey } from '../worker/inbox.ts'
import { createNotifiedWorld, notifications } from '../worker/notified.ts'
import { type PushedWorld, createPushedWorld } from '../worker/pushed.ts'
import { connect, session } from '../worker/socket.ts'
import { rowsOf } from '../worker/tenant.ts'

const testPath = '/api/v1/communications/test-notification'
const told = (tenantId: string) =>
  rowsOf<{ notify: string }>(
    'select notify from journal_events where tenant_id = ?1 and notify is not null order by seq',
    tenantId,
  )

afterEach(() => {
  vi.useRealTimers()
})

describe("an event of the tenant's own", () => {
  it('is told to all, or to one, and the same key once, though it comes eight times at once', async () => {
    const { tenant, anna, boris, list } = await createNotifiedWorld()
    const post = (json: object) => call(notifications, { bearer: tenant.key, json })
    await post({ title: 'Резервна копія готова', link: '/settings' })
    await Promise.all(Array.from({ length: 8 }, () => post({ title: 'Рахунок', key: 'invoice-1', user_id: boris.id })))
    expect((await list(anna)).items).toMatchObject([
      { kind: 'system', title: 'Резервна копія готова', link: '/settings' },
    ])
    expect((await list(boris)).items.map((one) => 'title' in one && one.title)).toEqual([
      'Рахунок',
      'Резервна копія готова',
    ])
    expect((await post({ title: 'Рахунок', key: 'invoice-1' })).json).toEqual({ seq: null })
  })

  it.each([
    [{ title: ' ' }],
    [{ title: 'a', link: 'javascript:alert(1)' }],
    [{ title: 'a', link: '//evil.example' }],
    [{ title: 'a', user_id: 'x' }],
    [{ title: 'a', more: 1 }],
  ])('%j is refused', async (json) => {
    const { key } = await newTenant()
    expect((await call(notifications, { bearer: key, json })).code).toBe('request.invalid')
  })

  it('needs a service key with the scope for it', async () => {
    const { tenant, anna } = await createNotifiedWorld()
    const json = { title: 'a' }
    const other = await createServiceKey(tenant.id, ['ingest', 'tokens'])
    for (const path of [notifications, testPath]) {
      expect((await call(path, { bearer: other, json })).code).toBe('scope.missing')
      expect((await call(path, { bearer: anna.token, json })).code).toBe('auth.invalid')
    }
  })
})

describe('a test notification', () => {
  it('goes the way of every other, and says how many sockets got it, and why not by other media', async () => {
    const { tenant, anna, boris, put } = await createNotifiedWorld()
    await put(boris, { rules: { test: [] } })
    const clients = await Promise.all(
      [anna, anna, boris].map(({ id }) => connect(session(tenant.id, { userId: id, feed: 'notifications' }))),
    )
    const test = async (json: object) =>
      TestNotificationResponse.parse((await call(testPath, { bearer: tenant.key, json })).json)
    const mine = await test({ user_id: anna.id })
    const refused = { web_push: 'no_subscription', email_digest: 'rule' }
    expect(mine.users).toEqual([{ user_id: anna.id, sockets: 2, pushes: 0, media: ['socket', 'sound'], refused }])
    for (const client of clients.slice(0, 2)) {
      expect(await client.waitFor(({ type }) => type === 'notification')).toMatchObject({ seq: mine.seq, sound: true })
    }
    const theirs = await test({ user_id: boris.id })
    expect(theirs.users[0]).toMatchObject({ media: [], refused: { socket: 'rule', sound: 'rule', web_push: 'rule' } })
    const nobody = await test({ user_id: crypto.randomUUID() })
    expect(nobody.users[0]).toMatchObject({ sockets: 0, media: [], refused: { socket: 'no_socket' } })
    await clients[2]?.settle()
    expect(clients[2]?.frames.filter(({ type }) => type === 'notification')).toEqual([])
  })

  it('goes to all who have signed in, and to nobody where nobody has', async () => {
    const { tenant, anna, boris } = await createNotifiedWorld()
    expect((await call(testPath, { bearer: tenant.key, json: {} })).code).toBe('staff.empty')
    for (const { token } of [anna, boris]) await call('/api/v1/auth/tickets', { method: 'POST', bearer: token })
    const test = () => call(testPath, { bearer: tenant.key, json: {} })
    const answer = await until(test, ({ json }) => (json['users'] as unknown[] | undefined)?.length === 2)
    expect(
      TestNotificationResponse.parse(answer.json)
        .users.map(({ user_id }) => user_id)
        .sort(),
    ).toEqual([anna.id, boris.id].sort())
  })
})

describe('a test, with browsers that are pushed', () => {
  /** The queue's work, done at once: what it rings for is run against these push services. */
  const pushing = async ({ rings, runAll }: PushedWorld, work: () => Promise<Answer>): Promise<Answer> => {
    const answer = work()
    await expect.poll(() => rings.length).toBeGreaterThan(0)
    rings.length = 0
    await runAll()
    return answer
  }
  const ownTest = (user: TestUser) => call(`${notifications}/test`, { method: 'POST', bearer: user.token })

  it('says how many push services took it', async () => {
    const world = await createPushedWorld()
    const { tenant, anna, boris, service, phone, laptop } = world
    const second = await newBrowser()
    await subscribe(anna.token, second)
    service.join(second)
    service.answer(second, () => new Response(null, { status: 503 }))
    const json = { user_id: anna.id }
    const answer = await pushing(world, () => call(testPath, { bearer: tenant.key, json }))
    expect(TestNotificationResponse.parse(answer.json).users).toMatchObject([
      { pushes: 1, media: ['web_push'], refused: { socket: 'no_socket' } },
    ])
    expect([service.kindsOf(phone), service.kindsOf(laptop)]).toEqual([['test'], []])
    expect(service.of(phone)[0]?.headers.get('ttl')).toMatch(/^[1-6]\d?$/)
    service.answer(laptop, () => new Response(null, { status: 429, headers: { 'retry-after': '9' } }))
    const failed = await pushing(world, () => call(testPath, { bearer: tenant.key, json: { user_id: boris.id } }))
    expect(TestNotificationResponse.parse(failed.json).users).toMatchObject([
      { pushes: 0, media: [], refused: { web_push: 'not_accepted' } },
    ])
  })

  it('by a user goes to that user alone, and not twice in a moment, though it is asked for eight times at once', async () => {
    const world = await createPushedWorld()
    const { anna, boris, service, phone, laptop, list } = world
    // At the end of a quarter of a minute the next one could begin.
    if (Date.now() % 15_000 > 12_000) await scheduler.wait(15_000 - (Date.now() % 15_000))
    const own = await pushing(world, () => ownTest(anna))
    expect(own.json).toMatchObject({ reach: { user_id: anna.id, pushes: 1, media: ['web_push'] } })
    const answers = await Promise.all(Array.from({ length: 8 }, () => ownTest(anna)))
    for (const answer of answers) expect([answer.status, answer.code]).toEqual([429, 'test.too_fast'])
    const wait = Number(answers[0]?.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThan(16)
    expect((await pushing(world, () => ownTest(boris))).json).toMatchObject({ reach: { pushes: 1 } })
    expect([service.kindsOf(phone), service.kindsOf(laptop)]).toEqual([['test'], ['test']])
    expect([(await list(anna)).items.length, (await list(boris)).items.length]).toEqual([1, 1])
  })

  it('needs a user, not a key', async () => {
    const { tenant } = await createNotifiedWorld()
    expect((await call(`${notifications}/test`, { method: 'POST', bearer: tenant.key })).code).toBe('auth.invalid')
  })
})

describe('the sweeps', () => {
  it('say that a channel works again once it has for a quarter of an hour after flapping', async () => {
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const { tenant, channel, store } = await createNotifiedWorld()
    for (const [n, state] of (['down', 'ok', 'down', 'ok'] as const).entries()) {
      await store({ channel, item: { kind: 'health', at: start + n, state, code: `c${n}`, message: 'm' } })
    }
    const kinds = async () => (await told(tenant.id)).map(({ notify }) => notify)
    const flapped = ['channel_down', 'channel_up', 'channel_down']
    vi.setSystemTime(start + 14 * 60_000)
    expect(await tellSettledChannels(jobDepsOf(env))).toBe(0)
    expect(await kinds()).toEqual(flapped)
    vi.setSystemTime(start + 15 * 60_000)
    await Promise.all([1, 2, 3].map(() => tellSettledChannels(jobDepsOf(env))))
    expect(await kinds()).toEqual([...flapped, 'channel_up'])
    expect(await tellSettledChannels(jobDepsOf(env))).toBe(0)
  })

  it('tell of what came into quarantine in the last hour, each hour once', async () => {
    const { tenant, anna, list } = await createNotifiedWorld()
    const at = Date.now()
    const keep = (id: string, receivedAt: number) =>
      env.DB.prepare(
        `insert into quarantine (tenant_id, id, platform, reason, received_at) values (?1, ?2, 'whatsapp', 'unparsed', ?3)`,
      )
        .bind(tenant.id, id, receivedAt)
        .run()
    await keep('old', at - 2 * 3_600_000)
    const deps = jobDepsOf(env)
    await tellGrownQuarantines(deps, at)
    expect((await list(anna)).items).toEqual([])
    await keep('new', at - 1)
    await Promise.all([1, 2, 3].map(() => tellGrownQuarantines(deps, at)))
    expect((await list(anna)).items).toMatchObject([{ kind: 'quarantine_grew', count: 2 }])
  })

  it('find their rows by indexes', async () => {
    const explaining = { prepare: (sql: string) => env.DB.prepare(`explain query plan ${sql}`) } as D1Database
    const planOf = async (statement: D1PreparedStatement) =>
      (await statement.all<{ detail: string }>()).results.map(({ detail }) => detail).join('\n')
    const settled = await planOf(selectSettledChannels(explaining, { upBefore: 1, limit: 1 }))
    expect(settled).toMatch(/h USING INDEX directory_channel_alerts/)
    expect(settled).toMatch(/c USING INDEX sqlite_autoindex_channels_1 \(tenant_id=\? AND id=\?\)/)
    const grown = await planOf(selectGrownQuarantines(explaining, { since: 1, until: 2 }))
    expect(grown).toMatch(
      /q USING COVERING INDEX quarantine_newest \(tenant_id=\? AND received_at>\? AND received_at<\?\)/,
    )
  })
})
