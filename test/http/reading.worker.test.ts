import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/http/app.ts'
import type {
  ChannelList,
  ConversationChangeResponse,
  ConversationList,
  EventPage,
  MessageList,
} from '../../src/protocol/api.ts'
import {
  ChannelList as ChannelListShape,
  ConversationList as ConversationListShape,
  EventPage as EventPageShape,
  MessageList as MessageListShape,
} from '../../src/protocol/api.ts'
import type { z } from 'zod'
import {
  type Answer,
  type ErrorAnswer,
  bearer,
  change,
  createChannel,
  createServiceKey,
  createUserToken,
  deliver,
  deliveryOf,
  request,
  textMessage,
} from '../worker/inbox.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'

const base = '/api/v1/communications'
type ConversationChange = z.infer<typeof ConversationChangeResponse>
type Json = Record<string, unknown>

async function setUp() {
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId)
  const headers = bearer(await createUserToken(tenantId))
  return {
    tenantId,
    channel,
    get: <Body>(path: string): Promise<Answer<Body & Partial<ErrorAnswer>>> => request(`${base}${path}`, { headers }),
    send: <Body>(method: string, path: string, body: unknown): Promise<Answer<Body & Partial<ErrorAnswer>>> =>
      request(`${base}${path}`, {
        method,
        body: JSON.stringify(body),
        headers: { ...headers, 'content-type': 'application/json' },
      }),
    /** One message of the customer with this number; its second is the time. */
    say: async (number: number, second: number, fields: Json & { id?: string; name?: string; body?: string } = {}) => {
      const { id = `wamid.${number}.${second}`, name = `Client ${number}`, body = `Text ${second}`, ...rest } = fields
      const from = `38050${String(number).padStart(7, '0')}`
      const message = textMessage(id, body, { from, timestamp: String(1_764_000_000 + second), ...rest })
      const contacts = [{ wa_id: from, profile: { name } }]
      const answer = await deliver(deliveryOf(change(channel.externalId, { contacts, messages: [message] })))
      expect(answer.status).toBe(200)
    },
  }
}

async function walk<Item>(first: (cursor: string) => Promise<{ items: Item[]; next_cursor: string | null }>) {
  const items: Item[] = []
  for (let cursor = '', pages = 0; pages < 50; pages++) {
    const page = await first(cursor)
    items.push(...page.items)
    if (page.next_cursor === null) return items
    cursor = encodeURIComponent(page.next_cursor)
  }
  throw new Error('the list has no end')
}

