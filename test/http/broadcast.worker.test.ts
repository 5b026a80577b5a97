import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { BroadcastResult } from '../../src/protocol/api.ts'
import {
  type Answer,
  type ErrorAnswer,
  bearer,
  createChannel,
  createServiceKey,
  createUserToken,
  deliver,
  request,
  textDelivery,
} from '../worker/inbox.ts'
import { countOf, createTenant, rowsOf } from '../worker/tenant.ts'

const path = '/api/v1/communications/broadcast-message'

type Fields = Record<string, unknown>
type Single = BroadcastResult & Partial<ErrorAnswer>

async function setUp(platform: 'telegram' | 'whatsapp' | 'email' = 'telegram') {
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId, platform)
  const key = await createServiceKey(tenantId)
  const of = { platform, external_id: channel.externalId }
  const post = <Body = Single>(body: unknown): Promise<Answer<Body>> =>
    request<Body>(path, { method: 'POST', body: JSON.stringify(body), headers: bearer(key) })
  const message = (externalId: string, fields: Fields = {}) => ({
    channel: of,
    conversation: { external_id: '610000001', client_name: 'Дарина' },
    message: {
      external_id: externalId,
      direction: 'inbound',
      content: 'Привіт',
      created_at: '2026-01-22T10:00:00Z',
      ...fields,
    },
  })
  return { tenantId, channel, of, key, post, message }
}

async function upload(key: string, body: BodyInit | null, headers: Record<string, string> = {}) {
  const init = { method: 'POST', body, headers: { ...bearer(key), ...headers } }
  return request<{ upload_id: string } & Partial<ErrorAnswer>>('/api/v1/communications/uploads', init)
}

