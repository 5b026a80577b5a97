import { env } from 'cloudflare:workers'
import { generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type Json,
  type TestTenant,
  admin,
  adminToken,
  authSecret,
  call,
  goodClaims,
  newSession,
  newTenant,
  newUser,
  pageOrigin,
  sign,
} from '../worker/api.ts'

const me = '/api/v1/auth/me'
const tokens = '/api/v1/auth/tokens'
const wanted = { user_id: '0d3a5c1e-5f2b-4c7a-9e64-2b8f1a7c9d10', name: 'Марія' }

let tenant: TestTenant
beforeAll(async () => {
  tenant = await newTenant()
})

const base64Url = (value: unknown) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

describe('the operator', () => {
  it.each([
    ['nothing', {}, 'auth.required'],
    ['a wrong token', { bearer: 'dev-admin-tokeN' }, 'auth.invalid'],
    ['a prefix of the token', { bearer: 'dev-admin-toke' }, 'auth.invalid'],
    ['a longer token', { bearer: `${adminToken}x` }, 'auth.invalid'],
    ['another scheme', { headers: { authorization: `Basic ${btoa(`admin:${adminToken}`)}` } }, 'auth.invalid'],
    ['an empty bearer', { headers: { authorization: 'Bearer ' } }, 'auth.invalid'],
    ['two tokens', { headers: { authorization: `Bearer ${adminToken}, Bearer x` } }, 'auth.invalid'],
  ])('is not let in with %s', async (_, options, code) => {
    const answer = await call('/api/v1/admin/tenants', options)
    expect([answer.status, answer.code]).toEqual([401, code])
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('is not recognised by a token in the address', async () => {
    expect((await call(`/api/v1/admin/tenants?token=${adminToken}&access_token=${adminToken}`)).status).toBe(401)
  })

  it('is neither a user nor a service', async () => {
    expect((await call(me, { bearer: adminToken })).status).toBe(401)
    expect((await call(tokens, { bearer: adminToken, json: wanted })).status).toBe(401)
  })
})

describe('a service key', () => {
  const keyId = (key: string) => key.slice(36, 52)

  it('lets a tenant in, and is no user and no operator', async () => {
    expect((await call(tokens, { bearer: tenant.key, json: wanted })).status).toBe(200)
    expect((await call(me, { bearer: tenant.key })).status).toBe(401)
    expect((await call('/api/v1/admin/tenants', { bearer: tenant.key })).status).toBe(401)
  })

  it('is stored as a digest only', async () => {
    const rows = await env.DB.prepare('select * from service_keys').all()
    expect(JSON.stringify(rows.results)).not.toContain(tenant.key.slice(-43))
  })

  it.each([
    ['another secret', (key: string) => `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`],
    ['a cut secret', (key: string) => key.slice(0, -1)],
    ['a longer secret', (key: string) => `${key}A`],
    ['an unknown key id', (key: string) => key.replace(keyId(key), '0123456789abcdef')],
    [
      'the tenant id of another',
      (key: string) => key.replace(/^eik_./, (start) => (start.endsWith('0') ? 'eik_1' : 'eik_0')),
    ],
    [
      'an id in capitals',
      (key: string) => key.replace(/^eik_[0-9a-f]{48}/, (id) => `eik_${id.slice(4).toUpperCase()}`),
    ],
    ['no prefix', (key: string) => key.slice(4)],
    ['another prefix', (key: string) => `eix${key.slice(3)}`],
  ])('with %s is refused', async (_, change) => {
    const changed = change(tenant.key)
    expect(changed).not.toBe(tenant.key)
    const answer = await call(tokens, { bearer: changed, json: wanted })
    expect([answer.status, answer.code]).toEqual([401, 'auth.invalid'])
  })

  it('in the address is ignored', async () => {
    expect((await call(`${tokens}?key=${tenant.key}`, { json: wanted })).code).toBe('auth.required')
  })

  it('may do only what its scopes say', async () => {
    const own = await newTenant()
    const made = await admin(`/tenants/${own.id}/service-keys`, { json: { scopes: ['ingest'] } })
    const answer = await call(tokens, { bearer: String(made.json['service_key']), json: wanted })
    expect([answer.status, answer.code]).toEqual([403, 'scope.missing'])
  })

  it('mints tokens for its own tenant only', async () => {
    const other = await newTenant('Other')
    const { token } = await newUser(other)
    const answer = await call(me, { bearer: token })
    expect(answer.json['tenant']).toEqual({ id: other.id, name: 'Other' })
  })

  it('ends with its revocation', async () => {
    const own = await newTenant()
    expect((await call(tokens, { bearer: own.key, json: wanted })).status).toBe(200)
    expect((await admin(`/tenants/${own.id}/service-keys/${keyId(own.key)}`, { method: 'DELETE' })).status).toBe(204)
    expect((await call(tokens, { bearer: own.key, json: wanted })).code).toBe('auth.invalid')
  })

  it('that was revoked elsewhere ends within five seconds', async () => {
    const own = await newTenant()
    expect((await call(tokens, { bearer: own.key, json: wanted })).status).toBe(200)
    await env.DB.prepare('update service_keys set revoked_at = 1 where tenant_id = ?1').bind(own.id).run()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_000 })
    try {
      expect((await call(tokens, { bearer: own.key, json: wanted })).code).toBe('auth.invalid')
    } finally {
      vi.useRealTimers()
    }
  })

  it('is replaced without a moment in which none works', async () => {
    const own = await newTenant()
    const made = await admin(`/tenants/${own.id}/service-keys`, { json: {} })
    const newKey = String(made.json['service_key'])
    for (const bearer of [own.key, newKey]) expect((await call(tokens, { bearer, json: wanted })).status).toBe(200)
    await admin(`/tenants/${own.id}/service-keys/${keyId(own.key)}`, { method: 'DELETE' })
    expect((await call(tokens, { bearer: own.key, json: wanted })).status).toBe(401)
    expect((await call(tokens, { bearer: newKey, json: wanted })).status).toBe(200)
  })

  it('tells the operator when it was last used, and whether it ever was', async () => {
    const own = await newTenant()
    await admin(`/tenants/${own.id}/service-keys`, { json: {} })
    const lastUses = async () => {
      const { json } = await admin(`/tenants/${own.id}/service-keys`)
      return (json['items'] as { id: string; last_used_at: string | null }[]).map((key) => key.last_used_at)
    }
    expect(await lastUses()).toEqual([null, null])
    // A key that only looks like this one is no use of it.
    expect((await call(tokens, { bearer: `${own.key.slice(0, -1)}_`, json: wanted })).status).toBe(401)
    const startedAt = Date.now()
    await call(tokens, { bearer: own.key, json: wanted })
    await vi.waitFor(async () => expect((await lastUses()).filter((at) => at !== null)).toHaveLength(1))
    const [usedAt] = (await lastUses()).filter((at) => at !== null)
    expect(Date.parse(usedAt ?? '')).toBeGreaterThanOrEqual(startedAt)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })
    try {
      await call(tokens, { bearer: own.key, json: wanted })
      await vi.waitFor(async () => expect(await lastUses()).not.toContain(usedAt))
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a credential', () => {
  it('opens the routes of its own kind of caller and no other', async () => {
    const { json } = await call('/openapi.json')
    const user = await newUser(tenant)
    const bearers: Record<string, string> = { operator: adminToken, service: tenant.key, user: user.token }
    type Operations = Record<string, { security?: Record<string, unknown>[] }>
    const wrong: string[] = []
    for (const [path, operations] of Object.entries(json['paths'] as Record<string, Operations>)) {
      for (const [method, { security = [] }] of Object.entries(operations)) {
        const wanted = security.flatMap((one) => Object.keys(one))
        for (const [kind, bearer] of Object.entries(bearers)) {
          if (wanted.length === 0 || wanted.includes(kind)) continue
          const { status } = await call(path.replaceAll(/\{[a-z_]+\}/g, user.id), {
            method: method.toUpperCase(),
            bearer,
          })
          if (status !== 401) wrong.push(`${kind} ${method} ${path} ${status}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('a tenant that is switched off', () => {
  it('is refused with its key, its tokens and its sessions', async () => {
    const off = await newTenant()
    const user = await newUser(off)
    const cookie = await newSession(off, user.id)
    await env.DB.prepare('update tenants set disabled_at = 1 where id = ?1').bind(off.id).run()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_000 })
    try {
      const answers = [
        await call(tokens, { bearer: off.key, json: wanted }),
        await call(me, { bearer: user.token }),
        await call(me, { cookie }),
      ]
      for (const answer of answers) expect([answer.status, answer.code]).toEqual([403, 'tenant.disabled'])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a user token', () => {
  const userId = wanted.user_id
  const claims = (change: Json = {}): Json => ({ ...goodClaims(tenant.id, userId), ...change })
  const without = (name: string) => Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name))
  const now = () => Math.floor(Date.now() / 1000)

  it('tells who is calling', async () => {
    const answer = await call(me, { bearer: await sign(claims({ role: 'admin' })) })
    expect(answer.json).toMatchObject({ user_id: userId, name: 'A', role: 'admin', tenant: { id: tenant.id } })
  })

  it('is good for half a minute longer, for clocks that differ', async () => {
    expect((await call(me, { bearer: await sign(claims({ exp: now() - 20 })) })).status).toBe(200)
  })

  const forged: [string, () => Promise<string> | string][] = [
    ['of another secret', () => sign(claims(), { secret: 'another-secret-that-has-32-characters' })],
    ['of an empty-looking secret', () => sign(claims(), { secret: '\0'.repeat(32) })],
    ['signed HS384', () => sign(claims(), { alg: 'HS384' })],
    ['signed HS512', () => sign(claims(), { alg: 'HS512' })],
    [
      'signed RS256',
      async () => {
        const { privateKey } = await generateKeyPair('RS256')
        return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
      },
    ],
    ['with alg none and no signature', () => `${base64Url({ alg: 'none' })}.${base64Url(claims())}.`],
    ['with alg None and a signature', () => `${base64Url({ alg: 'None' })}.${base64Url(claims())}.AAAA`],
    [
      'with a header of alg none on a good signature',
      async () => {
        const [, payload, signature] = (await sign(claims())).split('.')
        return `${base64Url({ alg: 'none' })}.${payload}.${signature}`
      },
    ],
    [
      'with another payload on a good signature',
      async () => {
        const [header, , signature] = (await sign(claims())).split('.')
        return `${header}.${base64Url(claims({ role: 'admin' }))}.${signature}`
      },
    ],
    ['without a signature', async () => `${(await sign(claims())).split('.').slice(0, 2).join('.')}.`],
    ['of two parts', async () => (await sign(claims())).split('.').slice(0, 2).join('.')],
    [
      'with an unknown crit header',
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', crit: ['b64'], b64: true })
          .sign(new TextEncoder().encode(authSecret))
          .then((token) => token.replace(/^[^.]+/, base64Url({ alg: 'HS256', crit: ['x'], x: 1 }))),
    ],
    ['without exp', () => sign(without('exp'))],
    ['with exp as text', () => sign(claims({ exp: String(now() + 600) }))],
    ['with exp beyond any date', () => sign(claims({ exp: 1e300 }))],
    ['that expired a minute ago', () => sign(claims({ exp: now() - 60 }))],
    ['not valid yet', () => sign(claims({ nbf: now() + 600 }))],
    ['without issuer', () => sign(without('iss'))],
    ['of another issuer', () => sign(claims({ iss: 'edge-inbox.evil' }))],
    ['without audience', () => sign(without('aud'))],
    ['for another audience', () => sign(claims({ aud: 'edge-inbox-session' }))],
    ['for a ticket', () => sign(claims({ aud: 'edge-inbox-ticket' }))],
    ['for two audiences', () => sign(claims({ aud: ['edge-inbox', 'edge-inbox-session'] }))],
    ['without subject', () => sign(without('sub'))],
    ['with a subject that is no UUID', () => sign(claims({ sub: '../admin' }))],
    ['with a subject in capitals', () => sign(claims({ sub: userId.toUpperCase() }))],
    ['without tenant', () => sign(without('tenant'))],
    ['with a tenant that is no UUID', () => sign(claims({ tenant: `${tenant.id}' or 1=1` }))],
    ['with a list of tenants', () => sign(claims({ tenant: [tenant.id] }))],
    ['of a tenant that does not exist', () => sign(claims({ tenant: crypto.randomUUID() }))],
    ['without role', () => sign(without('role'))],
    ['with an unknown role', () => sign(claims({ role: 'owner' }))],
    ['without name', () => sign(without('name'))],
    ['larger than 8 KB', () => sign(claims({ padding: 'x'.repeat(9000) }))],
    ['that is no token at all', () => 'eyJhbGciOiJIUzI1NiJ9'],
  ]

  it.each(forged)('%s is refused', async (_, make) => {
    const answer = await call(me, { bearer: await make() })
    expect([answer.status, answer.code]).toEqual([401, 'auth.invalid'])
  })

  it('does not pass for a session', async () => {
    const cookie = `__Host-edge-inbox-session=${await sign(claims())}`
    expect((await call(me, { cookie })).code).toBe('auth.invalid')
    const session = `__Host-edge-inbox-session=${await sign(claims({ aud: 'edge-inbox-session' }))}`
    expect((await call(me, { cookie: session })).code).toBe('auth.invalid')
  })
})

describe('the session cookie', () => {
  let cookie = ''
  let userId = ''
  beforeAll(async () => {
    const user = await newUser(tenant)
    userId = user.id
    cookie = await newSession(tenant, user.id)
  })

  it('tells who is calling', async () => {
    expect((await call(me, { cookie })).json).toMatchObject({ user_id: userId })
  })

  it('does not pass for a user token, nor does a user token count behind a bad Authorization header', async () => {
    expect((await call(me, { bearer: cookie.split('=')[1] ?? '' })).code).toBe('auth.invalid')
    expect((await call(me, { cookie, bearer: 'x' })).code).toBe('auth.invalid')
  })

  it('gives way to a token that comes with it', async () => {
    const other = await newUser(tenant)
    expect((await call(me, { cookie, bearer: other.token, origin: 'https://evil.example' })).json).toMatchObject({
      user_id: other.id,
    })
  })

  it.each([
    ['of the page itself', { 'sec-fetch-site': 'same-origin' }, 200],
    ['typed into the address line', { 'sec-fetch-site': 'none' }, 200],
    ['of an allowed origin', { origin: 'https://inbox.example', 'sec-fetch-site': 'cross-site' }, 200],
    ['of a foreign origin', { origin: 'https://evil.example' }, 403],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['of a sister domain', { 'sec-fetch-site': 'same-site' }, 403],
    ['of a sandboxed frame', { origin: 'null' }, 403],
  ])('reads for a request %s', async (_, headers, status) => {
    expect((await call(me, { cookie, headers })).status).toBe(status)
  })

  it.each([
    [pageOrigin, 200],
    ['https://inbox.example', 200],
    [undefined, 403],
    ['', 403],
    ['null', 403],
    ['https://evil.example', 403],
    ['https://sub.inbox.example', 403],
    ['https://inbox.example.evil', 403],
    ['https://evilinbox.example', 403],
    ['https://inbox.example:8443', 403],
    ['http://inbox.example', 403],
    ['https://inbox.example/', 403],
    ['HTTPS://INBOX.EXAMPLE', 403],
    ['http://localhost:8787', 403],
  ])('writes for the origin %s: %i', async (origin, status) => {
    const headers = origin === undefined ? {} : { origin }
    const answer = await call('/api/v1/auth/tickets', { method: 'POST', cookie, headers })
    expect([answer.status, answer.code]).toEqual([status, status === 403 ? 'origin.refused' : undefined])
  })
})
