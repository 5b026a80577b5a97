import { describe, expect, it } from 'vitest'
import { verifySignature } from '../../src/channels/meta/signature.ts'
import { adapterFor } from '../../src/channels/registry.ts'
import {
  customer,
  graphWith,
  igsid,
  now,
  page,
  phone,
  psid,
  sendText,
  sendToInstagram,
  sendToPage,
} from './builders.ts'
import { createDelivery } from './deliver.ts'
import type { FakeGraphOptions, Json, MetaPlatform } from './types.ts'

/** A fake whose webhooks are kept, and the times it waited. */
function listening(options: FakeGraphOptions = {}) {
  const deliveries: { body: Json; platform: MetaPlatform }[] = []
  const waits: number[] = []
  const graph = graphWith({
    deliver: async (body, platform) => void deliveries.push({ body, platform }),
    sleep: async (ms) => void waits.push(ms),
    ...options,
  })
  return { graph, deliveries, waits }
}

/** What the platform's own adapter of ours reads from them. */
const itemsOf = (deliveries: { body: Json; platform: MetaPlatform }[]) =>
  deliveries.flatMap(({ body, platform }) =>
    (adapterFor(platform)?.parse(body) ?? []).map((update) => (update.kind === 'item' ? update.item : update)),
  )

describe('the webhooks of a send', () => {
  it('of WhatsApp: sent, delivered, read, with the reference that came with the message', async () => {
    const { graph, deliveries } = listening()
    const reference = crypto.randomUUID()
    await sendText(graph, { biz_opaque_callback_data: reference })
    await graph.settled()
    const id = graph.sent[0]?.messageId
    expect(itemsOf(deliveries)).toMatchObject(
      ['sent', 'delivered', 'read'].map((status) => ({ kind: 'status', status, targetExternalId: id, reference })),
    )
    expect(deliveries[0]?.body).toMatchObject({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: phone.accountId,
          changes: [
            {
              field: 'messages',
              value: {
                metadata: { display_phone_number: '380440000001', phone_number_id: phone.id },
                statuses: [{ recipient_id: customer, timestamp: String(now / 1000) }],
              },
            },
          ],
        },
      ],
    })
  })

  it('of Messenger: an echo with its metadata, then watermarks in milliseconds', async () => {
    const { graph, deliveries } = listening()
    await sendToPage(graph, { text: 'Вітаю', metadata: 'ours-1' })
    await graph.settled()
    const mid = graph.sent[0]?.messageId
    const events = deliveries.map(({ body }) => (body['entry'] as { messaging: Json[] }[])[0]?.messaging[0])
    expect(events).toMatchObject([
      {
        sender: { id: page.id },
        recipient: { id: psid },
        timestamp: now,
        message: { mid, is_echo: true, app_id: 990_000_000_000_099, metadata: 'ours-1', text: 'Вітаю' },
      },
      { sender: { id: psid }, recipient: { id: page.id }, delivery: { mids: [mid], watermark: now } },
      { sender: { id: psid }, read: { watermark: now } },
    ])
  })

  it('of Instagram: an echo without metadata, and a read mark that names the message', async () => {
    const { graph, deliveries } = listening()
    await sendToInstagram(graph, { text: 'Вітаю', metadata: 'ours-1' })
    await graph.settled()
    const events = deliveries.map(({ body }) => (body['entry'] as { messaging: Json[] }[])[0]?.messaging[0])
    const mid = graph.sent[0]?.messageId
    expect(events).toMatchObject([{ message: { mid, is_echo: true } }, { sender: { id: igsid }, read: { mid } }])
    expect(events[0]?.['message']).not.toHaveProperty('metadata')
    expect(deliveries.every(({ platform, body }) => platform === 'instagram' && body['object'] === 'instagram')).toBe(
      true,
    )
  })

  it('are understood by our adapters, every one', async () => {
    const { graph, deliveries } = listening()
    await sendText(graph)
    await sendToPage(graph)
    await sendToInstagram(graph)
    await graph.settled()
    expect(deliveries).toHaveLength(8)
    const kinds = itemsOf(deliveries).map(({ kind }) => kind)
    expect(kinds.length).toBeGreaterThanOrEqual(8)
    expect(kinds).not.toContain('refused')
    expect(kinds).not.toContain('ignored')
  })

  it('an echo of a file has an address to fetch it from', async () => {
    const { graph, deliveries } = listening()
    const file = graph.addMedia(page.id, { bytes: new Uint8Array([1, 2]), mimeType: 'image/png' })
    await sendToPage(graph, { attachment: { type: 'image', payload: { attachment_id: file.id } } })
    await graph.settled()
    expect(JSON.stringify(deliveries[0]?.body)).toContain(file.url)
  })

  it('come in the order, at the times and as often as planned', async () => {
    const { graph, deliveries, waits } = listening({
      plan: () => [
        { what: 'read', afterMs: 300 },
        { what: 'delivered', afterMs: 900, copies: 2 },
        { what: 'sent', afterMs: 100 },
      ],
    })
    await sendText(graph)
    await graph.settled()
    const statuses = itemsOf(deliveries).map((item) => ('status' in item ? item.status : null))
    expect(statuses).toEqual(['sent', 'read', 'delivered', 'delivered'])
    expect(waits).toEqual([100, 200, 600])
  })

  it('can come before the answer to the send itself', async () => {
    const order: string[] = []
    const graph = graphWith({
      plan: () => [{ what: 'delivered', beforeAnswer: true }, { what: 'read' }],
      deliver: async (body) => void order.push(JSON.stringify(body).includes('"delivered"') ? 'delivered' : 'read'),
    })
    await sendText(graph)
    order.push('answer')
    await graph.settled()
    expect(order[0]).toBe('delivered')
    expect(order).toHaveLength(3)
  })

  it('come also when the answer was lost', async () => {
    const { graph, deliveries } = listening()
    graph.loseAnswer()
    await expect(sendText(graph)).rejects.toThrow()
    await graph.settled()
    expect(deliveries).toHaveLength(3)
  })

  it('do not come for what vanishes, and say why for what fails', async () => {
    const error = { code: 131_026, title: 'Message undeliverable' }
    const { graph, deliveries } = listening({ plan: () => [{ what: 'failed', error }] })
    await sendText(graph, { to: 'UA.13491208655302741918' })
    await graph.settled()
    expect(deliveries).toEqual([])
    await sendText(graph)
    await graph.settled()
    expect(itemsOf(deliveries)).toMatchObject([{ status: 'failed', error: { code: '131026' } }])
  })

  it('report a closed window afterwards, where the answer does not', async () => {
    const { graph, deliveries } = listening({ closedWindow: 'status' })
    graph.hear(phone.id, customer, now - 2 * 86_400_000)
    expect((await sendText(graph)).status).toBe(200)
    await graph.settled()
    expect(itemsOf(deliveries)).toMatchObject([{ status: 'failed', error: { code: '131047' } }])
  })

  it('that cannot be delivered are remembered as such', async () => {
    const { graph } = listening({ deliver: async () => Promise.reject(new Error('no Worker')) })
    await sendText(graph)
    await graph.settled()
    expect(graph.deliveryErrors).toHaveLength(3)
  })
})

