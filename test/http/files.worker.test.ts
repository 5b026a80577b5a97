import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { signFileLink } from '../../src/lib/file-link.ts'
import { type TestTenant, authSecret, call, newSession, newTenant, newUser, pageOrigin } from '../worker/api.ts'

const uploads = '/api/v1/communications/uploads'
const bytes = new Uint8Array([1, 2, 3, 4, 5])
const headers = { 'content-type': 'image/png', 'content-length': '5' }

let tenant: TestTenant
beforeAll(async () => {
  tenant = await newTenant()
})

describe('an upload', () => {
  it('is taken from the staff as from the companion, and lies in the folder of their tenant', async () => {
    const user = await newUser(tenant)
    const cookie = await newSession(tenant, user.id)
    const answers = [
      await call(uploads, { bearer: tenant.key, body: bytes, headers }),
      await call(uploads, { bearer: user.token, body: bytes, headers }),
      await call(uploads, { cookie, origin: pageOrigin, body: bytes, headers }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    const rows = await env.DB.prepare('select tenant_id, object_key from uploads where id in (?1, ?2, ?3)')
      .bind(...answers.map(({ json }) => json['upload_id']))
      .all<{ tenant_id: string; object_key: string }>()
    expect(rows.results).toHaveLength(3)
    for (const row of rows.results) expect(row.object_key.startsWith(`t/${tenant.id}/`)).toBe(true)
  })

  it('is refused to a foreign page, to a key without the scope, and to nobody in particular', async () => {
    const user = await newUser(tenant)
    const cookie = await newSession(tenant, user.id)
    const made = await call(`/api/v1/admin/tenants/${tenant.id}/service-keys`, {
      bearer: 'dev-admin-token',
      json: { scopes: ['tokens'] },
    })
    const answers = [
      await call(uploads, { cookie, body: bytes, headers }),
      await call(uploads, { cookie, origin: 'https://evil.example', body: bytes, headers }),
      await call(uploads, { bearer: String(made.json['service_key']), body: bytes, headers }),
      await call(uploads, { bearer: 'eik_x', body: bytes, headers }),
      await call(uploads, { bearer: 'dev-admin-token', body: bytes, headers }),
      await call(uploads, { body: bytes, headers }),
    ]
    expect(answers.map(({ status, code }) => `${status} ${code}`)).toEqual([
      '403 origin.refused',
      '403 origin.refused',
      '403 scope.missing',
      '401 auth.invalid',
      '401 auth.invalid',
      '401 auth.required',
    ])
  })
})

describe('a signed address of a file', () => {
  const path = (token: string) => `/api/v1/communications/files/${token}`
  const put = async (body: BodyInit = bytes) => {
    const objectKey = `t/${tenant.id}/${crypto.randomUUID()}`
    await env.BUCKET.put(objectKey, body as string)
    return objectKey
  }
  type LinkFields = Partial<Parameters<typeof signFileLink>[1]> & { secret?: string }
  const linkTo = (objectKey: string, { secret = authSecret, ...fields }: LinkFields = {}) =>
    signFileLink(secret, {
      tenantId: tenant.id,
      objectKey,
      mimeType: 'image/png',
      filename: 'фото.png',
      expiresAt: Date.now() + 60_000,
      ...fields,
    })

  it('gives the file to whoever has it, whole or in part, as something that can do nothing', async () => {
    const token = await linkTo(await put())
    const whole = await call(path(token))
    expect([whole.status, whole.text, whole.headers.get('content-type')]).toEqual([
      200,
      '\u0001\u0002\u0003\u0004\u0005',
      'image/png',
    ])
    expect(whole.headers.get('content-disposition')).toMatch(/^attachment; /)
    expect(whole.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff')
    const part = await call(path(token), { headers: { range: 'bytes=1-2' } })
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, '\u0002\u0003', 'bytes 1-2/5'])
    expect((await call(path(token), { method: 'HEAD' })).headers.get('content-length')).toBe('5')
  })

  it.each([
    ['text/html', 'application/octet-stream'],
    ['image/svg+xml', 'application/octet-stream'],
    ['application/pdf', 'application/pdf'],
    ['application/pdf; charset=x', 'application/octet-stream'],
    ['video/mp4', 'video/mp4'],
  ])('calls %s %s', async (mimeType, contentType) => {
    const answer = await call(path(await linkTo(await put(), { mimeType })))
    expect(answer.headers.get('content-type')).toBe(contentType)
  })

  it('is worth nothing when it is forged, has expired, names another folder, or its file is gone', async () => {
    const objectKey = await put()
    const good = await linkTo(objectKey)
    const [payload = '', signature = ''] = good.split('.')
    const other = await newTenant()
    const tokens = [
      `${payload}.${signature.slice(1)}`,
      `${payload}A.${signature}`,
      await linkTo(objectKey, { secret: `${authSecret}x` }),
      await linkTo(objectKey, { expiresAt: Date.now() - 1 }),
      await linkTo(objectKey, { tenantId: other.id }),
      await linkTo(`t/${tenant.id}/nothing`),
      'x',
      'a.b.c',
    ]
    const answers = await Promise.all(tokens.map((token) => call(path(token))))
    expect(answers.map(({ status, code }) => `${status} ${code}`)).toEqual(tokens.map(() => '404 file.not_found'))
    expect((await call(path(good))).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15 * 60_000 })
    try {
      expect((await call(path(good))).status).toBe(404)
    } finally {
      vi.useRealTimers()
    }
  })
})
