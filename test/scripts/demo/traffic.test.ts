import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { DemoRequest } from '../../../scripts/demo/request.ts'
import { createScript } from '../../../scripts/demo/script.ts'
import type { TelegramAct } from '../../../scripts/demo/telegram-act.ts'
import { send } from '../../../scripts/demo/traffic.ts'
import { signatureOf } from '../../fake-graph/deliver.ts'

type Received = { path: string; headers: IncomingHttpHeaders; body: string }
const servers: Server[] = []
const never = new AbortController().signal

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that gives the answers in turn, the last one again and again, and keeps what it got. */
async function serve(...statuses: [number, ...number[]]) {
  const received: Received[] = []
  const observed: unknown[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      received.push({ path: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(statuses[received.length - 1] ?? statuses.at(-1) ?? 200).end('{}')
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const observe = (delivery: unknown) => void observed.push(delivery)
  const performed: TelegramAct[] = []
  const perform = (act: TelegramAct) => void performed.push(act)
  const entrances = { url, metaAppSecret: 'app-secret', serviceKey: 'eik_key', observe, perform }
  return { received, observed, performed, entrances }
}

function firstOf(platform: DemoRequest['platform']): DemoRequest {
  const store = () => ({ id: '1', url: 'https://scontent.fbcdn.net/1', mimeType: 'image/png', sha256Base64: '' })
  const found = createScript({ seed: 1, runId: 1, store })
    .backlog(Date.now())
    .find((request) => request.platform === platform)
  if (!found) throw new Error(`no ${platform} in the backlog`)
  return found
}

describe('the signature', () => {
  it('is the HMAC of the bytes that are sent', async () => {
    // RFC 4231's second test case.
    const expected = 'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    expect(await signatureOf('Jefe', 'what do ya want for nothing?')).toBe(expected)
  })
})

describe('send', () => {
  it.each(['whatsapp', 'facebook', 'instagram'] as const)(
    'posts %s to its webhook, signed over the body as it arrives',
    async (platform) => {
      const { received, entrances } = await serve(200)
      expect(await send(entrances, firstOf(platform), never)).toBe(true)
      const [request] = received
      expect(request?.path).toBe(`/api/v1/communications/webhooks/${platform}`)
      expect(request?.headers['x-hub-signature-256']).toBe(await signatureOf('app-secret', request?.body ?? ''))
    },
  )

  it('lets Meta’s stand-in know of it once, however often it is sent', async () => {
    const { observed, entrances } = await serve(503, 200)
    const demo = firstOf('facebook')
    await send(entrances, demo, never)
    expect(observed).toEqual(['body' in demo && demo.body])
  })

  it('lets Telegram’s part happen at Telegram, and posts nothing of it', async () => {
    const { received, performed, entrances } = await serve(200)
    const demo = firstOf('telegram')
    expect(await send(entrances, demo, never)).toBe(true)
    expect(performed).toEqual(['act' in demo && demo.act])
    expect(received).toEqual([])
  })

  it('survives what cannot happen at Telegram', async () => {
    const { entrances } = await serve(200)
    const perform = () => {
      throw new Error('no message 5')
    }
    expect(await send({ ...entrances, perform }, firstOf('telegram'), never)).toBe(false)
  })

  it('sends the same bytes again until they are stored', async () => {
    const { received, entrances } = await serve(503, 200)
    expect(await send(entrances, firstOf('whatsapp'), never)).toBe(true)
    expect(received).toHaveLength(2)
    expect(received[1]?.body).toBe(received[0]?.body)
  })

  it('does not insist where it was refused', async () => {
    const { received, entrances } = await serve(401)
    expect(await send(entrances, firstOf('whatsapp'), never)).toBe(false)
    expect(received).toHaveLength(1)
  })
})
