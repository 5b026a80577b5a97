import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sealAppSecret, sealVerifyToken } from '../../src/http/meta-app-secrets.ts'
import { loadConfig } from '../../src/lib/config.ts'
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
import { countOf, createTenant, rowsOf } from '../worker/tenant.ts'

const path = '/api/v1/communications/webhooks/whatsapp'

type QuarantineRow = { reason: string; body: string | null; object_key: string | null; tenant_id: string }
const quarantineOf = (tenantId: string) =>
  rowsOf<QuarantineRow>('select reason, body, object_key, tenant_id from quarantine where tenant_id = ?1', tenantId)

async function quarantinedAs(reason: string, part: string): Promise<number> {
  const rows = await env.DB.prepare('select count(*) as n from quarantine where reason = ?1 and instr(body, ?2) > 0')
    .bind(reason, part)
    .all<{ n: number }>()
  return rows.results[0]?.n ?? 0
}

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

async function createApp(tenantId: string, secret: string, previous?: { secret: string; until: number }) {
  const metaAppId = freshNumber()
  const keys = loadConfig(env).encryptionKeys
  const app = { tenantId, metaAppId }
  await env.DB.prepare(
    `insert into meta_apps (tenant_id, meta_app_id, name, sealed_secret, sealed_previous_secret, previous_until,
       sealed_verify_token, created_at) values (?1, ?2, 'An app', ?3, ?4, ?5, ?6, 0)`,
  )
    .bind(
      tenantId,
      metaAppId,
      await sealAppSecret(keys, app, secret),
      previous === undefined ? null : await sealAppSecret(keys, app, previous.secret),
      previous?.until ?? null,
      await sealVerifyToken(keys, app, 'the-tenants-own-token'),
    )
    .run()
  return metaAppId
}

