import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { app } from '../../src/http/app.ts'
import { type TestTenant, type TestUser, adminToken, call, newTenant, newUser, pageOrigin } from '../worker/api.ts'

let tenant: TestTenant
let user: TestUser
beforeAll(async () => {
  tenant = await newTenant()
  user = await newUser(tenant)
})

/** Every route that does something, once for each method. */
const routes = [
  ...new Set(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.endsWith('*'))
      .map(({ method, path }) => `${method} ${path}`),
  ),
]
/** Pages behind links of mails: the link is the credential, and they have a form of their own. */
const isMailPage = (route: string) => /\/digest\/(?:confirm|stop)\/:token$/.test(route)
const samplePath = (path: string) => path.replaceAll(/:[a-z_]+/g, '0d3a5c1e-5f2b-4c7a-9e64-2b8f1a7c9d10')

async function fetchWith(changes: Record<string, unknown>, url: string, init: RequestInit = {}): Promise<Response> {
  return app.fetch(new Request(url, init), { ...env, ...changes }, createExecutionContext())
}

async function codeOf(response: Response): Promise<string> {
  return (await response.json<{ error: { code: string } }>()).error.code
}

/** What the log got while `act` ran. */
async function logged(act: () => Promise<unknown>): Promise<string> {
  const lines: unknown[] = []
  const spies = (['log', 'info', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line)),
  )
  try {
    await act()
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return lines.join('\n')
}

describe('every answer', () => {
  it.each(routes)('of %s carries the security headers and is stored nowhere', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const { headers, status } = await call(samplePath(path), { method })
    const names = [
      'content-security-policy',
      'x-content-type-options',
      'referrer-policy',
      'cross-origin-opener-policy',
      'cross-origin-resource-policy',
      'cache-control',
    ]
    expect([status < 500, ...names.map((name) => headers.get(name))]).toEqual([
      true,
      isMailPage(route)
        ? "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        : "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'nosniff',
      'no-referrer',
      'same-origin',
      'same-origin',
      'no-store',
    ])
  })

  it.each(['/api/v1/none', '/api/v1/admin/tenants/../x', '/none', '/'])(
    'of the unknown %s is the envelope, with the same headers',
    async (path) => {
      const { status, code, headers } = await call(path)
      expect([status, code, headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
        404,
        'route.not_found',
        'no-store',
        'nosniff',
      ])
    },
  )

  it('over HTTPS asks for HTTPS from now on', async () => {
    const answer = await call('/openapi.json', { host: 'https://localhost' })
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000')
    expect((await call('/openapi.json')).headers.get('strict-transport-security')).toBeNull()
  })

  it.each([
    ['DELETE', '/api/v1/admin/tenants', 'GET, POST'],
    ['POST', '/healthz', 'GET'],
    ['PUT', '/api/v1/auth/sessions', 'POST, DELETE'],
  ])('to %s %s names the methods that are there', async (method, path, allow) => {
    const { status, code, headers } = await call(path, { method })
    expect([status, code, headers.get('allow')]).toEqual([405, 'method.not_allowed', allow])
  })

  it('to who is nobody is a 401, on every route that is not for anyone', async () => {
    const open = [
      'GET /healthz',
      'GET /openapi.json',
      'POST /api/v1/auth/sessions',
      'DELETE /api/v1/auth/sessions',
      'GET /api/v1/communications/webhooks/:platform',
      'POST /api/v1/communications/webhooks/:platform',
      'GET /api/v1/communications/webhooks/:platform/:meta_app_id',
      'POST /api/v1/communications/webhooks/:platform/:meta_app_id',
      // Its address is the credential.
      'GET /api/v1/communications/files/:token',
      'GET /api/v1/communications/ws/:user_id',
      'GET /api/v1/notifications/ws/:user_id',
    ]
    const statuses = await Promise.all(
      routes
        .filter((route) => !open.includes(route) && !isMailPage(route))
        .map(async (route) => {
          const [method = '', path = ''] = route.split(' ')
          return [route, (await call(samplePath(path), { method })).status]
        }),
    )
    expect(statuses.filter(([, status]) => status !== 401)).toEqual([])
    expect(statuses.length).toBeGreaterThan(20)
  })
})

