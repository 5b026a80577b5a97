import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, afterAll, describe, expect, it, vi } from 'vitest'
import { receive } from '../../src/hub/call-hub.ts'
import { adapterFor } from '../../src/channels/registry.ts'
import { type FakeGraph, createFakeGraph } from '../fake-graph/fake-graph.ts'
import { type Json, type TestTenant, call, newSession, newTenant, newUser, pageOrigin } from '../worker/api.ts'
import { createChannel, freshNumber } from '../worker/inbox.ts'
import { sealCredentials } from '../worker/outbox.ts'
import { rowsOf } from '../worker/tenant.ts'

const base = '/api/v1/communications'
const token = 'EAAG-token'
const day = 86_400_000

type Place = { channelId: string; externalId: string; conversationId: string; inboundId: string; customer: string }

let tenant: TestTenant
let bearer: string
let graph: FakeGraph
let place: Place

beforeAll(async () => {
  tenant = await newTenant()
  bearer = (await newUser(tenant)).token
  graph = createFakeGraph()
  vi.stubGlobal('fetch', graph.fetch)
  place = await connect('whatsapp')
})
afterAll(() => {
  vi.unstubAllGlobals()
})

const aliasKinds = {
  whatsapp: 'phone',
  facebook: 'user',
  instagram: 'user',
  email: 'address',
  telegram: 'peer',
} as const
type Platform = keyof typeof aliasKinds

/** A channel with one customer who has just written. */
async function connect(platform: Platform, { at = Date.now(), of = tenant } = {}): Promise<Place> {
  const { id: channelId, externalId } = await createChannel(of.id, platform)
  await sealCredentials(of.id, channelId, { access_token: token })
  const account = { id: externalId, token }
  if (platform === 'whatsapp') graph.addAccount({ platform, accountId: freshNumber(), ...account, templates })
  if (platform === 'facebook') graph.addAccount({ platform, ...account })
  await env.DB.prepare('update channels set account_id = ?2 where id = ?1').bind(channelId, freshNumber()).run()
  const customer = `38050${freshNumber().slice(-7)}`
  graph.hear(externalId, customer, at)
  const externalMessageId = platform === 'whatsapp' ? `wamid.${crypto.randomUUID()}` : `m_${crypto.randomUUID()}`
  const [result] = await receive(env, of.id, [
    {
      channel: { id: channelId, platform },
      item: {
        kind: 'message',
        externalId: externalMessageId,
        contact: { aliases: [{ kind: aliasKinds[platform], value: customer }], name: 'Олена' },
        direction: 'inbound',
        type: 'text',
        content: 'Добрий день',
        at,
      },
    },
  ])
  return {
    channelId,
    externalId,
    conversationId: result?.conversationId ?? '',
    inboundId: result?.messageId ?? '',
    customer,
  }
}
const templates = [
  { name: 'order_ready', language: 'uk', components: [{ type: 'BODY', text: 'Замовлення {{1}} готове' }] },
  { name: 'draft', language: 'uk', status: 'PENDING' as const, components: [{ type: 'BODY', text: 'x' }] },
]

const post = (path: string, json?: unknown, options: Parameters<typeof call>[1] = {}) =>
  call(`${base}${path}`, { bearer, method: 'POST', ...(json === undefined ? {} : { json }), ...options })
const reply = (fields: Json = {}, of = place) =>
  post(`/conversations/${of.conversationId}/messages`, { client_message_id: crypto.randomUUID(), ...fields })

type Message = { id: string; status: string; external_id: string | null; content: string; reactions: unknown[] }
const messageOf = ({ json }: { json: Json }): Message => json['message'] as Message

async function thread(of = place): Promise<Message[]> {
  const { json } = await call(`${base}/conversations/${of.conversationId}/messages`, { bearer })
  return json['items'] as Message[]
}

