import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { receive } from '../../src/hub/call-hub.ts'
import { openDatabase } from '../../src/store/database.ts'
import { readPushRows } from '../../src/store/push-runs.ts'
import { neverValid } from '../../src/store/revocations.ts'
import { message, onChannel } from '../ingest/builders.ts'
import {
  type Json,
  type TestTenant,
  type TestUser,
  admin,
  call,
  goodClaims,
  newSession,
  newTenant,
  newUser,
  pageOrigin,
  sign,
} from '../worker/api.ts'
import { newBrowser, subscribe } from '../worker/browser.ts'
import { connect, session } from '../worker/socket.ts'

const me = '/api/v1/auth/me'
const tokens = '/api/v1/auth/tokens'
const users = '/api/v1/auth/users'
const staffList = '/api/v1/communications/staff'

let tenant: TestTenant
let user: TestUser
beforeEach(async () => {
  tenant = await newTenant()
  user = await newUser(tenant)
})
afterEach(() => {
  vi.useRealTimers()
})

const change = (userId: string, disabled: boolean, key = tenant.key) =>
  call(`${users}/${userId}`, { method: 'PATCH', bearer: key, json: { disabled } })
const disable = (userId: string) => change(userId, true)
const signOut = (userId: string) => call(`${users}/${userId}/sessions`, { method: 'DELETE', bearer: tenant.key })
const tokenOf = async (fields: Json) => sign({ ...goodClaims(tenant.id, user.id), ...fields })
/** As another Worker does it: this one does not hear of it. */
const revokeElsewhere = (validFrom: number) =>
  env.DB.prepare('insert into revocations (tenant_id, user_id, valid_from) values (?1, ?2, cast(?3 as integer))')
    .bind(tenant.id, user.id, validFrom)
    .run()
