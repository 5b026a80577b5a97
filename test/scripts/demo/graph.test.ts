import { afterEach, describe, expect, it } from 'vitest'
import { accountIds } from '../../../scripts/demo/accounts.ts'
import { pictureFile } from '../../../scripts/demo/files.ts'
import { type DemoGraph, planFor, startDemoGraph } from '../../../scripts/demo/graph.ts'
import { createRandom } from '../../../scripts/demo/random.ts'
import { createResponder } from '../../../scripts/demo/responder.ts'
import type { SentMessage } from '../../fake-graph/types.ts'

const graphs: DemoGraph[] = []

afterEach(async () => {
  await Promise.all(graphs.splice(0).map((graph) => graph.close()))
})

async function start() {
  const replies: SentMessage[] = []
  const graph = await startDemoGraph({
    random: createRandom(1),
    workerUrl: 'http://localhost:8787',
    deliver: async () => undefined,
    onReply: (sent) => void replies.push(sent),
  })
  graphs.push(graph)
  const url = graph.vars.GRAPH_API_URL
  return { graph, url, replies }
}

const robert = { platform: 'facebook', name: 'Robert Miller', address: '7100000000100022', language: 'en' } as const
const json = { 'content-type': 'application/json' }

describe('the stand-in of Meta’s API', () => {
  it('takes a reply under the token of the demo’s channel', async () => {
    const { url, replies } = await start()
    const headers = { ...json, authorization: 'Bearer demo-whatsapp' }
    const text = { messaging_product: 'whatsapp', to: '380501110001', type: 'text', text: { body: 'Так' } }
    const body = JSON.stringify(text)
    const response = await fetch(`${url}/v24.0/${accountIds.whatsapp}/messages`, { method: 'POST', headers, body })
    expect(response.status).toBe(200)
    expect(replies).toMatchObject([{ platform: 'whatsapp', to: '380501110001', text: 'Так' }])
  })

  it('keeps a file once, and gives it to whoever has its address', async () => {
    const { graph, url } = await start()
    const file = pictureFile('sticker', robert)
    const stored = graph.store(accountIds.facebook, file)
    expect(graph.store(accountIds.facebook, file).id).toBe(stored.id)
    expect(graph.store(accountIds.whatsapp, file).id).not.toBe(stored.id)
    expect(stored.url.startsWith(`${url}/`)).toBe(true)
    const response = await fetch(stored.url)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await response.arrayBuffer()).equals(file.make())).toBe(true)
  })

  it('knows the customers of Messenger and Instagram, with a picture', async () => {
    const { graph } = await start()
    const { GRAPH_API_URL, INSTAGRAM_API_URL } = graph.vars
    const shown = async (url: string) => (await (await fetch(url)).json()) as Record<string, string>
    const person = await shown(
      `${GRAPH_API_URL}/v24.0/${robert.address}?fields=name,profile_pic&access_token=demo-page`,
    )
    expect(person['name']).toBe('Robert Miller')
    expect((await fetch(person['profile_pic'] ?? '')).status).toBe(200)
    const other = await shown(
      `${INSTAGRAM_API_URL}/v24.0/8100000000200011?fields=name,username&access_token=demo-instagram`,
    )
    expect(other).toMatchObject({ name: 'Софія Марченко', username: 'sofia.march' })
  })

  it('fetches files of replies from the Worker and from nowhere else', async () => {
    const { url } = await start()
    const message = { attachment: { type: 'image', payload: { url: 'http://localhost:1/picture' } } }
    const body = JSON.stringify({ recipient: { id: robert.address }, message })
    const headers = { ...json, authorization: 'Bearer demo-page' }
    const response = await fetch(`${url}/v24.0/me/messages`, { method: 'POST', headers, body })
    expect(await response.json()).toMatchObject({ error: { code: 100, error_subcode: 2_018_008 } })
  })
})

describe('the marks on a reply', () => {
  it.each(['whatsapp', 'facebook', 'instagram'] as const)(
    'of %s end with "read" after some seconds, in order',
    (platform) => {
      const random = createRandom(3)
      for (let n = 0; n < 50; n += 1) {
        const plan = planFor(random, platform)
        const times = plan.map(({ afterMs = 0 }) => afterMs)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        expect(plan.at(-1)?.what).toBe('read')
        expect(times.at(-1)).toBeLessThan(7000)
      }
    },
  )
})

describe('a customer who got a reply', () => {
  const sent = { platform: 'facebook', to: robert.address, messageId: 'm_ours' } as SentMessage

  async function respondMany(isOver = false) {
    const waits: number[] = []
    const answered: string[] = []
    const respond = createResponder({
      random: createRandom(1),
      script: { answerTo: (received) => ({ platform: 'facebook', label: received.messageId, body: {} }) },
      send: async ({ label }) => void answered.push(label),
      wait: async (ms) => void waits.push(ms),
      now: () => 0,
      isOver: () => isOver,
    })
    for (let n = 0; n < 100; n += 1) await respond(sent, 4000)
    return { waits, answered }
  }

  it('answers most of the time, after having read it', async () => {
    const { waits, answered } = await respondMany()
    expect(answered.length).toBeGreaterThan(50)
    expect(answered.length).toBeLessThan(90)
    expect(Math.min(...waits)).toBeGreaterThan(4000)
    expect(Math.max(...waits)).toBeLessThan(12_000)
  })

  it('says no more when the demo is over', async () => {
    expect((await respondMany(true)).answered).toEqual([])
  })
})