describe('an error', () => {
  it('inside never shows its words, but the log has them', async () => {
    const DB = {
      prepare: () => {
        throw new Error('canary-inside')
      },
      batch: () => {
        throw new Error('canary-inside')
      },
    }
    let response: Response | undefined
    const lines = await logged(async () => {
      const headers = { authorization: `Bearer ${adminToken}` }
      response = await fetchWith({ DB }, 'http://localhost/api/v1/admin/tenants', { headers })
    })
    const text = await response?.text()
    expect(response?.status).toBe(500)
    expect(text).toBe('{"error":{"code":"internal","message":"Something went wrong on our side."}}')
    expect(lines).toContain('canary-inside')
    expect(lines).toContain('"event":"http.failed"')
  })

  it('of a database that is away is a 503 that asks to come again', async () => {
    const DB = {
      prepare: () => {
        throw new Error('D1_ERROR: Network connection lost.')
      },
    }
    await logged(async () => {
      for (const path of ['/api/v1/admin/tenants', '/healthz']) {
        const headers = { authorization: `Bearer ${adminToken}` }
        const response = await fetchWith({ DB }, `http://localhost${path}`, { headers })
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
        expect(await codeOf(response)).toBe('store.unavailable')
      }
    })
  })

  it('does not put what people wrote into the log', async () => {
    const DB = {
      prepare: () => ({
        bind: () => {
          throw new Error('D1_ERROR: no such column')
        },
      }),
    }
    const lines = await logged(async () => {
      const init = {
        method: 'POST',
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'canary-name' }),
      }
      await fetchWith(
        { DB: { ...DB, batch: () => Promise.reject(new Error('x')) } },
        'http://localhost/api/v1/admin/tenants',
        init,
      )
    })
    expect(lines).toContain('http.failed')
    expect(lines).not.toContain('canary-name')
    expect(lines).not.toContain(adminToken)
  })

  it('in the body names the fields, not the values', async () => {
    const { status, code, text } = await call('/api/v1/auth/tokens', {
      bearer: tenant.key,
      json: { user_id: 'canary', name: 7 },
    })
    expect([status, code]).toEqual([400, 'request.invalid'])
    expect(text).toContain('user_id')
    expect(text).toContain('name')
    expect(text).not.toContain('canary')
  })
})

