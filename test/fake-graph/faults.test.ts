import { describe, expect, it } from 'vitest'
import { ask, customer, graphWith, instagram, now, page, phone, sendText, sendToPage } from './builders.ts'
import type { Json } from './types.ts'

const errorOf = ({ body }: { body: Json }) => body['error'] as Json
const dayMs = 86_400_000

describe('tokens', () => {
  it('are asked for', async () => {
    expect(errorOf(await ask(graphWith(), phone.id, { token: null }))).toMatchObject({ code: 104 })
  })

  it('that are unknown are refused with 190 and 401', async () => {
    const answer = await ask(graphWith(), phone.id, { token: 'EAAunknown' })
    expect(answer.status).toBe(401)
    expect(errorOf(answer)).toMatchObject({ code: 190, type: 'OAuthException' })
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token')
  })

  it('that have expired or were taken back say which', async () => {
    let time = now
    const token = { value: 'EAAshort', expiresAt: now + 1000 }
    const graph = graphWith({ now: () => time, accounts: [{ ...phone, token }, page] })
    expect((await ask(graph, phone.id, { token: 'EAAshort' })).status).toBe(200)
    time += 1000
    expect(errorOf(await ask(graph, phone.id, { token: 'EAAshort' }))).toMatchObject({ code: 190, error_subcode: 463 })
    graph.revokeToken('EAApage')
    expect(errorOf(await sendToPage(graph))).toMatchObject({ code: 190, error_subcode: 460 })
  })

  it('may come in the header or in the address, and the record says how', async () => {
    const graph = graphWith()
    expect((await ask(graph, `${phone.id}?access_token=EAAwhatsapp`, { token: null })).status).toBe(200)
    await ask(graph, phone.id)
    expect(graph.calls.map(({ tokenIn }) => tokenIn)).toEqual(['query', 'header'])
  })

  it('go with a proof under the app’s secret, which is checked where there is one', async () => {
    const graph = graphWith({ app: { id: '1', name: 'App', secret: 'app-secret' } })
    expect(errorOf(await ask(graph, `${phone.id}?appsecret_proof=${'0'.repeat(64)}`))).toMatchObject({ code: 100 })
    const { createHmac } = await import('node:crypto')
    const proof = createHmac('sha256', 'app-secret').update('EAAwhatsapp').digest('hex')
    expect((await ask(graph, `${phone.id}?appsecret_proof=${proof}`)).status).toBe(200)
  })

  it('are described by debug_token, good ones and bad ones', async () => {
    const expiresAt = now + 5 * dayMs
    const graph = graphWith({ accounts: [page, { ...phone, token: { value: 'EAAsoon', expiresAt } }] })
    const debug = async (token: string) =>
      (await ask(graph, `v24.0/debug_token?input_token=${token}`, { token: 'EAApage' })).body['data'] as Json
    expect(await debug('EAAsoon')).toMatchObject({ is_valid: true, expires_at: expiresAt / 1000 })
    expect(await debug('EAApage')).toMatchObject({ is_valid: true, expires_at: 0, profile_id: page.id, type: 'PAGE' })
    expect(await debug('EAAnone')).toMatchObject({ is_valid: false, error: { code: 190 } })
    graph.expireToken('EAAsoon')
    expect(await debug('EAAsoon')).toMatchObject({ is_valid: false, error: { code: 190, subcode: 463 } })
  })

  it('of Instagram are refreshed for sixty days, once they are a day old', async () => {
    let time = now
    const token = { value: 'IGAAold', issuedAt: now - dayMs + 1, expiresAt: now + dayMs }
    const graph = graphWith({ now: () => time, accounts: [{ ...instagram, token }] })
    const refresh = (value: string) =>
      ask(graph, `refresh_access_token?grant_type=ig_refresh_token&access_token=${value}`, {
        token: null,
        host: 'graph.instagram.com',
      })
    expect(errorOf(await refresh('IGAAold'))).toMatchObject({ code: 100 })
    time += 1
    const { body } = await refresh('IGAAold')
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 5_184_000 })
    const fresh = String(body['access_token'])
    time += 2 * dayMs
    const me = (value: string) => ask(graph, 'me?fields=username', { token: value, host: 'graph.instagram.com' })
    expect((await me(fresh)).status).toBe(200)
    expect(errorOf(await me('IGAAold'))).toMatchObject({ code: 190, error_subcode: 463 })
  })
})