describe('the list of conversations', () => {
  it('is newest first, page by page, each once, also where times are equal', async () => {
    const { get, say } = await setUp()
    for (let number = 1; number <= 11; number++) await say(number, Math.floor(number / 4))
    const all = (await get<ConversationList>('/conversations')).body
    expect(ConversationListShape.safeParse(all).error).toBeUndefined()
    const times = all.items.map((item) => item.last_message_at ?? '')
    expect(times).toEqual([...times].sort().reverse())
    const paged = await walk(async (cursor) => {
      const suffix = cursor === '' ? '' : `&cursor=${cursor}`
      return (await get<ConversationList>(`/conversations?limit=3${suffix}`)).body
    })
    expect(paged).toEqual(all.items)
    expect(paged.length).toBe(11)
  })

  it('says as of when it is, in the words of the journal', async () => {
    const { tenantId, get, say } = await setUp()
    await say(1, 1)
    const { body } = await get<ConversationList>('/conversations')
    const [head] = await rowsOf<Json>('select seq, epoch from journal_heads where tenant_id = ?1', tenantId)
    expect([body.as_of, body.epoch]).toEqual([head?.['seq'], head?.['epoch']])
  })

  it('can be narrowed by platform, status, assignee, unread and text', async () => {
    const { get, send, say } = await setUp()
    for (const [number, name] of [
      [1, 'Олена Ковальчук'],
      [2, 'James'],
      [3, '100% sure_'],
      [4, 'Іван'],
    ] as const) {
      await say(number, number, { name })
    }
    const list = async (query: string) =>
      (await get<ConversationList>(`/conversations?${query}`)).body.items.map((item) => item.client_name)
    const [newest] = (await get<ConversationList>('/conversations')).body.items
    const assignee_id = crypto.randomUUID()
    expect((await send('PATCH', `/conversations/${newest?.id}`, { status: 'closed', assignee_id })).status).toBe(200)
    expect(await list('status=closed')).toEqual(['Іван'])
    expect(await list('status=open')).toEqual(['100% sure_', 'James', 'Олена Ковальчук'])
    expect(await list(`assignee=${assignee_id}`)).toEqual(['Іван'])
    expect((await list('assignee=none')).length).toBe(3)
    expect(await list('platform=telegram')).toEqual([])
    expect((await list('platform=whatsapp')).length).toBe(4)
    expect(await list('q=олена')).toEqual(['Олена Ковальчук'])
    expect(await list('q=ЛЕНА%20КОВ')).toEqual(['Олена Ковальчук'])
    expect(await list('q=0000002')).toEqual(['James'])
    expect(await list(`q=${encodeURIComponent('%')}`)).toEqual(['100% sure_'])
    expect(await list('q=_')).toEqual(['100% sure_'])
    const messages = (await get<MessageList>(`/conversations/${newest?.id}/messages`)).body.items
    await send('POST', `/conversations/${newest?.id}/read`, { message_id: messages[0]?.id })
    expect(await list('unread=true')).toEqual(['100% sure_', 'James', 'Олена Ковальчук'])
    expect((await list('unread=false')).length).toBe(4)
  })

  it.each([
    "' OR 1=1 --",
    '; DROP TABLE conversations',
    '%'.repeat(60),
    'foo" OR (',
    'col:x',
    '\ud800',
    'я'.repeat(5_000),
    '*',
    '\\',
  ])('takes any search text literally (%#)', async (q) => {
    const { get, say } = await setUp()
    await say(1, 1)
    const answer = await get<ConversationList>(`/conversations?q=${encodeURIComponent(q.toWellFormed())}`)
    expect(answer.status).toBe(200)
    expect(answer.body.items).toEqual([])
    expect((await get<ConversationList>('/conversations')).body.items.length).toBe(1)
  })

  it('never shows a conversation that became part of another', async () => {
    const { channel, get } = await setUp()
    const deliverFrom = (id: string, fields: Json, contact: Json) =>
      deliver(deliveryOf(change(channel.externalId, { contacts: [contact], messages: [textMessage(id, 'a', fields)] })))
    await deliverFrom('wamid.a', { from: '380509999999' }, { wa_id: '380509999999', profile: { name: 'A' } })
    const user_id = 'UA.1234567890'
    await deliverFrom('wamid.b', { from: undefined, from_user_id: user_id }, { user_id, profile: { name: 'A' } })
    expect((await get<ConversationList>('/conversations')).body.items.length).toBe(2)
    await deliverFrom('wamid.c', { from: '380509999999', from_user_id: user_id }, { wa_id: '380509999999', user_id })
    const { items } = (await get<ConversationList>('/conversations')).body
    expect(items.length).toBe(1)
    const messages = await get<MessageList>(`/conversations/${items[0]?.id}/messages`)
    expect(messages.body.items.length).toBe(3)
  })

  it.each([
    'limit=0',
    'limit=101',
    'limit=ten',
    'status=merged',
    'platform=Fax',
    'assignee=me',
    'cursor=abc',
    'cursor=W10',
    'q=a&q=b',
  ])('refuses %s', async (query) => {
    const { get } = await setUp()
    const answer = await get(`/conversations?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.body.error?.code).toMatch(/^(request|cursor)\.invalid$/)
  })
})

describe('a thread', () => {
  it('goes back in time page by page, with its files and reactions', async () => {
    const { get, say } = await setUp()
    for (let second = 1; second <= 7; second++) await say(1, Math.ceil(second / 2), { id: `wamid.${second}` })
    await say(1, 9, { id: 'wamid.r', type: 'reaction', reaction: { message_id: 'wamid.3', emoji: '👍' } })
    await say(1, 9, {
      id: 'wamid.p',
      type: 'image',
      image: { id: 'media.1', mime_type: 'image/jpeg', caption: 'Фото' },
    })
    const [conversation] = (await get<ConversationList>('/conversations')).body.items
    const path = `/conversations/${conversation?.id}/messages`
    const all = (await get<MessageList>(path)).body
    expect(MessageListShape.safeParse(all).error).toBeUndefined()
    const paged = await walk(async (before) => {
      return (await get<MessageList>(`${path}?limit=2${before === '' ? '' : `&before=${before}`}`)).body
    })
    expect(paged).toEqual(all.items)
    expect(paged.map((message) => message.external_id)).toEqual([
      'wamid.p',
      ...[7, 6, 5, 4, 3, 2, 1].map((second) => `wamid.${second}`),
    ])
    expect(paged[0]?.attachments).toMatchObject([{ type: 'image', state: 'pending', url: null }])
    expect(paged[5]?.reactions).toMatchObject([{ by: 'customer', emoji: '👍' }])
    expect(paged[4]?.reactions).toEqual([])
  })

  it('takes as many reads for two hundred messages as for one', async () => {
    const { channel, tenantId } = await setUp()
    const messages = Array.from({ length: 200 }, (_, at) => textMessage(`wamid.n.${at}`))
    await deliver(deliveryOf(change(channel.externalId, { messages })))
    const headers = bearer(await createUserToken(tenantId))
    let batches = 0
    const DB = new Proxy(env.DB, {
      get(target, property) {
        if (property === 'batch') batches += 1
        const value = Reflect.get(target, property) as unknown
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const [row] = await rowsOf<{ id: string }>('select id from conversations where tenant_id = ?1', tenantId)
    const path = `${base}/conversations/${row?.id}/messages?limit=200`
    const answer = await request<MessageList>(path, { headers }, { ...env, DB })
    expect(answer.body.items.length).toBe(200)
    expect(batches).toBe(1)
  })
})

describe('a change by the staff', () => {
  it('answers the conversation as it is now and the number of the event that told', async () => {
    const { get, send, say } = await setUp()
    await say(1, 1)
    const [conversation] = (await get<ConversationList>('/conversations')).body.items
    const path = `/conversations/${conversation?.id}`
    const closed = await send<ConversationChange>('PATCH', path, { status: 'closed' })
    expect(closed.body.conversation.status).toBe('closed')
    const page = (await get<EventPage>('/events')).body
    expect(page.events.at(-1)).toMatchObject({ type: 'conversation_updated', seq: closed.body.seq })
    expect((await send<ConversationChange>('PATCH', path, { status: 'closed' })).body.seq).toBeNull()
    expect((await send<ConversationChange>('PATCH', path, {})).status).toBe(200)
    expect((await get<{ conversation: Json }>(path)).body.conversation).toEqual(closed.body.conversation)
  })

  it('marks as read up to a message, never back', async () => {
    const { get, send, say } = await setUp()
    for (let second = 1; second <= 3; second++) await say(1, second)
    const [conversation] = (await get<ConversationList>('/conversations')).body.items
    const [third, second] = (await get<MessageList>(`/conversations/${conversation?.id}/messages`)).body.items
    const read = (message_id: unknown) =>
      send<ConversationChange>('POST', `/conversations/${conversation?.id}/read`, { message_id })
    expect((await read(second?.id)).body.conversation.unread_count).toBe(1)
    expect((await read(third?.id)).body.conversation.unread_count).toBe(0)
    const back = await read(second?.id)
    expect([back.body.conversation.unread_count, back.body.seq]).toEqual([0, null])
    const missing = await read(crypto.randomUUID())
    expect([missing.status, missing.body.error?.code]).toEqual([404, 'message.not_found'])
  })

  it.each([
    { tenant_id: crypto.randomUUID() },
    { status: 'merged' },
    { unread_count: 0 },
    { client_name: 'x' },
    { assignee_id: 'me' },
    { status: 'closed', role: 'admin' },
  ])('takes no field that is not its own (%#)', async (body) => {
    const { get, send, say } = await setUp()
    await say(1, 1)
    const [before] = (await get<ConversationList>('/conversations')).body.items
    expect((await send('PATCH', `/conversations/${before?.id}`, body)).status).toBe(400)
    expect((await get<ConversationList>('/conversations')).body.items).toEqual([before])
  })
})

describe('the journal', () => {
  it('is read in order, page by page, to the head', async () => {
    const { get, say } = await setUp()
    for (let second = 1; second <= 5; second++) await say(1, second)
    const whole = (await get<EventPage>('/events?since=0')).body
    expect(EventPageShape.safeParse(whole).error).toBeUndefined()
    expect(whole.more).toBe(false)
    expect(whole.events.map((event) => event.seq)).toEqual(whole.events.map((_, at) => at + 1))
    const paged: EventPage['events'] = []
    for (let since = 0, more = true; more;) {
      const page = (await get<EventPage>(`/events?since=${since}&limit=2`)).body
      paged.push(...page.events)
      since = page.seq
      more = page.more
    }
    expect(paged).toEqual(whole.events)
  })

  it('has nothing past its head, and says where that is', async () => {
    const { get, say } = await setUp()
    expect((await get<EventPage>('/events')).body).toMatchObject({ events: [], seq: 0, more: false, epoch: 'e1' })
    await say(1, 1)
    const { seq } = (await get<EventPage>('/events')).body
    for (const since of [seq, seq + 100, 2 ** 52]) {
      expect((await get<EventPage>(`/events?since=${since}`)).body).toEqual({
        events: [],
        seq,
        epoch: 'e1',
        more: false,
      })
    }
  })

  it('keeps what is a notification to itself, and moves on over it', async () => {
    const { tenantId, get, say } = await setUp()
    await say(1, 1)
    const { seq } = (await get<EventPage>('/events')).body
    const frame = { type: 'notification', seq: seq + 1, notification: { kind: 'test', to: [crypto.randomUUID()] } }
    await env.DB.batch([
      env.DB.prepare(
        `insert into journal_events (tenant_id, seq, key, type, data, created_at)
           values (?1, cast(?2 as integer), 'notice:test', 'notification', ?3, 0)`,
      ).bind(tenantId, seq + 1, JSON.stringify(frame)),
      env.DB.prepare('update journal_heads set seq = seq + 1 where tenant_id = ?1').bind(tenantId),
    ])
    const page = (await get<EventPage>(`/events?since=${seq}`)).body
    expect(page).toEqual({ events: [], seq: seq + 1, epoch: 'e1', more: false })
  })

  it.each(['since=-1', 'since=1.5', 'since=x', 'limit=0', 'limit=1001', `since=${2 ** 60}`])(
    'refuses %s',
    async (query) => {
      const { get } = await setUp()
      expect((await get(`/events?${query}`)).status).toBe(400)
    },
  )
})

describe('the channels', () => {
  it('come with their health, idle before the first delivery', async () => {
    const { tenantId, channel, get, say } = await setUp()
    await createChannel(tenantId, 'telegram')
    await say(1, 1)
    const { body } = await get<ChannelList>('/channels')
    expect(ChannelListShape.safeParse(body).error).toBeUndefined()
    const states = Object.fromEntries(body.items.map((item) => [item.platform, item.health.state]))
    expect(states).toEqual({ whatsapp: 'ok', telegram: 'idle' })
    expect(body.items.find((item) => item.id === channel.id)?.health.last_inbound_at).not.toBeNull()
    expect(JSON.stringify(body)).not.toMatch(/sealed|credential/i)
  })
})

describe('another tenant', () => {
  it('finds none of these routes open to it, with the same answer as for what does not exist', async () => {
    const [own, other] = [await setUp(), await setUp()]
    await own.say(1, 1)
    await other.say(2, 2)
    const [foreign] = (await own.get<ConversationList>('/conversations')).body.items
    const [message] = (await own.get<MessageList>(`/conversations/${foreign?.id}/messages`)).body.items
    const [mine] = (await other.get<ConversationList>('/conversations')).body.items
    const before = await own.get('/conversations')
    const bodies: Record<string, unknown> = {
      'PATCH /conversations/:id': { status: 'closed' },
      'POST /conversations/:id/read': { message_id: message?.id },
      'POST /conversations/:id/messages': { client_message_id: 'x', content: 'x' },
      'POST /conversations/:id/notes': { client_note_id: 'x', text: 'x' },
      'POST /messages/:id/reaction': { emoji: '👍' },
    }
    const codes: Record<string, string> = {
      'GET /channels/:id/templates': 'channel.not_found',
      'GET /messages/:id/html': 'message.not_found',
      'GET /messages/:id/raw': 'message.not_found',
      'POST /messages/:id/reaction': 'message.not_found',
      'POST /messages/:id/retry': 'message.not_found',
    }
    // Files have a test of their own.
    const routes = app.routes
      .filter(({ method, path }) => path.startsWith(base) && path.includes('/:id') && method !== 'ALL')
      .filter(({ path }) => !path.startsWith(`${base}/attachments/`))
      .map(({ method, path }) => ({ method, path: path.slice(base.length) }))
    const seen = new Set(routes.map(({ method, path }) => `${method} ${path}`))
    expect([...seen].sort()).toEqual([
      'GET /channels/:id/templates',
      'GET /conversations/:id',
      'GET /conversations/:id/messages',
      'GET /conversations/:id/notes',
      'GET /conversations/:id/picture',
      'GET /messages/:id/html',
      'GET /messages/:id/raw',
      'PATCH /conversations/:id',
      'POST /conversations/:id/messages',
      'POST /conversations/:id/notes',
      'POST /conversations/:id/read',
      'POST /conversations/:id/typing',
      'POST /messages/:id/reaction',
      'POST /messages/:id/retry',
    ])
    for (const route of seen) {
      const [method = '', path = ''] = route.split(' ')
      const call = (id: string) => {
        const to = path.replace(':id', id)
        return method === 'GET' ? other.get(to) : other.send(method, to, bodies[route])
      }
      const ids: Record<string, string | undefined> = { messages: message?.id, channels: own.channel.id }
      const answer = await call(ids[path.split('/')[1] ?? ''] ?? foreign?.id ?? '')
      const code = codes[route] ?? 'conversation.not_found'
      expect([route, answer.status, answer.body.error?.code]).toEqual([route, 404, code])
      for (const id of [crypto.randomUUID(), 'nonsense', '..%2F..', '%00'])
        expect([route, (await call(id)).text]).toEqual([route, answer.text])
    }
    const read = await other.send('POST', `/conversations/${mine?.id}/read`, { message_id: message?.id })
    expect([read.status, read.body.error?.code]).toEqual([404, 'message.not_found'])
    expect((await own.get('/conversations')).text).toBe(before.text)
    const events = (await other.get<EventPage>('/events')).text
    const channels = (await other.get('/channels')).text
    for (const secret of [foreign?.id, own.channel.id, own.channel.externalId]) {
      expect(events + channels).not.toContain(secret)
    }
  })
})

describe('callers', () => {
  it.each(['/conversations', '/conversations/x', '/conversations/x/messages', '/events', '/channels'])(
    'of %s are users and nobody else',
    async (path) => {
      const tenantId = await createTenant()
      const key = await createServiceKey(tenantId, ['ingest', 'tokens', 'notifications'])
      for (const headers of [{}, bearer(key), bearer('dev-admin-token')]) {
        expect((await request(base + path, { headers })).status).toBe(401)
      }
    },
  )
})