describe('another origin', () => {
  const preflight = (origin: string) =>
    call('/api/v1/auth/me', {
      method: 'OPTIONS',
      origin,
      headers: { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    })

  it('that is allowed may call with a token, and never with the cookie', async () => {
    const asked = await preflight('https://inbox.example')
    expect([asked.status, asked.text]).toEqual([204, ''])
    expect(asked.headers.get('access-control-allow-origin')).toBe('https://inbox.example')
    expect(asked.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type')
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, PATCH, DELETE')
    const answer = await call('/api/v1/auth/me', { origin: 'https://inbox.example', bearer: user.token })
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://inbox.example')
    for (const { headers } of [asked, answer]) {
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      expect(headers.get('vary')).toContain('Origin')
    }
  })

  it('that is allowed can read errors too', async () => {
    const { status, headers } = await call('/api/v1/auth/me', { origin: 'https://inbox.example' })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([401, 'https://inbox.example'])
  })

  it.each([
    'null',
    'https://evil.example',
    'https://sub.inbox.example',
    'https://inbox.example.evil',
    'http://inbox.example',
    'https://inbox.example:444',
  ])('%s is not let in', async (origin) => {
    const asked = await preflight(origin)
    expect([asked.status, asked.code, asked.headers.get('access-control-allow-origin')]).toEqual([
      403,
      'origin.refused',
      null,
    ])
    const answer = await call('/api/v1/auth/me', { origin, bearer: user.token })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('has no business outside the API', async () => {
    expect(
      (await call('/healthz', { origin: 'https://inbox.example' })).headers.get('access-control-allow-origin'),
    ).toBeNull()
  })
})

describe('the configuration', () => {
  const secrets = {
    META_APP_SECRET: 'canary-meta-secret',
    META_VERIFY_TOKEN: 'canary-verify-token',
    AUTH_SECRET: 'canary-auth-secret-of-at-least-32-characters',
    ADMIN_TOKEN: 'canary-admin-token',
    ENCRYPTION_KEY: btoa('canary-key-of-exactly-32-bytes!!'),
    ALLOWED_ORIGINS: 'https://inbox.example',
    // Of the example: known to everybody. Without any, push is off.
    VAPID_PUBLIC_KEY: '',
    VAPID_PRIVATE_KEY: '',
  }

  it.each(['http://127.0.0.1:8787', 'http://localhost:8787', 'http://[::1]:8787'])(
    'for development answers on %s',
    async (host) => {
      expect((await fetchWith({}, `${host}/healthz`)).status).toBe(200)
    },
  )

  it.each([
    'https://inbox.example',
    'http://localhost.evil.example',
    'http://192.168.1.5:8787',
    'http://127.0.0.1.nip.io',
    'http://0.0.0.0:8787',
  ])('for development is refused on %s, without telling why', async (host) => {
    const lines = await logged(async () => {
      for (const path of ['/api/v1/auth/me', '/api/v1/communications/webhooks/whatsapp', '/healthz']) {
        const response = await fetchWith({}, `${host}${path}`)
        expect(response.status).toBe(503)
        expect(await response.json()).toEqual({
          error: { code: 'config.development_secret', message: 'The service is not set up yet.' },
        })
      }
    })
    expect(lines).toContain('ENVIRONMENT is local')
  })

  it.each(Object.keys(secrets).filter((name) => name !== 'ALLOWED_ORIGINS'))(
    'with the development value of %s is refused when deployed, also under a local name',
    async (name) => {
      const changes = {
        ...secrets,
        ENVIRONMENT: 'production',
        [name]: (env as unknown as Record<string, string>)[name],
      }
      const lines = await logged(async () => {
        for (const host of ['https://inbox.example', 'http://localhost']) {
          const response = await fetchWith(changes, `${host}/api/v1/auth/me`)
          expect([response.status, await codeOf(response)]).toEqual([503, 'config.development_secret'])
        }
      })
      expect(lines).toContain(name)
    },
  )

  it('that is incomplete is refused; the log names every problem and no value', async () => {
    const changes = {
      ...secrets,
      ENVIRONMENT: 'production',
      AUTH_SECRET: 'canary-short',
      META_APP_SECRET: '',
      ENCRYPTION_KEY: undefined,
    }
    const lines = await logged(async () => {
      const response = await fetchWith(changes, 'https://inbox.example/api/v1/auth/me')
      expect([response.status, await codeOf(response)]).toEqual([503, 'config.invalid'])
    })
    for (const name of ['AUTH_SECRET', 'META_APP_SECRET', 'ENCRYPTION_KEY']) expect(lines).toContain(name)
    expect(lines).not.toContain('canary')
  })

  it('that is complete answers', async () => {
    const changes = { ...secrets, ENVIRONMENT: 'production' }
    const response = await fetchWith(changes, 'https://inbox.example/healthz')
    expect(await response.json()).toEqual({ status: 'ok', environment: 'production', push: 'off' })
    const old = { headers: { authorization: `Bearer ${user.token}` } }
    expect((await fetchWith(changes, 'https://inbox.example/api/v1/auth/me', old)).status).toBe(401)
  })
})

describe('a file of the page', () => {
  const assets = (answer: () => Response) => ({ ASSETS: { fetch: () => Promise.resolve(answer()) } })

  it('that exists is kept for good', async () => {
    const headers = { 'content-type': 'text/javascript', 'cache-control': 'public, max-age=0' }
    const response = await fetchWith(
      assets(() => new Response('export {}', { headers })),
      `${pageOrigin}/assets/a-1f.js`,
    )
    expect([response.status, await response.text()]).toEqual([200, 'export {}'])
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('that is gone is not answered with the page itself', async () => {
    const page = () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } })
    const response = await fetchWith(assets(page), `${pageOrigin}/assets/old.js`)
    expect([response.status, await codeOf(response), response.headers.get('cache-control')]).toEqual([
      404,
      'route.not_found',
      'no-store',
    ])
  })
})