async function setUp() {
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId)
  return { tenantId, channel, phone: channel.externalId }
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
    const answer = await request<ErrorAnswer>(`${path}${query(fields as Record<string, string>)}`)
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
      expect((await request(path, init)).status, header).toBe(401)
    }
    const sha1 = { method: 'POST', body, headers: { 'x-hub-signature': right.replace('sha256', 'sha1') } }
    expect((await request(path, sha1)).status).toBe(401)
    expect(await countOf('messages', tenantId)).toBe(0)
  })

  it('no longer fits when any byte of the body or any sign of the header changes', async () => {
    const body = new TextEncoder().encode(JSON.stringify(textDelivery(freshNumber(), 'wamid.flip', 'Привіт')))
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

describe('routing', () => {
  it('keeps what names an unknown number, once, and answers 200', async () => {
    const phone = freshNumber()
    for (let i = 0; i < 3; i++) {
      expect((await deliver(textDelivery(phone, 'wamid.nobody'))).body).toEqual({ received: 1 })
    }
    expect(await quarantinedAs('channel.unknown', phone)).toBe(1)
  })

  it('keeps an unknown object and an unknown field', async () => {
    const { phone } = await setUp()
    expect((await deliver({ object: 'weather', entry: [{ id: '1' }] })).status).toBe(200)
    expect((await deliver(deliveryOf(change(phone, { moon: 'full' }, 'moon_phase')))).status).toBe(200)
    const kept = await env.DB.prepare(
      `select count(*) as n from quarantine where instr(body, 'weather') > 0 or instr(body, 'moon_phase') > 0`,
    ).first<{ n: number }>()
    expect(kept?.n).toBe(2)
  })

  it('does not let the app of one tenant sign for another', async () => {
    const [owner, attacker] = [await setUp(), await createTenant()]
    const app = await createApp(attacker, 'attacker-secret')
    const answer = await deliver(textDelivery(owner.phone, 'wamid.forged'), { app, secret: 'attacker-secret' })
    expect(answer.body).toEqual({ received: 1 })
    expect(await countOf('messages', owner.tenantId)).toBe(0)
    expect(await countOf('quarantine', owner.tenantId)).toBe(0)
    expect((await quarantineOf(attacker)).map((row) => row.reason)).toEqual(['asset.foreign'])
  })

  it('does not let the shared app sign for a channel that has its own', async () => {
    const tenantId = await createTenant()
    const { externalId } = await createChannel(tenantId, 'whatsapp', { metaAppId: await createApp(tenantId, 'own') })
    expect((await deliver(textDelivery(externalId, 'wamid.shared'))).status).toBe(200)
    expect(await countOf('messages', tenantId)).toBe(0)
    expect(await quarantinedAs('asset.foreign', externalId)).toBe(1)
  })

  it('gives what concerns an account to every channel of it, and nobody else', async () => {
    const tenantId = await createTenant()
    const account = freshNumber()
    const channels = [
      await createChannel(tenantId, 'whatsapp', { accountId: account }),
      await createChannel(tenantId, 'whatsapp', { accountId: account }),
    ]
    await createChannel(tenantId)
    const value = { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'DISABLE' } }
    const body = {
      object: 'whatsapp_business_account',
      entry: [{ id: account, time: 1764000000, changes: [{ field: 'account_update', value }] }],
    }
    expect((await deliver(body)).body).toEqual({ received: 1 })
    const rows = await rowsOf<{ channel_id: string }>(
      'select channel_id from channel_health where tenant_id = ?1',
      tenantId,
    )
    expect(rows.map((row) => row.channel_id).sort()).toEqual(channels.map((channel) => channel.id).sort())
  })

  it('learns the account of a channel from its deliveries', async () => {
    const { tenantId, phone } = await setUp()
    await deliver(textDelivery(phone, 'wamid.account'))
    const rows = await rowsOf<{ account_id: string }>('select account_id from channels where tenant_id = ?1', tenantId)
    expect(rows).toEqual([{ account_id: '190000000000001' }])
  })

  it('keeps platforms apart in one delivery address each: no adapter yet means quarantine, whole', async () => {
    const body = { object: 'page', entry: [{ id: freshNumber(), messaging: [{ message: { mid: 'm_1' } }] }] }
    expect((await deliver(body, { platform: 'facebook' })).body).toEqual({ received: 1 })
    expect(await quarantinedAs('platform.no_adapter', body.entry[0]?.id ?? '')).toBe(1)
  })

  it('serves two tenants in one delivery', async () => {
    const [first, second] = [await setUp(), await setUp()]
    const body = deliveryOf(
      change(first.phone, { messages: [textMessage('wamid.first')] }),
      change(second.phone, { messages: [textMessage('wamid.second')] }),
    )
    expect((await deliver(body)).body).toEqual({ received: 2 })
    for (const [tenantId, id] of [
      [first.tenantId, 'wamid.first'],
      [second.tenantId, 'wamid.second'],
    ] as const) {
      const rows = await rowsOf<{ external_id: string }>(
        'select external_id from messages where tenant_id = ?1',
        tenantId,
      )
      expect(rows).toEqual([{ external_id: id }])
    }
  })
})

describe('storing', () => {
  it('keeps the neighbours of a broken item', async () => {
    const { tenantId, phone } = await setUp()
    const messages = [textMessage('wamid.1'), textMessage('wamid.2'), { type: 'text', id: 7 }, textMessage('wamid.4')]
    expect((await deliver(deliveryOf(change(phone, { messages })))).body).toEqual({ received: 4 })
    expect(await countOf('messages', tenantId)).toBe(3)
    expect((await quarantineOf(tenantId)).length).toBe(1)
  })

  it('takes 1,000 updates in one delivery', async () => {
    const { tenantId, phone } = await setUp()
    const messages = Array.from({ length: 1_000 }, (_, at) => textMessage(`wamid.bulk.${at}`))
    const startedAt = performance.now()
    expect((await deliver(deliveryOf(change(phone, { messages })))).body).toEqual({ received: 1_000 })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(await countOf('messages', tenantId)).toBe(1_000)
    const seqs = await rowsOf<{ n: number; top: number }>(
      'select count(distinct seq) as n, max(seq) as top from journal_events where tenant_id = ?1',
      tenantId,
    )
    expect(seqs[0]?.n).toBe(seqs[0]?.top)
  })

  it('stores fifty simultaneous copies, and one that comes days later, as one message and one event', async () => {
    const { tenantId, phone } = await setUp()
    const body = textDelivery(phone, 'wamid.copies')
    const answers = await Promise.all(Array.from({ length: 50 }, () => deliver(body)))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    const events = await countOf('journal_events', tenantId)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8 * 86_400_000 })
    expect((await deliver(body)).body).toEqual({ received: 1 })
    expect(await countOf('messages', tenantId)).toBe(1)
    expect(await countOf('journal_events', tenantId)).toBe(events)
    const news = `select count(*) as n from journal_events where tenant_id = ?1 and type = 'new_message'`
    expect(await rowsOf(news, tenantId)).toEqual([{ n: 1 }])
  })

  it('stores the same message twice in one delivery once', async () => {
    const { tenantId, phone } = await setUp()
    const messages = [textMessage('wamid.twice'), textMessage('wamid.twice')]
    expect((await deliver(deliveryOf(change(phone, { messages })))).body).toEqual({ received: 2 })
    expect(await countOf('messages', tenantId)).toBe(1)
  })

  it('ends at the same status in whatever order statuses and their message come', async () => {
    const echo = (id: string) => ({ ...textMessage(id), from: '380440000001', to: '380501112233' })
    const status = (id: string, name: string) => ({
      id,
      status: name,
      timestamp: '1764000100',
      recipient_id: '380501112233',
    })
    const parts = ['echo', 'sent', 'delivered', 'read'] as const
    const { tenantId, phone } = await setUp()
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...parts], { minLength: parts.length }), async (order) => {
        run += 1
        const id = `wamid.order.${run}`
        for (const part of order) {
          const body =
            part === 'echo'
              ? change(phone, { message_echoes: [echo(id)] }, 'smb_message_echoes')
              : change(phone, { statuses: [status(id, part)] })
          expect((await deliver(deliveryOf(body))).status).toBe(200)
        }
        const rows = await env.DB.prepare('select status from messages where tenant_id = ?1 and external_id = ?2')
          .bind(tenantId, id)
          .all()
        expect(rows.results).toEqual([{ status: 'read' }])
      }),
      { numRuns: 12 },
    )
    expect(await countOf('parked_items', tenantId)).toBe(0)
  })

  it('applies an edit, a reaction and a deletion that came before their message', async () => {
    const { tenantId, phone } = await setUp()
    const early = [
      textMessage('wamid.edit', '', {
        type: 'edit',
        edit: { original_message_id: 'wamid.late', message: { type: 'text', text: { body: 'новий' } } },
      }),
      textMessage('wamid.reaction', '', { type: 'reaction', reaction: { message_id: 'wamid.late', emoji: '👍' } }),
      textMessage('wamid.revoke', '', { type: 'revoke', revoke: { original_message_id: 'wamid.gone' } }),
    ]
    expect((await deliver(deliveryOf(change(phone, { messages: early })))).body).toEqual({ received: 3 })
    const late = [textMessage('wamid.late', 'старий'), textMessage('wamid.gone', 'таємне')]
    await deliver(deliveryOf(change(phone, { messages: late })))
    const rows = await rowsOf<{ content: string }>(
      'select content from messages where tenant_id = ?1 order by external_id',
      tenantId,
    )
    expect(rows.map((row) => row.content)).toEqual(['', 'новий'])
    expect(await countOf('reactions', tenantId)).toBe(1)
  })

  it('asks Meta to send again when the hub or the database is away, and says nothing of why', async () => {
    const { tenantId, phone } = await setUp()
    const noHub = {
      ...env,
      HUB: { idFromName: () => ({}), get: () => ({ receive: () => Promise.reject(new Error('secret detail')) }) },
    }
    const fails = () => {
      throw new Error('D1_ERROR: secret detail')
    }
    const noDatabase = { ...env, DB: { prepare: fails, batch: fails } }
    const noBucket = { ...env, BUCKET: { put: () => Promise.reject(new Error('secret detail')) } }
    const large = textDelivery(freshNumber(), 'wamid.503', 'x'.repeat(60_000).concat('я'.repeat(9_000)))
    const fresh = textDelivery(freshNumber(), 'wamid.503')
    const attempts: [unknown, unknown][] = [
      [textDelivery(phone, 'wamid.503'), noHub],
      [fresh, noDatabase],
      [large, noBucket],
    ]
    for (const [body, broken] of attempts) {
      const answer = await deliver(body, { env: broken as Env })
      expect(answer.status).toBe(503)
      expect(answer.text).not.toContain('secret detail')
    }
    expect((await deliver(textDelivery(phone, 'wamid.503'))).status).toBe(200)
    expect(await countOf('messages', tenantId)).toBe(1)
  })

  it('stores what one tenant got when the hub of another is away', async () => {
    const [well, ill] = [await setUp(), await setUp()]
    const hub = {
      idFromName: (name: string) => (name.endsWith(ill.tenantId) ? null : env.HUB.idFromName(name)),
      get: (id: DurableObjectId | null) =>
        id === null ? { receive: () => Promise.reject(new Error('away')) } : env.HUB.get(id),
    }
    const body = deliveryOf(
      change(ill.phone, { messages: [textMessage('wamid.ill')] }),
      change(well.phone, { messages: [textMessage('wamid.well')] }),
    )
    const answer = await deliver(body, { env: { ...env, HUB: hub } as unknown as Env })
    expect(answer.status).toBe(503)
    expect([await countOf('messages', well.tenantId), await countOf('messages', ill.tenantId)]).toEqual([1, 0])
  })
})
