import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  bearer,
  createChannel,
  createServiceKey,
  createUserToken,
  deliver,
  deliveryOf,
  change,
  request,
} from '../worker/inbox.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'

const base = '/api/v1/communications'

/** A message with one file, sent as a companion does. */
async function withFile(content: string, type: string, filename: string) {
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId, 'telegram')
  const key = await createServiceKey(tenantId)
  const headers = { ...bearer(key), 'content-type': type, 'content-length': String(content.length) }
  const uploaded = await request<{ upload_id: string }>(`${base}/uploads`, { method: 'POST', body: content, headers })
  const message = {
    external_id: '1',
    direction: 'inbound',
    type: 'document',
    created_at: '2026-01-22T10:00:00Z',
    attachments: [{ upload_id: uploaded.body.upload_id, filename }],
  }
  const item = {
    channel: { platform: 'telegram', external_id: channel.externalId },
    conversation: { external_id: '7' },
    message,
  }
  await request(`${base}/broadcast-message`, { method: 'POST', body: JSON.stringify(item), headers: bearer(key) })
  const [row] = await rowsOf<{ id: string; object_key: string }>(
    'select id, object_key from attachments where tenant_id = ?1',
    tenantId,
  )
  const reader = bearer(await createUserToken(tenantId))
  const read = (range?: string) =>
    request(`${base}/attachments/${row?.id ?? ''}`, {
      headers: { ...reader, ...(range === undefined ? {} : { range }) },
    })
  return {
    tenantId,
    reader,
    read,
    path: `${base}/attachments/${row?.id ?? ''}`,
    objectKey: row?.object_key ?? '',
    key,
    item,
  }
}

/** A picture that WhatsApp has named and nobody has fetched: the channel has no token. */
async function announced() {
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId, 'whatsapp')
  const image = {
    from: '380501112233',
    id: 'wamid.img',
    timestamp: '1764000000',
    type: 'image',
    image: { id: '99', mime_type: 'image/jpeg' },
  }
  await deliver(deliveryOf(change(channel.externalId, { messages: [image] })))
  const [row] = await rowsOf<{ id: string }>('select id from attachments where tenant_id = ?1', tenantId)
  const reader = bearer(await createUserToken(tenantId))
  const jobs = () => rowsOf<{ state: string }>('select state from jobs where tenant_id = ?1', tenantId)
  return { tenantId, channel, reader, id: row?.id ?? '', jobs }
}