/** Waits for the real queue. */
async function until<Value>(read: () => Promise<Value>, isDone: (value: Value) => boolean): Promise<Value> {
  for (let attempt = 0; ; attempt++) {
    const value = await read()
    if (isDone(value) || attempt > 100) return value
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
const statusOf = (id: string, of = place) =>
  until(
    async () => (await thread(of)).find((message) => message.id === id)?.status ?? 'missing',
    (status) => status !== 'queued',
  )

describe('a reply', () => {
  it('is answered at once as queued, and is sent by the queue', async () => {
    const answer = await reply({ content: 'Від 300 грн.' })
    expect(answer.status).toBe(202)
    const message = messageOf(answer)
    expect(message).toMatchObject({ status: 'queued', direction: 'outbound', type: 'text', content: 'Від 300 грн.' })
    expect(answer.json['seq']).toBe((message as unknown as { seq: number }).seq)
    expect(await statusOf(message.id)).toBe('sent')
    expect(graph.sent.at(-1)).toMatchObject({ text: 'Від 300 грн.', reference: message.id })
  })

  it('is one message and one send, though eight requests bring it at the same time', async () => {
    const before = graph.sent.length
    const json = { client_message_id: 'the-same', content: 'Один раз' }
    const answers = await Promise.all(Array.from({ length: 8 }, () => reply(json)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    expect(new Set(answers.map((answer) => `${messageOf(answer).id} ${String(answer.json['seq'])}`)).size).toBe(1)
    expect(await statusOf(messageOf(answers[0] ?? { json: {} }).id)).toBe('sent')
    const later = await reply(json)
    expect([later.status, messageOf(later).status]).toEqual([202, 'sent'])
    expect(graph.sent.slice(before).map(({ text }) => text)).toEqual(['Один раз'])
  })

  it('that was taken is answered the same after the window has closed and the channel is gone', async () => {
    const own = await connect('whatsapp')
    const json = { client_message_id: 'early', content: 'Вчасно' }
    const first = await reply(json, own)
    await statusOf(messageOf(first).id, own)
    await env.DB.prepare('update conversations set last_inbound_at = 1 where id = ?1').bind(own.conversationId).run()
    await env.DB.prepare('delete from channels where id = ?1').bind(own.channelId).run()
    const again = await reply(json, own)
    expect([again.status, messageOf(again).id]).toEqual([202, messageOf(first).id])
  })

  it('quotes a message of the conversation', async () => {
    const answer = await reply({ content: 'Саме так', reply_to: place.inboundId })
    await statusOf(messageOf(answer).id)
    const [inbound] = (await thread()).filter(({ id }) => id === place.inboundId)
    expect(graph.sent.at(-1)?.replyTo).toBe(inbound?.external_id)
    const foreign = await connect('whatsapp')
    expect((await reply({ content: 'x', reply_to: foreign.inboundId })).code).toBe('message.not_found')
  })

  it('carries a file that was uploaded for it', async () => {
    const bytes = new Uint8Array([137, 80, 78, 71])
    const upload = await call(`${base}/uploads`, {
      bearer,
      body: bytes,
      headers: { 'content-type': 'image/png', 'content-length': '4' },
    })
    expect(upload.status).toBe(201)
    const attachments = [{ upload_id: upload.json['upload_id'], filename: 'Рахунок №5.png' }]
    const answer = await reply({ content: 'Рахунок', attachments })
    expect(messageOf(answer)).toMatchObject({
      type: 'image',
      attachments: [{ type: 'image', state: 'ready', filename: 'Рахунок №5.png', size: 4 }],
    })
    expect(await statusOf(messageOf(answer).id)).toBe('sent')
    expect([...(graph.sent.at(-1)?.files[0]?.bytes ?? [])]).toEqual([...bytes])
  })

  it('that failed can be sent again by a person, and one that was sent cannot', async () => {
    graph.fail({ code: 131_051, httpStatus: 400, match: ({ kind }) => kind === 'send' })
    const { id } = messageOf(await reply({ content: 'Ще раз' }))
    expect(await statusOf(id)).toBe('failed')
    const again = await post(`/messages/${id}/retry`)
    expect([again.status, messageOf(again).id]).toEqual([202, id])
    expect(await statusOf(id)).toBe('sent')
    const third = await post(`/messages/${id}/retry`)
    expect([third.status, third.code]).toEqual([409, 'message.not_retryable'])
    expect((await post(`/messages/${place.inboundId}/retry`)).code).toBe('message.not_retryable')
  })
})

describe('what a platform would not take is refused before anything is stored', () => {
  const upload = async (type: string) => {
    const headers = { 'content-type': type, 'content-length': '1' }
    const { json } = await call(`${base}/uploads`, { bearer, body: new Uint8Array([1]), headers })
    return { upload_id: json['upload_id'] }
  }

  it.each([
    ['nothing', async () => ({}), 'message.empty'],
    ['a long text', async () => ({ content: 'x'.repeat(4097) }), 'message.too_long'],
    [
      'two files',
      async () => ({ attachments: [await upload('image/png'), await upload('image/png')] }),
      'message.too_many_attachments',
    ],
    [
      'a program',
      async () => ({ attachments: [await upload('application/x-msdownload')] }),
      'attachment.unsupported_type',
    ],
    [
      'four choices',
      async () => ({ content: '?', buttons: [1, 2, 3, 4].map((id) => ({ id: `${id}`, title: 'x' })) }),
      'message.too_many_buttons',
    ],
  ])('%s', async (_, fields, code) => {
    const before = (await thread()).length
    const answer = await reply(await fields())
    expect([answer.status, answer.code]).toEqual([422, code])
    expect((await thread()).length).toBe(before)
  })

  it('a file that is too large', async () => {
    const attachment = await upload('image/webp')
    await env.DB.prepare('update uploads set size = 200000000 where id = ?1').bind(attachment.upload_id).run()
    expect((await reply({ attachments: [attachment] })).code).toBe('attachment.too_large')
  })

  it('a template where there are none', async () => {
    const page = await connect('facebook')
    const answer = await reply({ template: { name: 'order_ready', language: 'uk' } }, page)
    expect([answer.status, answer.code]).toEqual([422, 'template.unsupported'])
  })

  it('a file that nobody uploaded, or that another tenant did', async () => {
    const other = await newTenant()
    const headers = { 'content-type': 'image/png', 'content-length': '1' }
    const foreign = await call(`${base}/uploads`, { bearer: other.key, body: new Uint8Array([1]), headers })
    for (const upload_id of [crypto.randomUUID(), foreign.json['upload_id']]) {
      const answer = await reply({ attachments: [{ upload_id }] })
      expect([answer.status, answer.code]).toEqual([404, 'upload.not_found'])
    }
  })

  it('anything on a channel that is not connected any more', async () => {
    const own = await connect('telegram')
    await env.DB.prepare('delete from channels where id = ?1').bind(own.channelId).run()
    const answer = await reply({ content: 'x' }, own)
    expect([answer.status, answer.code]).toEqual([409, 'channel.read_only'])
  })

  it('a free text after the window; a template, or a person within seven days, may still write', async () => {
    const late = await connect('whatsapp', { at: Date.now() - day - 60_000 })
    expect((await reply({ content: 'x' }, late)).code).toBe('window.closed')
    // WhatsApp has no seven days.
    expect((await reply({ content: 'x', human_agent: true }, late)).code).toBe('window.closed')
    const template = { name: 'order_ready', language: 'uk', components: [] }
    expect((await reply({ template }, late)).status).toBe(202)
    const page = await connect('facebook', { at: Date.now() - day - 60_000 })
    expect((await reply({ content: 'x' }, page)).code).toBe('window.closed')
    expect((await reply({ content: 'x', human_agent: true }, page)).status).toBe(202)
    const tooLate = await connect('facebook', { at: Date.now() - 7 * day - 60_000 })
    expect((await reply({ content: 'x', human_agent: true }, tooLate)).code).toBe('window.closed')
  })

  it('a second attempt after the window', async () => {
    const own = await connect('whatsapp')
    graph.fail({ code: 131_051, httpStatus: 400, match: ({ kind }) => kind === 'send' })
    const { id } = messageOf(await reply({ content: 'x' }, own))
    await statusOf(id, own)
    await env.DB.prepare('update conversations set last_inbound_at = 1 where id = ?1').bind(own.conversationId).run()
    expect((await post(`/messages/${id}/retry`)).code).toBe('window.closed')
  })
})

describe('a request that forges a reply', () => {
  it.each([
    ['tenant_id', { tenant_id: crypto.randomUUID() }],
    ['direction', { direction: 'inbound' }],
    ['status', { status: 'read' }],
    ['sender', { sender: { external_id: 'x' } }],
    ['created_at', { created_at: '2020-01-01T00:00:00Z' }],
    ['type', { type: 'system' }],
  ])('with a field that is not its own is refused: %s', async (_, fields) => {
    const before = (await thread()).length
    expect((await reply({ content: 'x', ...fields })).status).toBe(400)
    expect((await thread()).length).toBe(before)
  })

  it('from a foreign page, or in a form, is refused', async () => {
    const user = await newUser(tenant)
    const cookie = await newSession(tenant, user.id)
    const path = `${base}/conversations/${place.conversationId}/messages`
    const body = JSON.stringify({ client_message_id: 'forged', content: 'x' })
    const before = (await thread()).length
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
    const answers = [
      await call(path, { cookie, json: JSON.parse(body) }),
      await call(path, { cookie, origin: 'https://evil.example', json: JSON.parse(body) }),
      await call(path, { cookie, origin: 'null', json: JSON.parse(body) }),
      ...(await Promise.all(
        types.map((type) => call(path, { cookie, origin: pageOrigin, body, headers: { 'content-type': type } })),
      )),
    ]
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 415, 415, 415])
    expect((await thread()).length).toBe(before)
    expect((await call(path, { cookie, origin: pageOrigin, json: JSON.parse(body) })).status).toBe(202)
  })

  it('by a user of another tenant finds nothing, whatever is asked', async () => {
    const other = await newUser(await newTenant())
    const options = { bearer: other.token }
    const { conversationId, inboundId, channelId } = place
    const answers = [
      await post(`/conversations/${conversationId}/messages`, { client_message_id: 'x', content: 'x' }, options),
      await post(`/conversations/${conversationId}/typing`, undefined, options),
      await post(`/conversations/${conversationId}/read`, { message_id: inboundId }, options),
      await post(`/messages/${inboundId}/retry`, undefined, options),
      await post(`/messages/${inboundId}/reaction`, { emoji: '👍' }, options),
      await call(`${base}/channels/${channelId}/templates`, options),
    ]
    expect(answers.map(({ status, code }) => `${status} ${code}`)).toEqual([
      '404 conversation.not_found',
      '404 conversation.not_found',
      '404 conversation.not_found',
      '404 message.not_found',
      '404 message.not_found',
      '404 channel.not_found',
    ])
  })
})

describe('a reaction', () => {
  const react = (id: string, emoji: unknown) => post(`/messages/${id}/reaction`, { emoji })

  it('reaches the platform first, and then everybody; without an emoji it is taken back', async () => {
    const given = await react(place.inboundId, '👍')
    expect(given.status).toBe(200)
    expect(messageOf(given).reactions).toMatchObject([{ by: 'business', emoji: '👍' }])
    expect(graph.actions.at(-1)).toMatchObject({ kind: 'react', emoji: '👍' })
    const taken = await react(place.inboundId, null)
    expect(messageOf(taken).reactions).toEqual([])
    expect(graph.actions.at(-1)).toMatchObject({ kind: 'react', emoji: null })
  })

  it('that the platform refuses is not stored, and the answer has its words', async () => {
    graph.fail({ code: 131_047, httpStatus: 400, details: 'Too late', match: ({ kind }) => kind === 'react' })
    const answer = await react(place.inboundId, '❤️')
    expect([answer.status, answer.code]).toEqual([502, 'platform.window'])
    expect((answer.json['error'] as { message: string }).message).toContain('Too late')
    const [inbound] = (await thread()).filter(({ id }) => id === place.inboundId)
    expect(inbound?.reactions).toEqual([])
  })

  it('to what the platform does not know yet, or what was taken back, is refused', async () => {
    graph.fail({ code: 131_051, httpStatus: 400, match: ({ kind }) => kind === 'send' })
    const { id } = messageOf(await reply({ content: 'Не пішло' }))
    await statusOf(id)
    expect((await react(id, '👍')).code).toBe('message.not_sent')
    const own = await connect('whatsapp')
    await env.DB.prepare('update messages set deleted_at = 1 where id = ?1').bind(own.inboundId).run()
    expect((await react(own.inboundId, '👍')).code).toBe('message.deleted')
  })

  it('on a channel that can only be read is refused', async () => {
    const own = await connect('telegram')
    expect((await react(own.inboundId, '👍')).code).toBe('channel.read_only')
  })

  it.each([[undefined], [''], [5], ['x'.repeat(65)]])('of %j is none', async (emoji) => {
    expect((await react(place.inboundId, emoji)).status).toBe(400)
  })
})

describe('signs for the customer', () => {
  const actionsOf = (kind: string, customerMessage: string | null) =>
    graph.actions.filter((action) => action.kind === kind && action.targetId === customerMessage).length

  it('show that somebody writes, once in twenty seconds', async () => {
    const own = await connect('whatsapp')
    const [inbound] = await thread(own)
    const target = inbound?.external_id ?? null
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post(`/conversations/${own.conversationId}/typing`)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
    expect(
      await until(
        async () => actionsOf('typing', target),
        (count) => count > 0,
      ),
    ).toBe(1)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20_000 })
    try {
      await post(`/conversations/${own.conversationId}/typing`)
    } finally {
      vi.useRealTimers()
    }
    expect(
      await until(
        async () => actionsOf('typing', target),
        (count) => count > 1,
      ),
    ).toBe(2)
  })

  it('show that a message was read, when the mark has moved', async () => {
    const own = await connect('whatsapp')
    const [inbound] = await thread(own)
    const target = inbound?.external_id ?? null
    for (let time = 0; time < 3; time++) {
      const answer = await post(`/conversations/${own.conversationId}/read`, { message_id: own.inboundId })
      expect(answer.status).toBe(200)
    }
    expect(
      await until(
        async () => actionsOf('mark_read', target),
        (count) => count > 0,
      ),
    ).toBe(1)
  })

  it('that the platform refuses, or has not, are nobody’s trouble', async () => {
    const own = await connect('whatsapp')
    graph.fail({ code: 100, httpStatus: 400, match: ({ kind }) => kind === 'mark_read' })
    const read = await post(`/conversations/${own.conversationId}/read`, { message_id: own.inboundId })
    expect(read.status).toBe(200)
    const telegram = await connect('telegram')
    expect((await post(`/conversations/${telegram.conversationId}/typing`)).status).toBe(204)
    const marked = await post(`/conversations/${telegram.conversationId}/read`, { message_id: telegram.inboundId })
    expect(marked.status).toBe(200)
  })
})

