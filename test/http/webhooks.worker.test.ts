import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type ErrorAnswer,
  change,
  createChannel,
  deliver,
  deliveryOf,
  devSecret,
  freshNumber,
  request,
  signatureOf,
  textDelivery,
  textMessage,
} from '../worker/inbox.ts'
import { createApp, quarantineOf, setUp } from '../worker/meta.ts'
import { countOf, createTenant, rowsOf } from '../worker/tenant.ts'

const path = '/api/v1/communications/webhooks/whatsapp'

/** Every binding that costs money, counting. */
function watchedEnv(): { env: Env; uses: () => number } {
  let uses = 0
  const watch = <Binding extends object>(binding: Binding): Binding =>
    new Proxy(binding, {
      get(target, property) {
        uses += 1
        const value = Reflect.get(target, property) as unknown
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  return { env: { ...env, DB: watch(env.DB), BUCKET: watch(env.BUCKET), HUB: watch(env.HUB) }, uses: () => uses }
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('the handshake', () => {
  const query = (fields: Record<string, string>) => `?${new URLSearchParams(fields).toString()}`
  const right = { 'hub.mode': 'subscribe', 'hub.verify_token': 'dev-verify-token', 'hub.challenge': '1158201444' }

  it.each(['whatsapp', 'facebook', 'instagram'])('answers the challenge as plain text for %s', async (platform) => {
    const answer = await request(`/api/v1/communications/webhooks/${platform}${query(right)}`)
    expect(answer.status).toBe(200)
    expect(answer.text).toBe('1158201444')
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  })

  it.each([
    ['a wrong token', { ...right, 'hub.verify_token': 'guess' }],
    ['no mode', { 'hub.verify_token': 'dev-verify-token', 'hub.challenge': '1' }],
    ['another mode', { ...right, 'hub.mode': 'unsubscribe' }],
    ['a challenge that is markup', { ...right, 'hub.challenge': '<script>alert(1)</script>' }],
    [
      'parameters as arrays',
      { 'hub.mode[]': 'subscribe', 'hub.verify_token[]': 'dev-verify-token', 'hub.challenge[]': '1' },
    ],
  ])('refuses %s', async (_, fields) => {
    const answer = await request<ErrorAnswer>(`${path}${query(fields)}`)
    expect(answer.status).toBe(403)
    expect(answer.body.error.code).toBe('webhook.handshake_refused')
    expect(answer.text).not.toContain('<script>')
  })

  it('takes the own token of a tenant app on its own path, and only there', async () => {
    const app = await createApp(await createTenant(), 'own-app-secret')
    const own = query({ ...right, 'hub.verify_token': 'the-tenants-own-token' })
    expect((await request(`${path}/${app}${own}`)).text).toBe('1158201444')
    expect((await request(`${path}${own}`)).status).toBe(403)
    expect((await request(`${path}/${app}${query(right)}`)).status).toBe(403)
    expect((await request(`${path}/999${own}`)).status).toBe(403)
  })

  it('is no address for a platform without webhooks', async () => {
    expect((await request(`/api/v1/communications/webhooks/telegram${query(right)}`)).status).toBe(404)
  })
})

describe('a signature', () => {
  it('is demanded before anything is parsed, stored or spent', async () => {
    const { phone } = await setUp()
    const watched = watchedEnv()
    const parse = vi.spyOn(JSON, 'parse')
    const body = JSON.stringify(textDelivery(phone, 'wamid.unsigned'))
    const response = await request(path, { method: 'POST', body }, watched.env)
    expect(response.status).toBe(401)
    expect(parse.mock.calls.filter(([text]) => text.includes('wamid.unsigned'))).toEqual([])
    expect(watched.uses()).toBe(0)
  })

  it('must be in the one form that Meta sends', async () => {
    const { tenantId, phone } = await setUp()
    const body = JSON.stringify(textDelivery(phone, 'wamid.forms'))
    const right = await signatureOf(body)
    const wrong = [
      right.slice(0, -1),
      `${right}0`,
      'sha256=',
      '',
      right.toUpperCase(),
      right.replace('sha256', 'SHA256'),
      `sha256=${right.slice(7).toUpperCase()}`,
      `${right}, ${right}`,
      right.slice(7),
      await signatureOf(body, 'another-secret'),
    ]
    for (const header of wrong) {
      const init = { method: 'POST', body, headers: { 'x-hub-signature-256': header } }
      expect([header, (await request(path, init)).status]).toEqual([header, 401])
    }
    const sha1 = { method: 'POST', body, headers: { 'x-hub-signature': right.replace('sha256', 'sha1') } }
    expect((await request(path, sha1)).status).toBe(401)
    expect(await countOf('messages', tenantId)).toBe(0)
  })

  it('no longer fits when any byte of the body or any sign of the header changes', async () => {
    const body = Uint8Array.from(
      new TextEncoder().encode(JSON.stringify(textDelivery(freshNumber(), 'wamid.flip', 'Привіт'))),
    )
    const header = await signatureOf(body)
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const flipped = body.slice()
        flipped[at] = (flipped[at] ?? 0) ^ mask
        const init = { method: 'POST', body: flipped, headers: { 'x-hub-signature-256': header } }
        expect((await request(path, init)).status).toBe(401)
      }),
      { numRuns: 40 },
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(header.length - 1), fc.constantFrom(...'0123456789abcdefg= '), async (at, sign) => {
        fc.pre(header[at] !== sign)
        const edited = header.slice(0, at) + sign + header.slice(at + 1)
        const init = { method: 'POST', body, headers: { 'x-hub-signature-256': edited } }
        expect((await request(path, init)).status).toBe(401)
      }),
      { numRuns: 40 },
    )
  })

  it('is taken over the bytes as they came, escaped or not', async () => {
    const { tenantId, phone } = await setUp()
    const plain = JSON.stringify(textDelivery(phone, 'wamid.plain', 'ä 😀 http://x'))
    const other = JSON.stringify(textDelivery(phone, 'wamid.escaped', 'ä 😀 http://x'))
    const escaped = other
      .replaceAll('/', '\\/')
      .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    expect(escaped).not.toBe(other)
    expect((await deliver(plain)).status).toBe(200)
    expect((await deliver(escaped)).status).toBe(200)
    const rows = await rowsOf<{ content: string }>('select content from messages where tenant_id = ?1', tenantId)
    expect(rows.map((row) => row.content)).toEqual(['ä 😀 http://x', 'ä 😀 http://x'])
  })

  it('by the previous secret counts while the overlap lasts', async () => {
    const { phone } = await setUp()
    const rotating = { ...env, META_APP_SECRET_PREVIOUS: 'the-old-secret' }
    const until = (ms: number) =>
      ({ ...rotating, META_APP_SECRET_PREVIOUS_UNTIL: new Date(Date.now() + ms).toISOString() }) as Env
    const send = (environment: Env, secret: string) =>
      deliver(textDelivery(phone, 'wamid.rotation'), { secret, env: environment })
    expect((await send(until(60_000), 'the-old-secret')).status).toBe(200)
    expect((await send(until(60_000), devSecret)).status).toBe(200)
    expect((await send(until(-1), 'the-old-secret')).status).toBe(401)
    expect((await send(until(-1), devSecret)).status).toBe(200)
  })

  it('of a tenant app is checked with its own secrets only, the previous one until its end', async () => {
    const tenantId = await createTenant()
    const app = await createApp(tenantId, 'own-current', { secret: 'own-previous', until: Date.now() + 60_000 })
    const over = await createApp(tenantId, 'own-current', { secret: 'own-previous', until: Date.now() - 1 })
    const { externalId } = await createChannel(tenantId, 'whatsapp', { metaAppId: app })
    const send = (secret: string, of: string) => deliver(textDelivery(externalId, 'wamid.own'), { secret, app: of })
    expect((await send('own-current', app)).status).toBe(200)
    expect((await send('own-previous', app)).status).toBe(200)
    expect((await send(devSecret, app)).status).toBe(401)
    expect((await send('own-previous', over)).status).toBe(401)
    expect(await countOf('messages', tenantId)).toBe(1)
  })

  it.each([['missing'], ['empty']])('is never computed while the secret is %s: 503 for everybody', async (state) => {
    const secret = state === 'empty' ? '' : undefined
    const unset = { ...env, META_APP_SECRET: secret } as unknown as Env
    const body = textDelivery(freshNumber(), 'wamid.unset')
    const signed = await signatureOf(JSON.stringify(body))
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    for (const header of ['', signed]) {
      const init = { method: 'POST', body: JSON.stringify(body), headers: { 'x-hub-signature-256': header } }
      const answer = await request<ErrorAnswer>(path, init, unset)
      expect([answer.status, answer.body.error.code]).toEqual([503, 'config.invalid'])
    }
    expect(importKey).not.toHaveBeenCalled()
  })

  it('is not replaced by where a delivery says it comes from', async () => {
    const { tenantId, phone } = await setUp()
    const body = JSON.stringify(textDelivery(phone, 'wamid.forwarded'))
    const claims = { 'x-forwarded-for': '31.13.24.1', 'cf-connecting-ip': '127.0.0.1', 'x-real-ip': '<script>' }
    const lines: unknown[] = []
    for (const level of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(line))
    }
    expect((await request(path, { method: 'POST', body, headers: claims })).status).toBe(401)
    expect((await deliver(body, { headers: claims })).status).toBe(200)
    expect(await countOf('messages', tenantId)).toBe(1)
    for (const claim of Object.values(claims)) expect(lines.join()).not.toContain(claim)
  })

  it('for an app that nobody has is refused with the very same answer', async () => {
    const app = await createApp(await createTenant(), 'own-secret')
    const unknown = await deliver({}, { app: '424242' })
    const wrong = await deliver({}, { app })
    expect([unknown.status, unknown.text]).toEqual([401, wrong.text])
  })

  it('that is wrong shows on the channels of that app, once a minute at most', async () => {
    const tenantId = await createTenant()
    const app = await createApp(tenantId, 'own-secret')
    const { id, externalId } = await createChannel(tenantId, 'whatsapp', { metaAppId: app })
    await createChannel(tenantId)
    for (let i = 0; i < 5; i++) await deliver(textDelivery(externalId, 'wamid.x'), { app, secret: 'wrong' })
    const health = () =>
      rowsOf<{ channel_id: string; signature_failures: number }>(
        'select channel_id, signature_failures from channel_health where tenant_id = ?1',
        tenantId,
      )
    expect(await health()).toEqual([{ channel_id: id, signature_failures: 1 }])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
    await deliver(textDelivery(externalId, 'wamid.x'), { app, secret: 'wrong' })
    expect(await health()).toEqual([{ channel_id: id, signature_failures: 6 }])
  })
})

