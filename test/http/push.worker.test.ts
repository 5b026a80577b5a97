import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/lib/config.ts'
import { PushStatus, PushSubscriptionAnswer } from '../../src/protocol/push.ts'
import { type TestUser, call, newTenant, newUser } from '../worker/api.ts'
import { newBrowser, pushPath, subscribe } from '../worker/browser.ts'
import { request } from '../worker/inbox.ts'
import { rowsOf } from '../worker/tenant.ts'

async function world() {
  const tenant = await newTenant()
  return { tenant, anna: await newUser(tenant), boris: await newUser(tenant) }
}

const statusOf = async ({ token }: TestUser) => PushStatus.parse((await call(pushPath, { bearer: token })).json)
const idsOf = async (user: TestUser) => (await statusOf(user)).subscriptions.map(({ id }) => id)
const remove = ({ token }: TestUser, id: string) =>
  call(`${pushPath}/subscriptions/${id}`, { method: 'DELETE', bearer: token })

describe('a browser that subscribes', () => {
  it('is told our key, and is in its user’s list from then on', async () => {
    const { anna, boris } = await world()
    expect(await statusOf(anna)).toEqual({ public_key: loadConfig(env).push?.publicKey, subscriptions: [] })
    const answer = await subscribe(anna.token, await newBrowser(), { name: ' Телефон ' })
    expect(answer.status).toBe(201)
    const made = PushSubscriptionAnswer.parse(answer.json)
    expect(made).toMatchObject({ name: 'Телефон', last_success_at: null, is_failing: false })
    expect((await statusOf(anna)).subscriptions).toEqual([made])
    expect(await idsOf(boris)).toEqual([])
  })

  it('is one however often it subscribes, with the keys of the last time, and mended by it', async () => {
    const { tenant, anna } = await world()
    const browser = await newBrowser()
    const first = await subscribe(anna.token, browser, { name: 'a' })
    await env.DB.prepare('update push_subscriptions set attempts = 3, retry_at = 9, owed_seq = 1 where tenant_id = ?1')
      .bind(tenant.id)
      .run()
    expect((await statusOf(anna)).subscriptions).toMatchObject([{ is_failing: true }])
    const keys = (await newBrowser()).subscription['keys']
    const askedAt = Date.now()
    const again = await subscribe(anna.token, browser, { name: 'b', keys })
    expect([again.status, again.json]).toEqual([200, { ...first.json, name: 'b' }])
    const rows = () =>
      rowsOf<{ retry_at: number | null }>(
        'select attempts, retry_at, owed_seq from push_subscriptions where tenant_id = ?1',
        tenant.id,
      )
    const [row] = await rows()
    expect(row).toEqual({ attempts: 0, retry_at: expect.any(Number) as number, owed_seq: 1 })
    expect(row?.retry_at).toBeGreaterThanOrEqual(askedAt)
    expect(row?.retry_at).toBeLessThanOrEqual(Date.now())
    // Nobody can push what was owed under other keys.
    await env.DB.prepare(`update push_subscriptions set vapid_key_id = 'other' where tenant_id = ?1`)
      .bind(tenant.id)
      .run()
    await subscribe(anna.token, browser)
    expect(await rows()).toEqual([{ attempts: 0, retry_at: null, owed_seq: null }])
  })

  it('belongs to whoever used it last', async () => {
    const { tenant, anna, boris } = await world()
    const browser = await newBrowser()
    await subscribe(anna.token, browser)
    await env.DB.prepare('update push_subscriptions set last_success_at = 9, owed_seq = 1 where tenant_id = ?1')
      .bind(tenant.id)
      .run()
    const answer = await subscribe(boris.token, browser)
    expect([answer.status, answer.json['last_success_at']]).toEqual([201, null])
    expect(await rowsOf('select owed_seq from push_subscriptions where tenant_id = ?1', tenant.id)).toEqual([
      { owed_seq: null },
    ])
    expect([(await idsOf(anna)).length, (await idsOf(boris)).length]).toEqual([0, 1])
  })

  it('takes the place of the oldest of twenty', async () => {
    const { anna, boris } = await world()
    await subscribe(boris.token, await newBrowser())
    const ids: unknown[] = []
    for (let n = 0; n < 22; n++) {
      ids.push((await subscribe(anna.token, await newBrowser())).json['id'])
      await scheduler.wait(2)
    }
    expect(await idsOf(anna)).toEqual(ids.slice(2))
    expect(await idsOf(boris)).toHaveLength(1)
  })

  it('leaves neither its address nor its keys readable in the database', async () => {
    const { tenant, anna } = await world()
    const { endpoint, publicKey, auth, subscription } = await newBrowser()
    await subscribe(anna.token, { endpoint, publicKey, auth, privateKey: '', subscription })
    const rows = JSON.stringify(await rowsOf('select * from push_subscriptions where tenant_id = ?1', tenant.id))
    for (const secret of [endpoint, endpoint.split('/').at(-1) ?? '', publicKey, auth]) {
      expect(rows).not.toContain(secret)
    }
  })
})