const waitSeconds = (seconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
const linkTokenOf = async () => {
  const json = { user_id: user.id, name: 'Марія' }
  const link = await call('/api/v1/auth/links', { bearer: tenant.key, json })
  return String(link.json['url']).split('#')[1]
}

describe('a user who is disabled', () => {
  it('loses every credential at once, and gets no new one', async () => {
    const cookie = await newSession(tenant, user.id)
    const link_token = await linkTokenOf()
    const answer = await disable(user.id)
    expect([answer.status, answer.json]).toEqual([200, { user_id: user.id, disabled: true, valid_from: null }])
    const refused = [
      await call(me, { bearer: user.token }),
      await call(me, { cookie }),
      await call('/api/v1/auth/tickets', { method: 'POST', bearer: user.token }),
      await call('/api/v1/auth/sessions', { origin: pageOrigin, json: { link_token } }),
    ]
    for (const { status, code } of refused) expect([status, code]).toEqual([401, 'auth.revoked'])
    for (const path of [tokens, '/api/v1/auth/links']) {
      const minted = await call(path, { bearer: tenant.key, json: { user_id: user.id, name: 'Марія' } })
      expect([minted.status, minted.code]).toEqual([403, 'user.disabled'])
    }
    // Nor does one help that somebody else signed, with whatever time.
    expect((await call(me, { bearer: await tokenOf({ iat: 4_000_000_000 }) })).code).toBe('auth.revoked')
  })

  it('is nobody but that user, and only there', async () => {
    const [colleague, elsewhere] = [await newUser(tenant), await newTenant()]
    const namesake = await newUser(elsewhere, { user_id: user.id })
    await disable(user.id)
    expect((await call(me, { bearer: colleague.token })).status).toBe(200)
    expect((await call(me, { bearer: namesake.token })).status).toBe(200)
    expect((await call(`${users}/${user.id}`, { bearer: elsewhere.key })).json).toMatchObject({ disabled: false })
  })

  it('is turned away within five seconds by a Worker that has not heard of it', async () => {
    expect((await call(me, { bearer: user.token })).status).toBe(200)
    await revokeElsewhere(neverValid)
    waitSeconds(5)
    expect((await call(me, { bearer: user.token })).code).toBe('auth.revoked')
  })

  it('comes in again when enabled, but not with what was issued before', async () => {
    await disable(user.id)
    await disable(user.id)
    await signOut(user.id) // changes nothing for one who is disabled
    expect((await call(`${users}/${user.id}`, { bearer: tenant.key })).json).toMatchObject({ disabled: true })
    waitSeconds(2)
    const answer = await change(user.id, false)
    expect(answer.json).toEqual({ user_id: user.id, disabled: false, valid_from: expect.stringMatching(/\.000Z$/) })
    expect((await call(me, { bearer: user.token })).code).toBe('auth.revoked')
    expect((await call(me, { bearer: (await newUser(tenant, { user_id: user.id })).token })).status).toBe(200)
    expect((await call(me, { bearer: await tokenOf({ iat: Math.floor(Date.now() / 1000) }) })).status).toBe(200)
    expect((await change(user.id, false)).json).toEqual(answer.json)
  })

  it('is not among the staff, is not named, and is not pushed to', async () => {
    const colleague = await newUser(tenant)
    await vi.waitFor(async () => {
      for (const { token } of [user, colleague]) await call('/api/v1/auth/tickets', { method: 'POST', bearer: token })
      const { json } = await call(staffList, { bearer: colleague.token })
      expect(json['items']).toHaveLength(2)
    })
    await subscribe(user.token, await newBrowser())
    await subscribe(colleague.token, await newBrowser())
    await disable(user.id)
    const { json } = await call(staffList, { bearer: colleague.token })
    expect(json['items']).toMatchObject([{ user_id: colleague.id }])
    const left = await env.DB.prepare('select user_id from push_subscriptions where tenant_id = ?1')
      .bind(tenant.id)
      .all()
    expect(left.results).toEqual([{ user_id: colleague.id }])
  })

  it('is not pushed to by a subscription that another Worker took meanwhile either', async () => {
    await subscribe(user.token, await newBrowser())
    expect(await readPushRows(openDatabase(env.DB), tenant.id)).toHaveLength(1)
    await revokeElsewhere(neverValid)
    expect(await readPushRows(openDatabase(env.DB), tenant.id)).toEqual([])
  })
})

describe('a user who is signed out everywhere', () => {
  it('loses what was issued until then, and may sign in again at once', async () => {
    const cookie = await newSession(tenant, user.id)
    await subscribe(user.token, await newBrowser())
    const answer = await signOut(user.id)
    expect(answer.json).toEqual({ user_id: user.id, disabled: false, valid_from: expect.any(String) })
    expect((await call(me, { bearer: user.token })).code).toBe('auth.revoked')
    expect((await call(me, { cookie })).code).toBe('auth.revoked')
    expect(await readPushRows(openDatabase(env.DB), tenant.id)).toEqual([])
    const again = await newSession(tenant, user.id)
    expect((await call(me, { cookie: again })).status).toBe(200)
    expect((await call(me, { bearer: (await newUser(tenant, { user_id: user.id })).token })).status).toBe(200)
  })

  it('loses what was made of an old credential, however new it is', async () => {
    const link_token = await linkTokenOf()
    waitSeconds(2)
    await call(me, { bearer: user.token }) // so that this Worker knows who is let in
    await revokeElsewhere(Date.now())
    waitSeconds(2)
    const signedIn = await call('/api/v1/auth/sessions', { origin: pageOrigin, json: { link_token } })
    expect(signedIn.status).toBe(200)
    waitSeconds(5)
    const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] ?? ''
    expect((await call(me, { cookie })).code).toBe('auth.revoked')
  })

  it('keeps tokens without a time of issue out, which counted before', async () => {
    const token = await tokenOf({ iat: undefined })
    expect((await call(me, { bearer: token })).status).toBe(200)
    await signOut(user.id)
    expect((await call(me, { bearer: token })).code).toBe('auth.revoked')
  })
})