describe('a body', () => {
  it.each(['gzip', 'br', 'identity'])('with Content-Encoding %s is refused', async (encoding) => {
    const { phone } = await setUp()
    const answer = await deliver(textDelivery(phone, 'wamid.gz'), { headers: { 'content-encoding': encoding } })
    expect([answer.status, answer.body.error?.code]).toEqual([415, 'body.encoded'])
  })

  it('over 4 MiB is refused after that many bytes, whatever its length was said to be', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 65_536
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'content-length': '3' }
    const answer = await request<ErrorAnswer>(path, { method: 'POST', body: endless, headers })
    expect([answer.status, answer.body.error.code]).toEqual([413, 'body.too_large'])
    expect(pulled).toBeLessThan(4.5 * 1024 * 1024)
  })

  it('is as long as its bytes, whatever its length was said to be', async () => {
    const { tenantId, phone } = await setUp()
    for (const length of ['3', '0', '99999999', 'x']) {
      const answer = await deliver(textDelivery(phone, `wamid.length.${length}`), {
        headers: { 'content-length': length },
      })
      expect([length, answer.status]).toEqual([length, 200])
    }
    expect(await countOf('messages', tenantId)).toBe(4)
  })

  it('of 4 MiB is read whole', async () => {
    const { tenantId, phone } = await setUp()
    const body = JSON.stringify(textDelivery(phone, 'wamid.large'))
    expect((await deliver(body + ' '.repeat(4 * 1024 * 1024 - body.length - 20))).status).toBe(200)
    expect(await countOf('messages', tenantId)).toBe(1)
  })

  it.each([
    ['body.encoding', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['body.json', '{"object":"whatsapp_business_account","entry":'],
    ['body.json', ''],
    ['body.depth', '['.repeat(100_000)],
  ])('that is signed but unreadable (%s) is kept once and answered 200', async (reason, body) => {
    const before = (await quarantineOf('')).filter((row) => row.reason === reason).length
    for (let i = 0; i < 2; i++) expect((await deliver(body)).body).toEqual({ received: 1 })
    const rows = (await quarantineOf('')).filter((row) => row.reason === reason)
    expect(rows.length).toBe(before + 1)
  })

  it('that is no text is kept byte for byte', async () => {
    const bytes = Uint8Array.from([0x7b, 0xc3, 0x28, 0x00, 0x7d])
    await deliver(bytes)
    const keys = (await quarantineOf('')).flatMap((row) => row.object_key ?? [])
    const kept = await Promise.all(keys.map(async (key) => (await env.BUCKET.get(key))?.arrayBuffer()))
    expect(kept.map((buffer) => [...new Uint8Array(buffer ?? new ArrayBuffer(0))])).toContainEqual([...bytes])
    expect(keys.every((key) => /^t\/operator\/quarantine\/[0-9a-f-]{36}$/.test(key))).toBe(true)
  })

  it('with __proto__ and constructor keys changes nothing but its own message', async () => {
    const { tenantId, phone } = await setUp()
    const message = JSON.stringify(textMessage('wamid.proto')).slice(0, -1)
    const hostile = `${message},"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}`
    const body = JSON.stringify(deliveryOf(change(phone, { messages: ['@'] }))).replace('"@"', hostile)
    expect((await deliver(body)).body).toEqual({ received: 1 })
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
    expect(await countOf('messages', tenantId)).toBe(1)
  })

  it('with NUL, lone surrogates, a BOM and marks from right to left is stored clean', async () => {
    const { tenantId, phone } = await setUp()
    const text = 'a\u0000b\ud800c \u202eevil\u200b'
    expect((await deliver(`\ufeff${JSON.stringify(textDelivery(phone, 'wamid.text', text))}`)).status).toBe(200)
    const rows = await rowsOf<{ content: string }>('select content from messages where tenant_id = ?1', tenantId)
    expect(rows).toEqual([{ content: 'ab\ufffdc \u202eevil\u200b' }])
  })

  it.each([[123], [''], [null], [['a']], [{ id: 'a' }], ['x'.repeat(1_000_000)]])(
    'whose message id is not a short text goes to quarantine (%#)',
    async (id) => {
      const { tenantId, phone } = await setUp()
      const messages = [{ ...textMessage(''), id }, textMessage('wamid.good')]
      expect((await deliver(deliveryOf(change(phone, { messages })))).body).toEqual({ received: 2 })
      expect(await countOf('messages', tenantId)).toBe(1)
      expect((await quarantineOf(tenantId)).length).toBe(1)
    },
  )
})
