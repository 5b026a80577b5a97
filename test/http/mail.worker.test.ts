import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { receive } from '../../src/hub/call-hub.ts'
import { message } from '../ingest/builders.ts'
import {
  type ErrorAnswer,
  bearer,
  createChannel,
  createServiceKey,
  createUserToken,
  freshNumber,
  request,
} from '../worker/inbox.ts'
import { deliverMail, mailText, objectsOf, richMail, storedMails } from '../worker/mail.ts'
import { createTenant } from '../worker/tenant.ts'

async function mailbox() {
  const tenantId = await createTenant()
  const to = `o${freshNumber()}@slovo.example`
  const { id: channelId } = await createChannel(tenantId, 'email', { externalId: to })
  return { tenantId, channelId, to, key: await createServiceKey(tenantId), user: await createUserToken(tenantId) }
}

type Answer = { message_id: string; conversation_id: string; seq: number; duplicate: boolean } & Partial<ErrorAnswer>
const post = (key: string, query: Record<string, string>, body: string) =>
  request<Answer>(`/api/v1/communications/inbound-email?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
    headers: bearer(key),
    body,
  })

describe('a mail that was fetched elsewhere', () => {
  it('is stored once, and is the same as one that was routed to us', async () => {
    const one = await mailbox()
    const mail = mailText({})
    const first = await post(one.key, { to: one.to, uid: '7' }, mail)
    expect(first).toMatchObject({ status: 200, body: { duplicate: false, seq: expect.any(Number) } })
    expect((await post(one.key, { to: one.to }, mail)).body).toMatchObject({
      duplicate: true,
      message_id: first.body.message_id,
      conversation_id: first.body.conversation_id,
    })
    await deliverMail(mail, { to: one.to })
    expect(await storedMails(one.tenantId)).toHaveLength(1)
  })

  it('from a folder of sent mail is ours, and in the thread of its customer', async () => {
    const one = await mailbox()
    const id = `${freshNumber()}@client.example`
    const inbound = await post(one.key, { to: one.to }, mailText({ id }))
    const sent = mailText({ from: one.to, to: 'olena@client.example', headers: { 'In-Reply-To': `<${id}>` } })
    const outbound = await post(one.key, { to: one.to, direction: 'outbound' }, sent)
    expect(outbound.body.conversation_id).toBe(inbound.body.conversation_id)
    expect((await storedMails(one.tenantId))[1]).toMatchObject({ direction: 'outbound', counts_unread: 0 })
  })

  it('believes nobody about its sender who was not named', async () => {
    const one = await mailbox()
    const headers = { 'Authentication-Results': 'mx.client.example; dmarc=pass header.from=client.example; spf=pass' }
    await post(one.key, { to: one.to }, mailText({ headers }))
    await post(one.key, { to: one.to, authserv_id: 'mx.client.example' }, mailText({ headers }))
    const verdicts = (await storedMails(one.tenantId)).map(
      ({ details }) => (JSON.parse(details) as { auth: { dmarc: string } }).auth.dmarc,
    )
    expect(verdicts).toEqual(['none', 'pass'])
  })

  it('is refused for the mailbox of another tenant, without the right key, and above 25 MiB', async () => {
    const [one, other] = [await mailbox(), await mailbox()]
    expect(await post(one.key, { to: other.to }, mailText({}))).toMatchObject({
      status: 404,
      body: { error: { code: 'channel.not_found' } },
    })
    const weak = await createServiceKey(one.tenantId, ['tokens'])
    expect((await post(weak, { to: one.to }, mailText({}))).status).toBe(403)
    expect((await post(one.key, { to: one.to }, 'x'.repeat(26_214_401))).status).toBe(413)
    expect(await storedMails(other.tenantId)).toEqual([])
  })
})

/** A bucket that refuses what production refuses: more than a thousand keys in one call. */
function strictBucket(bucket: R2Bucket, calls: number[]): R2Bucket {
  return new Proxy(bucket, {
    get(target, property) {
      const value = Reflect.get(target, property) as unknown
      if (typeof value !== 'function') return value
      if (property !== 'delete') return value.bind(target) as unknown
      return async (keys: string[]) => {
        calls.push(keys.length)
        if (keys.length > 1000) throw new Error('delete: The number of keys is too large (10060)')
        return target.delete(keys)
      }
    },
  })
}

describe('a mail that is taken back', () => {
  const takeBack = ({ to, key }: { to: string; key: string }, externalId: string | undefined) => {
    const message = { external_id: externalId, deleted_at: new Date().toISOString() }
    return request('/api/v1/communications/broadcast-message', {
      method: 'POST',
      headers: { ...bearer(key), 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'delete', channel: { platform: 'email', external_id: to }, message }),
    })
  }

  it('leaves nothing in the bucket', async () => {
    const one = await mailbox()
    await deliverMail(richMail('<p>Hi</p>'), { to: one.to })
    expect(await objectsOf(one.tenantId)).toHaveLength(4)
    expect((await takeBack(one, (await storedMails(one.tenantId))[0]?.external_id)).status).toBe(200)
    await expect.poll(() => objectsOf(one.tenantId)).toEqual([])
  })

  it('takes any number of objects with it, at most a thousand in each call', async () => {
    const one = await mailbox()
    const keys = Array.from({ length: 2_500 }, (_, at) => `t/${one.tenantId}/file-${at}`)
    for (const key of [keys.at(0), keys.at(1_500), keys.at(-1)]) await env.BUCKET.put(key ?? '', 'x')
    const attachments = keys.map((objectKey) => ({ type: 'document' as const, source: { objectKey } }))
    const item = message({ externalId: 'many', attachments, details: { mailbox: one.to } })
    await receive(env, one.tenantId, [{ channel: { id: one.channelId, platform: 'email' }, item }])
    const calls: number[] = []
    await runInDurableObject(env.HUB.get(env.HUB.idFromName(`tenant:${one.tenantId}`)), (hub) => {
      const own = hub as unknown as { env: Env }
      own.env = { ...own.env, BUCKET: strictBucket(own.env.BUCKET, calls) }
    })
    expect((await takeBack(one, 'many')).status).toBe(200)
    await expect.poll(() => objectsOf(one.tenantId)).toEqual([])
    // With the mail itself and its HTML.
    expect(calls).toEqual([1000, 1000, 502])
  })
})

describe('what is kept of a mail', () => {
  const hostile = '<p>Hi <img src="cid:logo@x"><img src="https://shop.example.com/a.png"></p><script>alert(1)</script>'
  const read = async (one: Awaited<ReturnType<typeof mailbox>>, path: string, id?: string) => {
    const messageId = id ?? (await storedMails(one.tenantId))[0]?.id
    return request<Partial<ErrorAnswer>>(`/api/v1/communications/messages/${messageId}/${path}`, {
      headers: bearer(one.user),
    })
  }

  it('is the mail as it came, as a download', async () => {
    const one = await mailbox()
    const raw = richMail(hostile)
    await deliverMail(raw, { to: one.to })
    const { status, text, headers } = await read(one, 'raw')
    expect([status, text]).toEqual([200, raw])
    expect(headers.get('content-type')).toBe('message/rfc822')
    expect(headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
  })

  it('is its HTML, cleaned, with its own pictures and others only when asked for', async () => {
    const one = await mailbox()
    await deliverMail(richMail(hostile), { to: one.to })
    const plain = await read(one, 'html')
    expect(plain.text).toContain('src="data:image/png;base64,iVBOR')
    expect(plain.text).not.toMatch(/<script|alert| src="https:/)
    const policy = plain.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; img-src data:;")
    expect(policy).toMatch(/^sandbox /)
    expect(policy).not.toContain('allow-scripts')
    expect(policy).not.toContain('allow-same-origin')
    const shown = await read(one, 'html?images=1')
    expect(shown.text).toContain(' src="https://shop.example.com/a.png"')
    expect(shown.headers.get('content-security-policy')).toContain('img-src data: https: http://localhost:*')
  })

  it("is nobody else's, and nothing where there is no HTML or no such message", async () => {
    const [one, other] = [await mailbox(), await mailbox()]
    await deliverMail(mailText({}), { to: one.to })
    expect(await read(one, 'html')).toMatchObject({ status: 404, body: { error: { code: 'mail.not_found' } } })
    const id = (await storedMails(one.tenantId))[0]?.id
    expect(await read(other, 'raw', id)).toMatchObject({ status: 404, body: { error: { code: 'message.not_found' } } })
    expect((await read(one, 'raw', 'x')).status).toBe(404)
  })
})