describe('sockets', () => {
  const say = (externalId: string) => receive(env, tenant.id, onChannel(message({ externalId, at: Date.now() })))

  it('end with the access of their user, and get nothing after the answer, whatever is told meanwhile', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await newUser(tenant)
      const feeds = ['communications', 'notifications'] as const
      const own = await Promise.all(feeds.map((feed) => connect(session(tenant.id, { userId: id, feed }))))
      const other = await connect(session(tenant.id))
      const told = (async () => {
        for (let n = 0; n < 12; n += 1) await say(`${round} ${n}`)
      })()
      for (let n = 0; n < round; n += 1) await scheduler.wait(1)
      expect((await (round % 2 === 0 ? disable : signOut)(id)).status).toBe(200)
      const before = own.map(({ frames }) => frames.length)
      await told
      await say(`${round} last`)
      await other.waitFor((frame) => JSON.stringify(frame).includes(`${round} last`))
      for (const { closed } of own) expect(await closed).toMatchObject({ code: 4500 })
      expect(own.map(({ frames }) => frames.length)).toEqual(before)
    }
  })

  it('are not opened by a Worker that has not heard of it; those of a newer sign-in are', async () => {
    const old = session(tenant.id, { userId: user.id, issuedAt: Date.now() - 1 })
    await signOut(user.id)
    const refused = await connect(old)
    expect(await refused.closed).toEqual({ code: 4500, reason: 'You were signed out everywhere.' })
    expect(refused.frames).toEqual([])
    const newer = await connect(session(tenant.id, { userId: user.id, issuedAt: Date.now() + 1 }))
    expect(newer.frames[0]).toMatchObject({ type: 'ready' })
  })

  it('of a disabled user stay closed until the user is enabled', async () => {
    await disable(user.id)
    const soon = { userId: user.id, issuedAt: Date.now() + 60_000 }
    expect((await (await connect(session(tenant.id, soon))).closed).code).toBe(4500)
    await change(user.id, false)
    expect((await connect(session(tenant.id, soon))).frames[0]).toMatchObject({ type: 'ready' })
  })
})

describe('what is asked wrongly', () => {
  it('is refused', async () => {
    const other = await admin(`/tenants/${tenant.id}/service-keys`, { json: { scopes: ['ingest'] } })
    const asked: [string, Parameters<typeof call>[1], number, string][] = [
      [`${users}/${user.id}`, { method: 'PATCH', bearer: tenant.key, json: {} }, 400, 'request.invalid'],
      [`${users}/${user.id}`, { method: 'PATCH', bearer: tenant.key, json: { disabled: 1 } }, 400, 'request.invalid'],
      [`${users}/me`, { bearer: tenant.key }, 400, 'request.invalid'],
      [`${users}/${user.id}`, { bearer: user.token }, 401, 'auth.invalid'],
      [`${users}/${user.id}`, { bearer: String(other.json['service_key']) }, 403, 'scope.missing'],
    ]
    for (const [path, options, status, code] of asked) {
      const answer = await call(path, options)
      expect([path, answer.status, answer.code]).toEqual([path, status, code])
    }
  })
})

describe('a tenant that the operator switches off', () => {
  const turn = (json: Json, id = tenant.id) => admin(`/tenants/${id}`, { method: 'PATCH', json })

  it('is closed to its users, its keys and its sockets, and open again when it is switched on', async () => {
    const socket = await connect(session(tenant.id, { userId: user.id }))
    const off = await turn({ disabled: true })
    expect(off.json['tenant']).toMatchObject({ id: tenant.id, name: 'Бюро', disabled_at: expect.any(String) })
    expect(await socket.closed).toMatchObject({ code: 4504 })
    // From a Worker that has not heard of it.
    expect((await (await connect(session(tenant.id))).closed).code).toBe(4504)
    for (const bearer of [user.token, tenant.key]) {
      const path = bearer === user.token ? me : `${users}/${user.id}`
      expect((await call(path, { bearer })).code).toBe('tenant.disabled')
    }
    expect((await turn({ disabled: true })).json).toEqual(off.json)
    const on = await turn({ disabled: false, name: 'Нове бюро' })
    expect(on.json['tenant']).toMatchObject({ name: 'Нове бюро', disabled_at: null })
    expect((await call(me, { bearer: user.token })).json).toMatchObject({ tenant: { name: 'Нове бюро' } })
    expect((await connect(session(tenant.id))).frames[0]).toMatchObject({ type: 'ready' })
  })

  it('keeps its sockets when it only gets another name', async () => {
    const socket = await connect(session(tenant.id))
    expect((await turn({ name: 'Інша' })).json['tenant']).toMatchObject({ name: 'Інша', disabled_at: null })
    await socket.settle()
  })

  it('has to exist, and something has to change', async () => {
    expect((await turn({ disabled: true }, crypto.randomUUID())).code).toBe('tenant.not_found')
    expect((await turn({})).code).toBe('request.invalid')
    expect((await turn({ name: '' })).code).toBe('request.invalid')
  })
})
