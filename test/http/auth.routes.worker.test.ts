import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestTenant, admin, call, newSession, newTenant, newUser, pageOrigin } from '../worker/api.ts'

const path = '/api/v1/auth'
const userId = '0d3a5c1e-5f2b-4c7a-9e64-2b8f1a7c9d10'
const user = { user_id: userId, name: 'Марія Савчук' }

let tenant: TestTenant
beforeAll(async () => {
  tenant = await newTenant('Слово')
})

async function newLink(ttl_seconds = 600): Promise<string> {
  const answer = await call(`${path}/links`, { bearer: tenant.key, json: { ...user, ttl_seconds } })
  return String(answer.json['url'])
}

const tokenOf = (url: string) => url.split('#')[1] ?? ''
const signIn = (link_token: string, origin = pageOrigin) => call(`${path}/sessions`, { origin, json: { link_token } })

async function later<Result>(ms: number, act: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  try {
    return await act()
  } finally {
    vi.useRealTimers()
  }
}

describe('a token', () => {
  it('is for the named user, a manager for an hour unless told', async () => {
    const { json } = await call(`${path}/tokens`, { bearer: tenant.key, json: user })
    const { json: caller } = await call(`${path}/me`, { bearer: String(json['token']) })
    const tenantPart = { id: tenant.id, name: 'Слово' }
    expect(caller).toEqual({ ...user, role: 'manager', tenant: tenantPart, session_expires_at: json['expires_at'] })
    expect(Date.parse(String(json['expires_at'])) - Date.now()).toBeGreaterThan(3_590_000)
    expect(Date.parse(String(json['expires_at'])) - Date.now()).toBeLessThanOrEqual(3_600_000)
  })

  it('ends', async () => {
    const { json } = await call(`${path}/tokens`, { bearer: tenant.key, json: { ...user, ttl_seconds: 60 } })
    const bearer = String(json['token'])
    expect((await later(80_000, () => call(`${path}/me`, { bearer }))).status).toBe(200)
    expect((await later(100_000, () => call(`${path}/me`, { bearer }))).code).toBe('auth.invalid')
  })

  it.each([
    ['a day and a second', { ...user, ttl_seconds: 86_401 }],
    ['a foreign tenant', { ...user, tenant: '00000000-0000-4000-8000-000000000000' }],
    ['a tenant id', { ...user, tenant_id: '00000000-0000-4000-8000-000000000000' }],
    ['an unknown role', { ...user, role: 'owner' }],
    ['an id in capitals', { ...user, user_id: userId.toUpperCase() }],
    ['an empty name', { ...user, name: '  ' }],
  ])('is not made with %s', async (_, json) => {
    const answer = await call(`${path}/tokens`, { bearer: tenant.key, json })
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid'])
  })
})