describe('a file of a message', () => {
  it('is read whole, with headers that let it do nothing', async () => {
    const { read } = await withFile('<script>alert(1)</script>', 'text/html', 'invoice.html')
    const { status, text, headers } = await read()
    expect([status, text]).toEqual([200, '<script>alert(1)</script>'])
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="invoice.html"; filename*=UTF-8''invoice.html`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  it('is read in parts', async () => {
    const { read } = await withFile('0123456789', 'video/mp4', 'a.mp4')
    const part = await read('bytes=2-4')
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10'])
    const end = await read('bytes=-3')
    expect([end.status, end.text, end.headers.get('content-range')]).toEqual([206, '789', 'bytes 7-9/10'])
    const rest = await read('bytes=8-')
    expect([rest.status, rest.text]).toEqual([206, '89'])
    expect((await read('bytes=50-60')).status).toBe(416)
    expect((await read('lines=1-2')).text).toBe('0123456789')
  })

  it('is nobody’s but its tenant’s', async () => {
    const { path } = await withFile('secret', 'text/plain', 'a.txt')
    const stranger = bearer(await createUserToken(await createTenant()))
    expect((await request(path, { headers: stranger })).status).toBe(404)
    expect((await request(path)).status).toBe(401)
    expect((await request(`${base}/attachments/${crypto.randomUUID()}`, { headers: stranger })).status).toBe(404)
    expect((await request(`${base}/attachments/..%2f..%2fx`, { headers: stranger })).status).toBe(400)
  })

  it('is gone for good when its message is taken back', async () => {
    const { read, key, item, objectKey } = await withFile('gone soon', 'text/plain', 'a.txt')
    const deletion = {
      kind: 'delete',
      channel: item.channel,
      message: { external_id: '1', deleted_at: new Date().toISOString() },
    }
    await request(`${base}/broadcast-message`, { method: 'POST', body: JSON.stringify(deletion), headers: bearer(key) })
    expect((await read()).body).toMatchObject({ error: { code: 'attachment.not_ready' } })
    await expect.poll(() => env.BUCKET.head(objectKey)).toBeNull()
  })

  it('that was only announced says so', async () => {
    const { reader, id } = await announced()
    const { status, body } = await request(`${base}/attachments/${id}`, { headers: reader })
    expect([status, body]).toEqual([
      409,
      { error: { code: 'attachment.not_ready', message: expect.stringContaining('pending') as string } },
    ])
  })
})

describe('a file that could not be fetched', () => {
  /** As if every attempt had failed. */
  async function givenUp() {
    const file = await announced()
    await env.DB.batch([
      env.DB.prepare(`update attachments set state = 'failed' where tenant_id = ?1`).bind(file.tenantId),
      env.DB.prepare(`update jobs set state = 'failed' where tenant_id = ?1`).bind(file.tenantId),
    ])
    const retry = (headers: Record<string, string> = file.reader) =>
      request<{ seq: number | null }>(`${base}/attachments/${file.id}/retry`, { method: 'POST', headers })
    return { ...file, retry }
  }
  const stateOf = async (tenantId: string) =>
    (await rowsOf<{ state: string }>('select state from attachments where tenant_id = ?1', tenantId))[0]?.state

  it('is fetched again by hand, and its message shows that', async () => {
    const { tenantId, retry, jobs } = await givenUp()
    const { status, body } = await retry()
    expect([status, await stateOf(tenantId)]).toEqual([202, 'pending'])
    expect(await jobs()).toHaveLength(2)
    const updates = await rowsOf<{ seq: number }>(
      `select seq from journal_events where tenant_id = ?1 and type = 'message_updated' order by seq desc`,
      tenantId,
    )
    expect(updates[0]?.seq).toBe(body.seq)
  })

  it('is fetched once, however often somebody asks', async () => {
    const { retry, jobs } = await givenUp()
    const answers = await Promise.all(Array.from({ length: 8 }, () => retry()))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 202))
    expect(answers.filter(({ body }) => body.seq !== null)).toHaveLength(1)
    expect(await jobs()).toHaveLength(2)
  })

  it('is nobody’s to fetch but its tenant’s', async () => {
    const { tenantId, retry } = await givenUp()
    expect((await retry(bearer(await createUserToken(await createTenant())))).status).toBe(404)
    expect((await retry({})).status).toBe(401)
    expect(await stateOf(tenantId)).toBe('failed')
  })

  it('cannot be fetched when nothing says where it was, or when it is there', async () => {
    const { tenantId, retry } = await givenUp()
    await env.DB.prepare('update attachments set media_id = null where tenant_id = ?1').bind(tenantId).run()
    expect((await retry()).body).toMatchObject({ error: { code: 'attachment.not_retryable' } })
    const { path, reader } = await withFile('here', 'text/plain', 'a.txt')
    const ready = await request(`${path}/retry`, { method: 'POST', headers: reader })
    expect([ready.status, ready.body]).toMatchObject([409, { error: { code: 'attachment.ready' } }])
  })
})

describe("a customer's picture", () => {
  it('that is not there says so', async () => {
    const { tenantId, reader } = await withFile('x', 'text/plain', 'a.txt')
    const [row] = await rowsOf<{ id: string }>('select id from conversations where tenant_id = ?1', tenantId)
    const none = await request(`${base}/conversations/${row?.id ?? ''}/picture`, { headers: reader })
    expect(none.body).toMatchObject({ error: { code: 'picture.not_found' } })
    const nowhere = await request(`${base}/conversations/${crypto.randomUUID()}/picture`, { headers: reader })
    expect(nowhere.body).toMatchObject({ error: { code: 'conversation.not_found' } })
  })
})