describe('a subscription is refused', () => {
  it.each([
    'https://crm.bureau.com/push',
    'https://fcm.googleapis.com.evil.com/x',
    'https://evilfcm.googleapis.com.ua/x',
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com:8443/x',
    'https://user:pass@fcm.googleapis.com/x',
    'http://127.0.0.1/x',
    'https://10.0.0.1/x',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/x',
    'https://0x7f.1/x',
    'https://localhost/x',
    'file:///etc/passwd',
    'fcm.googleapis.com/x',
  ])('at %s, which is no push service’s', async (endpoint) => {
    const { tenant, anna } = await world()
    const answer = await subscribe(anna.token, await newBrowser(), { endpoint })
    expect([answer.status, answer.code]).toEqual([400, 'push.endpoint_refused'])
    expect(await rowsOf('select * from push_subscriptions where tenant_id = ?1', tenant.id)).toEqual([])
  })

  it('with a key that is no point of the curve', async () => {
    const { anna } = await world()
    const { subscription } = await newBrowser()
    const keys = { ...(subscription['keys'] as object), p256dh: `BA${'A'.repeat(85)}` }
    const answer = await subscribe(anna.token, await newBrowser(), { keys })
    expect([answer.status, answer.code]).toEqual([400, 'push.key_refused'])
  })

  it('where push is not set up, which the page is told', async () => {
    const { anna } = await world()
    const without = { ...env, VAPID_PUBLIC_KEY: '', VAPID_PRIVATE_KEY: '' }
    const headers = { authorization: `Bearer ${anna.token}`, 'content-type': 'application/json' }
    const { body } = await request(pushPath, { headers }, without)
    expect(body).toEqual({ public_key: null, subscriptions: [] })
    const json = JSON.stringify((await newBrowser()).subscription)
    const answer = await request<{ error: { code: string } }>(
      `${pushPath}/subscriptions`,
      { method: 'POST', headers, body: json },
      without,
    )
    expect([answer.status, answer.body.error.code]).toEqual([409, 'push.not_configured'])
    expect((await request('/healthz', {}, without)).body).toMatchObject({ push: 'off' })
    expect((await request('/healthz')).body).toMatchObject({ push: 'on' })
  })
})

describe('a subscription that is not one’s own', () => {
  it('is neither shown nor ended: of another user, of another tenant, of nobody', async () => {
    const [{ anna, boris }, other] = [await world(), await world()]
    const browser = await newBrowser()
    const id = String((await subscribe(anna.token, browser)).json['id'])
    const theirs = String((await subscribe(other.anna.token, browser)).json['id'])
    expect(theirs).not.toBe(id)
    for (const user of [boris, other.anna, other.boris]) {
      const answer = await remove(user, id)
      expect([answer.status, answer.code]).toEqual([404, 'push.not_found'])
    }
    expect((await remove(anna, 'x')).code).toBe('push.not_found')
    expect([await idsOf(anna), await idsOf(other.anna)]).toEqual([[id], [theirs]])
    expect((await remove(anna, id)).status).toBe(204)
    expect((await remove(anna, id)).status).toBe(404)
    expect([await idsOf(anna), await idsOf(other.anna)]).toEqual([[], [theirs]])
  })
})