describe('a sign-in link', () => {
  it('leads to the page of the host that was asked, its token in the fragment', async () => {
    expect(await newLink()).toMatch(/^http:\/\/localhost\/sign-in#[\w.-]+$/)
  })

  it('signs in once', async () => {
    const token = tokenOf(await newLink())
    const first = await signIn(token)
    expect([first.status, first.json['user_id'], first.json['name']]).toEqual([200, userId, user.name])
    const second = await signIn(token)
    expect([second.status, second.code]).toEqual([401, 'link.used'])
    expect(second.headers.get('set-cookie')).toBeNull()
  })

  it('signs in exactly one of a hundred at the same time', async () => {
    const token = tokenOf(await newLink())
    const answers = await Promise.all(Array.from({ length: 100 }, () => signIn(token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'link.used')).toHaveLength(99)
  })

  it('sets a cookie that scripts, other sites and plain HTTP do not get', async () => {
    const { headers } = await signIn(tokenOf(await newLink()))
    const [pair, ...attributes] = String(headers.get('set-cookie')).split('; ')
    expect(pair).toMatch(/^__Host-edge-inbox-session=[\w.-]+$/)
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict', 'Secure'])
  })

  it('ends with its time', async () => {
    const token = tokenOf(await newLink(60))
    expect((await later(61_000, () => signIn(token))).code).toBe('link.expired')
  })

  it('is used up for good, also after its row was cleared', async () => {
    const token = tokenOf(await newLink(60))
    expect((await signIn(token)).status).toBe(200)
    const other = tokenOf(await newLink(86_400))
    await later(200_000, () => signIn(other))
    const rows = await env.DB.prepare('select id from used_tokens where tenant_id = ?1 and expires_at < ?2')
      .bind(tenant.id, Date.now() + 61_000)
      .all()
    expect(rows.results).toEqual([])
    expect((await later(200_000, () => signIn(token))).code).toBe('link.expired')
  })

  it.each(['x', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.'])('that reads %s is none', async (token) => {
    expect((await signIn(token)).code).toBe('link.invalid')
  })

  it('is not replaced by a user token or a ticket', async () => {
    const { token } = await newUser(tenant)
    expect((await signIn(token)).code).toBe('link.invalid')
    const ticket = await call(`${path}/tickets`, { method: 'POST', bearer: token })
    expect((await signIn(String(ticket.json['ticket']))).code).toBe('link.invalid')
  })

  it('is not used up by a page of a foreign origin', async () => {
    const token = tokenOf(await newLink())
    for (const origin of ['https://evil.example', 'null']) {
      expect((await signIn(token, origin)).code).toBe('origin.refused')
    }
    expect((await call(`${path}/sessions`, { json: { link_token: token } })).code).toBe('origin.refused')
    expect((await signIn(token)).status).toBe(200)
  })

  it('cannot be sent by a form, which asks nobody first', async () => {
    const body = JSON.stringify({ link_token: tokenOf(await newLink()) })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await call(`${path}/sessions`, { origin: pageOrigin, body, headers: { 'content-type': type } })
      expect([answer.status, answer.code]).toEqual([415, 'body.not_json'])
    }
  })

  it('takes no address to go on to', async () => {
    const json = { link_token: tokenOf(await newLink()), next: '//evil.example' }
    expect((await call(`${path}/sessions`, { origin: pageOrigin, json })).status).toBe(400)
  })
})

describe('a session', () => {
  it('lasts twelve hours', async () => {
    const cookie = await newSession(tenant, userId)
    expect((await later(12 * 3_600_000 - 60_000, () => call(`${path}/me`, { cookie }))).status).toBe(200)
    expect((await later(12 * 3_600_000 + 60_000, () => call(`${path}/me`, { cookie }))).code).toBe('auth.invalid')
  })

  it('is ended by its page and by no other', async () => {
    const ended = await call(`${path}/sessions`, { method: 'DELETE', origin: pageOrigin })
    expect(ended.status).toBe(204)
    expect(ended.headers.get('set-cookie')).toMatch(/^__Host-edge-inbox-session=; Max-Age=0; Path=\/; .*Secure/)
    const foreign = await call(`${path}/sessions`, { method: 'DELETE', origin: 'https://evil.example' })
    expect([foreign.status, foreign.headers.get('set-cookie')]).toEqual([403, null])
  })

  it('is needed to know who is calling', async () => {
    const answer = await call(`${path}/me`)
    expect([answer.status, answer.code]).toEqual([401, 'auth.required'])
  })
})

describe('a ticket', () => {
  it('lasts half a minute and fits into a subprotocol', async () => {
    const { token } = await newUser(tenant)
    const { json } = await call(`${path}/tickets`, { method: 'POST', bearer: token })
    const left = Date.parse(String(json['expires_at'])) - Date.now()
    expect(left).toBeGreaterThan(28_000)
    expect(left).toBeLessThanOrEqual(30_000)
    expect(json['ticket']).toMatch(/^[A-Za-z0-9_.-]+$/)
  })

  it('is not given to a server', async () => {
    expect((await call(`${path}/tickets`, { method: 'POST', bearer: tenant.key })).status).toBe(401)
  })
})

describe('a new epoch', () => {
  it('is only for tenants that exist', async () => {
    const own = await newTenant()
    const [before] = (await env.DB.prepare('select epoch from journal_heads where tenant_id = ?1').bind(own.id).all())
      .results
    const { status, json } = await admin(`/tenants/${own.id}/epoch`, { method: 'POST' })
    expect([status, json['epoch'] === before?.['epoch']]).toEqual([200, false])
    const none = await admin(`/tenants/${crypto.randomUUID()}/epoch`, { method: 'POST' })
    expect([none.status, none.code]).toEqual([404, 'tenant.not_found'])
  })
})