describe('errors on request', () => {
  it('refuse as many calls as they were told, and nothing of these is on record', async () => {
    const graph = graphWith()
    graph.fail({ code: 131_026, details: 'not on WhatsApp', times: 2 })
    const statuses = [await sendText(graph), await sendText(graph), await sendText(graph)].map(({ status }) => status)
    expect(statuses).toEqual([400, 400, 200])
    expect(graph.sent).toHaveLength(1)
  })

  it('meet only the calls that fit', async () => {
    const graph = graphWith()
    graph.fail({ code: 551, httpStatus: 400, match: ({ kind, to }) => kind === 'send' && to === '999' })
    expect((await sendToPage(graph)).status).toBe(200)
    const refused = await sendToPage(graph, { text: 'a' }, { recipient: { id: '999' } })
    expect(errorOf(refused)).toMatchObject({ code: 551 })
  })

  it('can be transient', async () => {
    const graph = graphWith()
    graph.fail({ code: 2, isTransient: true })
    const answer = await sendText(graph)
    expect(answer.status).toBe(500)
    expect(errorOf(answer)).toMatchObject({ code: 2, is_transient: true })
  })

  it.each([
    [4, 'x-app-usage'],
    [80_007, 'x-business-use-case-usage'],
  ] as const)('a limit (%i) comes with the header that says how much of it is used (%s)', async (code, header) => {
    const graph = graphWith()
    graph.limit({ code, minutes: 7 })
    const answer = await sendText(graph)
    expect(answer.status).toBe(429)
    expect(errorOf(answer)).toMatchObject({ code })
    expect(answer.headers.get(header)).toContain('"call_count":100')
    if (code === 80_007) expect(answer.headers.get(header)).toContain('"estimated_time_to_regain_access":7')
    expect((await sendText(graph)).status).toBe(200)
  })

  it.each([130_429, 131_056] as const)(
    'a limit of sending (%i) has no such header, or says when to come back',
    async (code) => {
      const graph = graphWith()
      graph.limit({ code, retryAfterSeconds: 30 })
      const answer = await sendText(graph)
      expect(answer.status).toBe(429)
      expect(answer.headers.get('x-app-usage')).toBeNull()
      expect(answer.headers.get('retry-after')).toBe('30')
    },
  )
})

describe('a connection that fails', () => {
  it('after the send: it stands, and the sender hears nothing', async () => {
    const graph = graphWith()
    graph.loseAnswer()
    await expect(sendText(graph)).rejects.toThrow('connection lost')
    expect(graph.sent).toHaveLength(1)
    expect((await sendText(graph)).status).toBe(200)
  })

  it('does not take the answer of what was refused', async () => {
    const graph = graphWith()
    graph.loseAnswer()
    expect((await sendText(graph, { text: { body: '' } })).status).toBe(400)
    await expect(sendText(graph)).rejects.toThrow()
  })

  it('before it: nothing was done', async () => {
    const graph = graphWith()
    graph.loseRequest(2)
    await expect(sendText(graph)).rejects.toThrow()
    await expect(ask(graph, phone.id)).rejects.toThrow()
    expect(graph.sent).toEqual([])
    expect((await sendText(graph)).status).toBe(200)
  })

  it('or a page of somebody else in between, the send done or not', async () => {
    const graph = graphWith()
    const send = () =>
      graph.fetch(`https://graph.facebook.com/${phone.id}/messages?access_token=EAAwhatsapp`, {
        method: 'POST',
        body: JSON.stringify({ messaging_product: 'whatsapp', to: customer, type: 'text', text: { body: 'a' } }),
      })
    graph.garble()
    expect([(await send()).status, graph.sent.length]).toEqual([502, 1])
    graph.garble({ isDone: false, status: 503 })
    const response = await send()
    expect([response.status, graph.sent.length]).toEqual([503, 1])
    expect(await response.text()).toContain('<html>')
  })

  it('or an answer that never comes, until the caller gives up', async () => {
    const graph = graphWith()
    graph.hang()
    const body = { messaging_product: 'whatsapp', to: customer, type: 'text', text: { body: 'a' } }
    const signal = AbortSignal.timeout(20)
    await expect(ask(graph, `${phone.id}/messages`, { body, signal })).rejects.toThrow()
    expect(graph.sent).toHaveLength(1)
  })

  it('or a slow one', async () => {
    const waits: number[] = []
    const graph = graphWith({ latencyMs: 400, sleep: async (ms) => void waits.push(ms) })
    await sendText(graph)
    expect(waits).toEqual([400])
  })

  it('shows a message that was sent again as two: nothing is hidden by the fake', async () => {
    const graph = graphWith()
    graph.loseAnswer(3)
    await Promise.allSettled(Array.from({ length: 8 }, () => sendText(graph)))
    expect(graph.sent).toHaveLength(8)
    expect(new Set(graph.sent.map(({ messageId }) => messageId)).size).toBe(8)
  })
})

describe('another host', () => {
  it('is not there', async () => {
    await expect(graphWith().fetch('https://graph.facebook.com.evil.example/me')).rejects.toThrow('is not Meta’s')
    expect((await graphWith().fetch('http://127.0.0.1:9/me')).status).toBe(400)
  })
})

describe('a body that cannot be read', () => {
  it.each(['{', '[]', 'text'])('%s is refused', async (body) => {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer EAAwhatsapp' }
    const answer = await graphWith().fetch(`https://graph.facebook.com/${phone.id}/messages`, {
      method: 'POST',
      headers,
      body,
    })
    expect(answer.status).toBe(400)
  })
})
