import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ConversationList } from '../../src/protocol/api.ts'
import {
  bearer,
  change,
  createChannel,
  createUserToken,
  deliver,
  deliveryOf,
  freshNumber,
  request,
  textDelivery,
  textMessage,
} from '../worker/inbox.ts'
import { createApp, quarantineOf, quarantinedAs, setUp } from '../worker/meta.ts'
import { countOf, createTenant, rowsOf } from '../worker/tenant.ts'

afterEach(() => {
  vi.useRealTimers()
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

  it('keeps platforms apart in one delivery address each: what came to another one is kept whole', async () => {
    const body = { object: 'page', entry: [{ id: freshNumber(), messaging: [{ message: { mid: 'm_1' } }] }] }
    expect((await deliver(body, { platform: 'instagram' })).body).toEqual({ received: 1 })
    expect(await quarantinedAs('object.unknown', body.entry[0]?.id ?? '')).toBe(1)
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

describe('hostile text', () => {
  const contentOf = async (tenantId: string) =>
    (await rowsOf<{ content: string }>('select content from messages where tenant_id = ?1', tenantId))[0]?.content

  it('in a name is found by what stands behind a NUL, a lone surrogate or a mark from right to left', async () => {
    const { tenantId, phone } = await setUp()
    const name = '\ufeffab\u0000cd\ud800 \u202eОлена\u200b'
    const contacts = [{ wa_id: '380501112233', profile: { name } }]
    await deliver(deliveryOf(change(phone, { contacts, messages: [textMessage('wamid.name')] })))
    const headers = bearer(await createUserToken(tenantId))
    for (const q of ['abcd', 'ОЛЕНА', '\u202e', '\ufffd']) {
      const path = `/api/v1/communications/conversations?q=${encodeURIComponent(q)}`
      const { body } = await request<ConversationList>(path, { headers })
      expect([q, body.items.map((item) => item.client_name)]).toEqual([q, ['\ufeffabcd\ufffd \u202eОлена\u200b']])
    }
  })

  it('of 64,000 combining marks comes back as it was', async () => {
    const { tenantId, phone } = await setUp()
    const text = `e${'\u0301'.repeat(64_000)}`
    await deliver(textDelivery(phone, 'wamid.marks', text))
    expect(await contentOf(tenantId)).toBe(text)
  })

  it.each([['😀'], ['\u0001'], ['"']])('of a megabyte of %j makes no row that D1 would refuse', async (sign) => {
    const { tenantId, phone } = await setUp()
    const referral = { source_type: 'ad', body: sign.repeat(100_000), headline: sign.repeat(100_000) }
    const fields = { referral, context: { id: 'x'.repeat(512) } }
    const message = textMessage('wamid.huge', sign.repeat(200_000), fields)
    expect((await deliver(deliveryOf(change(phone, { messages: [message] })))).body).toEqual({ received: 1 })
    const rows = await rowsOf<{ n: number }>(
      'select max(length(cast(data as blob))) as n from journal_events where tenant_id = ?1',
      tenantId,
    )
    expect(rows[0]?.n).toBeGreaterThan(60_000)
    expect(rows[0]?.n).toBeLessThan(1_000_000)
  })
})

describe('an id', () => {
  const bodyWith = (phone: string, message: string) =>
    JSON.stringify(deliveryOf(change(phone, { messages: ['@'] }))).replace('"@"', message)

  it('that stands there twice is the last one, as every reader of JSON has it', async () => {
    const { tenantId, phone } = await setUp()
    const message = JSON.stringify(textMessage('wamid.last')).replace('{', '{"id":"wamid.first",')
    expect((await deliver(bodyWith(phone, message))).body).toEqual({ received: 1 })
    const rows = await rowsOf('select external_id from messages where tenant_id = ?1', tenantId)
    expect(rows).toEqual([{ external_id: 'wamid.last' }])
  })

  it('that is a number beyond 2^53 is kept apart, and never stored with other digits', async () => {
    const { tenantId, phone } = await setUp()
    const message = JSON.stringify(textMessage('@')).replace('"@"', '9007199254740993')
    expect((await deliver(bodyWith(phone, message))).body).toEqual({ received: 1 })
    expect(await countOf('messages', tenantId)).toBe(0)
    expect((await quarantineOf(tenantId)).map((row) => row.reason)).toEqual(['id_type'])
  })
})
