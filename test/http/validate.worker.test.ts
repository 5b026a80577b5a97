import { beforeAll, describe, expect, it } from 'vitest'
import { type TestTenant, call, newTenant } from '../worker/api.ts'

let tenant: TestTenant
beforeAll(async () => {
  tenant = await newTenant()
})

describe('a JSON body', () => {
  const post = (body: BodyInit, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    call('/api/v1/auth/tokens', { bearer: tenant.key, body, headers })
  const good = JSON.stringify({ user_id: '0d3a5c1e-5f2b-4c7a-9e64-2b8f1a7c9d10', name: 'A' })

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/jsonp', 415],
    ['application/json, text/plain', 415],
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['Application/JSON', 200],
  ])('of type %s: %i', async (type, status) => {
    expect((await post(good, { 'content-type': type })).status).toBe(status)
  })

  it('without a type is refused', async () => {
    expect((await post(new TextEncoder().encode(good), {})).code).toBe('body.not_json')
  })

  it('that is encoded is refused', async () => {
    expect((await post(good, { 'content-type': 'application/json', 'content-encoding': 'gzip' })).status).toBe(415)
  })

  it.each([
    ['not JSON', '{'],
    ['empty', ''],
    ['a hundred thousand levels deep', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
    ['a list', '[]'],
    ['null', 'null'],
  ])('that is %s is refused', async (_, body) => {
    const { status, code } = await post(body)
    expect([status, code]).toEqual([400, 'request.invalid'])
  })

  it('is 64 KB at most', async () => {
    expect((await post(good.padEnd(64 * 1024))).status).toBe(200)
    const { status, code } = await post(good.padEnd(64 * 1024 + 1))
    expect([status, code]).toEqual([413, 'body.too_large'])
  })

  it('cannot reach the prototype of anything', async () => {
    const { status } = await post(good.replace('{', '{"__proto__":{"role":"admin"},'))
    expect([status, ({} as { role?: string }).role]).toEqual([400, undefined])
  })
})