describe('who may broadcast', () => {
  it('is whoever has a service key with the scope, in the header', async () => {
    const { tenantId, key, message, post } = await setUp()
    const body = JSON.stringify(message('1'))
    const call = async (headers: Record<string, string>, suffix = '') =>
      (await request(path + suffix, { method: 'POST', body, headers })).status
    expect(await call({})).toBe(401)
    expect(await call({ authorization: 'Bearer ' })).toBe(401)
    expect(await call(bearer(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`))).toBe(401)
    expect(await call(bearer(await createUserToken(tenantId)))).toBe(401)
    expect(await call({}, `?key=${key}&access_token=${key}`)).toBe(401)
    expect(await call(bearer(await createServiceKey(tenantId, ['tokens'])))).toBe(403)
    expect(await countOf('messages', tenantId)).toBe(0)
    expect((await post(message('1'))).status).toBe(200)
  })

  it('reaches the channels of its own tenant only, and does not learn of others', async () => {
    const [own, other] = [await setUp(), await setUp()]
    const foreign = await own.post({ ...own.message('1'), channel: other.of })
    const missing = await own.post({ ...own.message('1'), channel: { platform: 'telegram', external_id: 'nobody' } })
    expect([foreign.status, foreign.body.error?.code]).toEqual([404, 'channel.not_found'])
    expect(foreign.text).toBe(missing.text)
    expect(await countOf('messages', other.tenantId)).toBe(0)
  })
})

describe('a broadcast message', () => {
  it('is stored once and answered with its ids and its place in the journal', async () => {
    const { tenantId, post, message } = await setUp()
    const first = await post(message('1'))
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ duplicate: false, seq: 1 })
    const again = await post(message('1'))
    expect(again.body).toEqual({ ...first.body, duplicate: true })
    const rows = await rowsOf<Fields>('select id, content, type from messages where tenant_id = ?1', tenantId)
    expect(rows).toEqual([{ id: first.body.message_id, content: 'Привіт', type: 'text' }])
    const known = await rowsOf('select id, external_id, client_name from conversations where tenant_id = ?1', tenantId)
    expect(known).toEqual([{ id: first.body.conversation_id, external_id: '610000001', client_name: 'Дарина' }])
  })

  it('makes one message and one number of fifty simultaneous copies', async () => {
    const { tenantId, post, message } = await setUp()
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(message('1'))))
    expect(new Set(answers.map((answer) => answer.body.seq)).size).toBe(1)
    expect(answers.filter((answer) => !answer.body.duplicate).length).toBe(1)
    expect(await countOf('messages', tenantId)).toBe(1)
  })

  it('of WhatsApp meets the contact of the webhooks', async () => {
    const { tenantId, channel, post, message } = await setUp('whatsapp')
    await deliver(textDelivery(channel.externalId, 'wamid.webhook'))
    const conversation = { external_id: '+380501112233', client_name: 'Олена' }
    expect((await post({ ...message('wamid.own'), conversation })).status).toBe(200)
    expect(await countOf('conversations', tenantId)).toBe(1)
  })

  it('that is invalid alone is refused, saying where', async () => {
    const { post, message } = await setUp()
    const cases: [Fields, string][] = [
      [message('1', { created_at: 'yesterday' }), 'message.created_at'],
      [message('', {}), 'message.external_id'],
      [message('1', { external_id: 12345678901234567890 }), 'message.external_id'],
      [message('a\u0000b'), 'message.external_id'],
      [message('a\ud800'), 'message.external_id'],
      [message('1', { details: { blob: 'x'.repeat(70_000) } }), 'message.details'],
      [message('1', { direction: 'sideways' }), 'message.direction'],
    ]
    for (const [body, field] of cases) {
      const answer = await post(body)
      expect([answer.status, answer.body.error?.code]).toEqual([400, 'item.invalid'])
      expect(answer.body.error?.message).toContain(field)
    }
  })

  it.each([['{'], ['[1]'], ['"text"'], ['null'], ['{"items":7}'], ['['.repeat(5_000)], ['']])(
    'that is no broadcast at all is a 400 (%#)',
    async (body) => {
      const { key } = await setUp()
      const answer = await request<ErrorAnswer>(path, { method: 'POST', body, headers: bearer(key) })
      expect(answer.status).toBe(400)
      expect(answer.body.error.code).toMatch(/^(request|item)\.invalid$/)
    },
  )

  it('leaves no trace of __proto__ and keeps its details clean', async () => {
    const { tenantId, key, message } = await setUp()
    const body = JSON.stringify(
      message('1', { details: { note: 'a\u0000b\ud800', nested: [{ deep: 'c\u0000' }] } }),
    ).replace('"details":{', '"details":{"__proto__":{"isAdmin":true},')
    expect((await request(path, { method: 'POST', body, headers: bearer(key) })).status).toBe(200)
    expect(({} as Fields)['isAdmin']).toBeUndefined()
    const rows = await rowsOf<{ details: string }>('select details from messages where tenant_id = ?1', tenantId)
    expect(JSON.parse(rows[0]?.details ?? '')).toMatchObject({ note: 'ab\ufffd', nested: [{ deep: 'c' }] })
  })

  it('over 4 MiB or encoded is refused', async () => {
    const { key } = await setUp()
    const large = { method: 'POST', body: `"${'x'.repeat(4 * 1024 * 1024)}"`, headers: bearer(key) }
    expect((await request(path, large)).status).toBe(413)
    const encoded = { method: 'POST', body: '{}', headers: { ...bearer(key), 'content-encoding': 'gzip' } }
    expect((await request(path, encoded)).status).toBe(415)
  })

  it('is never later than now, and no clock moves its place in the journal', async () => {
    const { tenantId, post, message } = await setUp()
    const day = 86_400_000
    const at = (offset: number) => new Date(Date.now() + offset).toISOString()
    const sent = [at(day), at(-day), '9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z', at(0)]
    for (const [n, created_at] of sent.entries()) {
      expect([created_at, (await post(message(`clock${n}`, { created_at }))).status]).toEqual([created_at, 200])
    }
    const rows = await rowsOf<{ external_id: string; created_at: number }>(
      'select external_id, created_at from messages where tenant_id = ?1 order by seq',
      tenantId,
    )
    expect(rows.map((row) => row.external_id)).toEqual(['clock0', 'clock1', 'clock2', 'clock3', 'clock4'])
    const ages = rows.map((row) => Date.now() - row.created_at)
    expect(ages.every((age) => age >= 0 && age < day + 60_000)).toBe(true)
    expect(ages.filter((age) => age > 60_000)).toHaveLength(1)
    for (const created_at of [1_764_000_000, 1e308, 'Infinity', '1764000000', '+010000-01-01T00:00:00Z', null]) {
      expect([created_at, (await post(message('no', { created_at }))).status]).toEqual([created_at, 400])
    }
  })

  it('keeps a long text whole as a file beside it, however often it comes', async () => {
    const { tenantId, post, message } = await setUp()
    const content = '😀я'.repeat(20_000)
    for (let i = 0; i < 2; i++) expect((await post(message('long', { content }))).status).toBe(200)
    const rows = await rowsOf<{ content: string }>('select content from messages where tenant_id = ?1', tenantId)
    const kept = rows[0]?.content ?? ''
    expect(content.startsWith(kept)).toBe(true)
    expect(kept.isWellFormed()).toBe(true)
    const bytes = new TextEncoder().encode(kept).length
    expect(bytes).toBeLessThanOrEqual(65_536)
    expect(bytes).toBeGreaterThan(65_530)
    const files = await rowsOf<{ object_key: string; filename: string; state: string }>(
      'select object_key, filename, state from attachments where tenant_id = ?1',
      tenantId,
    )
    expect(files).toMatchObject([{ filename: 'message.txt', state: 'ready' }])
    expect(files[0]?.object_key).toMatch(new RegExp(`^t/${tenantId}/[0-9a-f-]{36}$`))
    expect(await (await env.BUCKET.get(files[0]?.object_key ?? ''))?.text()).toBe(content)
    expect((await env.BUCKET.list({ prefix: `t/${tenantId}/` })).objects.length).toBe(1)
  })
})

describe('other things that happen to a message', () => {
  it('ride the same endpoint, before the message or after it', async () => {
    const { tenantId, of, post, message } = await setUp()
    const at = '2026-01-22T11:00:00Z'
    const edit = { kind: 'edit', channel: of, message: { external_id: '1', content: 'новий', edited_at: at } }
    const reaction = { kind: 'reaction', channel: of, message: { external_id: '1' }, reaction: { emoji: '👍', at } }
    expect((await post(edit)).body).toMatchObject({ parked: true, duplicate: false, seq: null })
    const stored = await post(message('1'))
    expect((await post(reaction)).body).toMatchObject({ message_id: stored.body.message_id, duplicate: false })
    expect((await post(reaction)).body).toMatchObject({ duplicate: true })
    const rows = () => rowsOf<Fields>('select content, deleted_at from messages where tenant_id = ?1', tenantId)
    expect(await rows()).toEqual([{ content: 'новий', deleted_at: null }])
    await post({ kind: 'delete', channel: of, message: { external_id: '1', deleted_at: at } })
    expect(await rows()).toEqual([{ content: '', deleted_at: Date.parse(at) }])
  })
})

describe('several items', () => {
  it('have a result each, and a bad one costs the others nothing', async () => {
    const { tenantId, of, post, message } = await setUp()
    const items = [
      message('1'),
      message('2', { direction: 'sideways' }),
      { ...message('3'), channel: { ...of, external_id: 'nobody' } },
      message('4', { attachments: [{ upload_id: crypto.randomUUID() }] }),
      'nonsense',
      message('1'),
      message('6'),
    ]
    const answer = await post<{ items: BroadcastResult[] }>({ items })
    expect(answer.status).toBe(200)
    const outcomes = answer.body.items.map((item) => item.error?.code ?? (item.duplicate ? 'duplicate' : 'stored'))
    expect(outcomes).toEqual([
      'stored',
      'item.invalid',
      'channel.not_found',
      'upload.not_found',
      'item.invalid',
      'duplicate',
      'stored',
    ])
    expect(await countOf('messages', tenantId)).toBe(2)
  })

  it('are five hundred at most', async () => {
    const { tenantId, post, message } = await setUp()
    const items = Array.from({ length: 500 }, (_, at) => message(String(at + 1)))
    expect((await post({ items })).status).toBe(200)
    expect(await countOf('messages', tenantId)).toBe(500)
    expect((await post({ items: [...items, message('501')] })).status).toBe(400)
    expect((await post<Fields>({ items: [] })).body).toEqual({ items: [] })
  })

  it('are none of them answered when they cannot be stored', async () => {
    const { key, message } = await setUp()
    const away = { idFromName: () => ({}), get: () => ({ receive: () => Promise.reject(new Error('away')) }) }
    const init = { method: 'POST', body: JSON.stringify({ items: [message('1')] }), headers: bearer(key) }
    expect((await request(path, init, { ...env, HUB: away } as unknown as Env)).status).toBe(503)
  })
})

describe('an upload', () => {
  it('becomes the attachment of a message, by what it was declared to be', async () => {
    const { tenantId, key, post, message } = await setUp()
    const picture = await upload(key, new Uint8Array([1, 2, 3]), { 'content-length': '3', 'content-type': 'image/png' })
    const drawing = await upload(key, '<svg/>', { 'content-length': '6', 'content-type': 'image/svg+xml' })
    expect([picture.status, drawing.status]).toEqual([201, 201])
    const attachments = [
      { upload_id: picture.body.upload_id, filename: '../../evil\u0000.png' },
      { upload_id: drawing.body.upload_id },
    ]
    expect((await post(message('1', { type: 'image', attachments }))).status).toBe(200)
    const files = await rowsOf<{ object_key: string }>(
      'select type, mime_type, size, filename, state, object_key from attachments where tenant_id = ?1 order by position',
      tenantId,
    )
    expect(files).toMatchObject([
      { type: 'image', mime_type: 'image/png', size: 3, filename: '../../evil.png', state: 'ready' },
      { type: 'document', mime_type: 'image/svg+xml', size: 6, filename: null },
    ])
    for (const { object_key } of files) expect(object_key).toMatch(new RegExp(`^t/${tenantId}/[0-9a-f-]{36}$`))
  })

  it('of another tenant is not found', async () => {
    const [own, other] = [await setUp(), await setUp()]
    const { body } = await upload(other.key, 'abc', { 'content-length': '3' })
    const answer = await own.post(own.message('1', { attachments: [{ upload_id: body.upload_id }] }))
    expect([answer.status, answer.body.error?.code]).toEqual([404, 'upload.not_found'])
  })

  it('needs a length that is true and not too large', async () => {
    const { tenantId, key } = await setUp()
    const call = async (body: BodyInit | null, headers: Record<string, string>) =>
      (await upload(key, body, headers)).status
    const stream = () => new Blob(['abcde']).stream()
    expect(await call(stream(), {})).toBe(411)
    expect(await call('abc', { 'content-length': 'three' })).toBe(411)
    expect(await call('abc', { 'content-length': '104857601' })).toBe(413)
    expect(await call(stream(), { 'content-length': '3' })).toBe(400)
    expect(await call(stream(), { 'content-length': '7' })).toBe(400)
    expect(await call('abc', { 'content-length': '3', 'content-encoding': 'gzip' })).toBe(415)
    expect(await countOf('uploads', tenantId)).toBe(0)
    expect((await env.BUCKET.list({ prefix: `t/${tenantId}/` })).objects).toEqual([])
    expect(await call(null, { 'content-length': '0' })).toBe(201)
  })

  it('needs a key with the scope', async () => {
    const tenantId = await createTenant()
    expect((await request('/api/v1/communications/uploads', { method: 'POST', body: 'abc' })).status).toBe(401)
    expect((await upload(await createServiceKey(tenantId, ['tokens']), 'abc', { 'content-length': '3' })).status).toBe(
      403,
    )
  })
})
