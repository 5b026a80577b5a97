import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addAdapter } from '../../src/channels/registry.ts'
import { app } from '../../src/http/app.ts'
import { type Json, type TestTenant, type TestUser, admin, call, newTenant, newUser } from '../worker/api.ts'
import { deliver, freshNumber } from '../worker/inbox.ts'
import { follow } from '../worker/socket.ts'
import { loftUrl, pigeon } from './pigeon.ts'

const base = '/api/v1/communications'

type Sent = { url: string; authorization: string | null; letter: unknown }

let tenant: TestTenant
let user: TestUser
const sent: Sent[] = []

beforeAll(async () => {
  tenant = await newTenant()
  user = await newUser(tenant)
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    if (!request.url.startsWith(loftUrl)) return new Response(null, { status: 599 })
    const authorization = request.headers.get('authorization')
    sent.push({ url: request.url, authorization, letter: await request.json() })
    return Response.json({ ring: `ring-${sent.length}` })
  })
})
afterAll(() => {
  vi.unstubAllGlobals()
})

const connect = (fields: Json = {}) =>
  admin(`/tenants/${tenant.id}/channels`, {
    json: { platform: 'pigeon', external_id: freshNumber(), name: 'The loft', ...fields },
  })
const broadcast = (loft: string, fields: Json = {}) =>
  call(`${base}/broadcast-message`, {
    bearer: tenant.key,
    json: {
      channel: { platform: 'pigeon', external_id: loft },
      conversation: { external_id: 'Olena@Roof.Example' },
      message: { external_id: crypto.randomUUID(), direction: 'inbound', content: 'Coo', created_at: now() },
      ...fields,
    },
  })
const now = () => new Date().toISOString()
const read = (path: string) => call(`${base}${path}`, { bearer: user.token })
const first = ({ json }: { json: Json }): Json => (json['items'] as Json[])[0] ?? {}

async function listen() {
  const headers = { upgrade: 'websocket', authorization: `Bearer ${user.token}` }
  const request = new Request(`http://localhost${base}/ws/${user.id}`, { headers })
  const { webSocket } = await app.fetch(request, env, createExecutionContext())
  if (webSocket === null) throw new Error('no socket')
  const client = follow(webSocket)
  await client.waitFor(({ type }) => type === 'ready')
  return client
}

describe('a platform that is not in the registry', () => {
  it('is refused wherever something would be made of it', async () => {
    const refused = [await connect(), await broadcast('1')]
    for (const { status, code } of refused) expect([status, code]).toEqual([422, 'platform.unknown'])
    expect((await connect({ platform: 'Carrier pigeon' })).code).toBe('request.invalid')
    expect((await deliver({}, { platform: 'pigeon' })).status).toBe(404)
    const item = { channel: { platform: 'pigeon', external_id: '1' }, message: { external_id: '1' } }
    const deletion = { ...item, kind: 'delete', message: { external_id: '1', deleted_at: now() } }
    const among = await call(`${base}/broadcast-message`, { bearer: tenant.key, json: { items: [deletion] } })
    expect([among.status, first(among)['error']]).toMatchObject([200, { code: 'platform.unknown' }])
  })

  it('is a filter that finds nothing', async () => {
    const { status, json } = await read('/conversations?platform=pigeon')
    expect([status, json['items']]).toEqual([200, []])
  })
})

describe('a platform that is a folder and one line of the registry', () => {
  beforeAll(() => addAdapter(pigeon))

  it('has a name of its own', () => {
    expect(() => addAdapter(pigeon)).toThrow('two adapters for pigeon')
    expect(() => addAdapter({ ...pigeon, platform: 'Carrier pigeon' })).toThrow()
  })

  it('brings messages to the reader and takes replies back, like the built-in ones', async () => {
    const created = await connect({ credentials: { whistle: 'three notes' } })
    expect(created.status).toBe(201)
    const loft = String((created.json['channel'] as Json)['external_id'])
    const socket = await listen()

    const letter = { id: 'letter-1', from: 'olena@roof.example', name: 'Олена', text: 'Добрий день', at: Date.now() }
    const delivery = { loft, letters: [letter, { id: 'no letter' }] }
    expect((await deliver(delivery, { platform: 'pigeon', secret: 'wrong' })).status).toBe(401)
    expect((await deliver(delivery, { platform: 'pigeon' })).body).toEqual({ received: 2 })

    const frame = await socket.waitFor(({ type }) => type === 'new_message')
    const expected = { platform: 'pigeon', external_id: 'olena@roof.example', client_name: 'Олена' }
    expect(frame).toMatchObject({ message: { content: 'Добрий день' }, conversation: expected })
    const conversation = first(await read('/conversations?platform=pigeon'))
    expect(conversation).toMatchObject({ ...expected, id: frame['conversation_id'], can_reply_until: null })
    const thread = `/conversations/${String(conversation['id'])}/messages`
    expect(first(await read(thread))).toMatchObject({ content: 'Добрий день', external_id: 'letter-1' })
    expect(first(await read('/channels'))).toMatchObject({ platform: 'pigeon', reply_rules: { text: 40 } })
    expect(first(await admin(`/tenants/${tenant.id}/quarantine`))).toMatchObject({
      platform: 'pigeon',
      reason: 'pigeon.letter_malformed',
    })

    const reply = (content: string) =>
      call(`${base}${thread}`, { bearer: user.token, json: { client_message_id: crypto.randomUUID(), content } })
    expect((await reply('x'.repeat(41))).code).toBe('message.too_long')
    const answer = await reply('Від 300 грн.')
    expect(answer.status).toBe(202)
    const { id } = answer.json['message'] as Json
    const told = await socket.waitFor(({ type }) => type === 'message_updated')
    expect(told).toMatchObject({ message: { id, status: 'sent', external_id: 'ring-1' } })
    expect(sent).toEqual([
      {
        url: `${loftUrl}/${loft}/letters`,
        authorization: 'Bearer three notes',
        letter: { to: 'olena@roof.example', text: 'Від 300 грн.', reference: id },
      },
    ])
    expect(first(await read(thread))).toMatchObject({ id, status: 'sent', external_id: 'ring-1' })
    socket.ws.close()
  })

  it('meets in one contact what webhooks and the companion bring', async () => {
    const loft = String(((await connect()).json['channel'] as Json)['external_id'])
    const letter = { id: 'letter-2', from: 'Olena@roof.example', name: 'Олена', text: 'Один', at: Date.now() }
    await deliver({ loft, letters: [letter] }, { platform: 'pigeon' })
    const brought = await broadcast(loft)
    expect(brought.status).toBe(200)
    const { json } = await read(`/conversations/${String(brought.json['conversation_id'])}/messages`)
    const contents = (json['items'] as Json[]).map(({ content }) => content)
    expect(contents).toHaveLength(2)
    expect(new Set(contents)).toEqual(new Set(['Coo', 'Один']))
  })
})