describe('the signed delivery', () => {
  const delivery = { object: 'page', entry: [{ id: '1', messaging: [{ message: { text: 'Їжак 🦔 a/b' } }] }] }

  it('is signed over its very bytes, which are escaped as Meta’s are', async () => {
    const requests: Request[] = []
    const deliver = createDelivery({
      url: 'http://localhost:8787',
      appSecret: 'app-secret',
      fetch: async (request) => {
        requests.push(request)
        return new Response('{}')
      },
    })
    await deliver(delivery, 'facebook')
    const [request] = requests
    expect(request?.url).toBe('http://localhost:8787/api/v1/communications/webhooks/facebook')
    const bytes = new Uint8Array((await request?.arrayBuffer()) ?? new ArrayBuffer())
    const text = new TextDecoder().decode(bytes)
    expect(text).toContain(String.raw`\u0407\u0436\u0430\u043a \ud83e\udd94 a\/b`)
    expect(JSON.parse(text)).toEqual(delivery)
    const header = request?.headers.get('x-hub-signature-256') ?? null
    expect(await verifySignature(bytes, header, ['app-secret'])).toBe(true)
    expect(await verifySignature(bytes, header, ['another-secret'])).toBe(false)
  })

  it('is sent again until it is taken, and given up at last', async () => {
    const answers = [503, 503, 200]
    let calls = 0
    const fetch = async () => new Response('{}', { status: answers[calls++] ?? 503 })
    const deliver = createDelivery({ url: 'http://localhost', appSecret: 's', fetch, sleep: async () => undefined })
    await deliver(delivery, 'facebook')
    expect(calls).toBe(3)
    await expect(deliver(delivery, 'facebook')).rejects.toThrow('answered 503')
    expect(calls).toBe(6)
  })
})