describe('the templates of a channel', () => {
  const templatesOf = (channelId: string) => call(`${base}/channels/${channelId}/templates`, { bearer })

  it('are those that may be used', async () => {
    const account = graph.calls.length
    const own = await connect('whatsapp')
    const [row] = await rowsOf<{ account_id: string }>('select account_id from channels where id = ?1', own.channelId)
    graph.addAccount({ platform: 'whatsapp', id: own.externalId, accountId: row?.account_id ?? '', token, templates })
    const answer = await templatesOf(own.channelId)
    expect(answer.status).toBe(200)
    expect(answer.json['items']).toMatchObject([
      { name: 'order_ready', language: 'uk', body: 'Замовлення {{1}} готове' },
    ])
    expect(graph.calls.length).toBeGreaterThan(account)
  })

  it('are refused where there are none, and where the platform says no', async () => {
    const page = await connect('facebook')
    expect((await templatesOf(page.channelId)).code).toBe('template.unsupported')
    const telegram = await connect('telegram')
    expect((await templatesOf(telegram.channelId)).code).toBe('channel.read_only')
    graph.fail({ code: 190, httpStatus: 401, match: ({ kind }) => kind === 'templates' })
    const answer = await templatesOf(place.channelId)
    expect([answer.status, answer.code]).toEqual([502, 'platform.token'])
    const health = async () =>
      rowsOf<{ state: string }>('select state from channel_health where channel_id = ?1', place.channelId)
    expect(await until(health, ([row]) => row?.state === 'down')).toMatchObject([{ state: 'down' }])
  })
})

describe('a channel', () => {
  it('says what a reply on it may contain', async () => {
    await connect('telegram')
    const { json } = await call(`${base}/channels`, { bearer })
    const items = json['items'] as { id: string; platform: string; reply_rules: Json | null }[]
    expect(items.find(({ id }) => id === place.channelId)?.reply_rules).toMatchObject({
      text: 4096,
      caption: 1024,
      has_templates: true,
      human_agent_ms: null,
      files: { image: 5 * 1024 * 1024 },
    })
    expect(items.find(({ platform }) => platform === 'telegram')?.reply_rules).toMatchObject({
      text: 4096,
      caption: 1024,
      attachments: 10,
      can_reply_to: true,
      can_react: false,
    })
    expect(adapterFor('whatsapp')?.calls).toBeDefined()
  })
})

beforeEach(() => {
  vi.stubGlobal('fetch', graph.fetch)
})
