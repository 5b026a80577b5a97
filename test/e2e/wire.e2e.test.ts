import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NpmProcess, startNpm } from './npm-process.ts'

// What no client library would send. Bytes, because a library would refuse or repair it.

const upgradeHeaders = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

/** A masked frame of at most 125 bytes; `first` is its first byte (0x81: a whole text, 0xc1: the same, compressed). */
function frameOf(payload: Buffer, first = 0x81): Buffer {
  const mask = Buffer.from([1, 2, 3, 4])
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))
  return Buffer.concat([Buffer.from([first, 0x80 | payload.length]), mask, masked])
}

describe('bytes on the wire', () => {
  let worker: NpmProcess
  let userId = ''
  let token = ''

  async function post(path: string, credential: string, body: unknown): Promise<Record<string, unknown>> {
    const headers = { Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json' }
    const url = `http://localhost:${worker.port}/api/v1/${path}`
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Record<string, unknown>
  }

  /** Sends each piece once what came so far fulfils its condition, and gives everything up to `until`. */
  function talk(pieces: { after: RegExp; send: string | Buffer }[], until: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(worker.port, '127.0.0.1')
      let got = ''
      const timer = setTimeout(() => socket.destroy(new Error(`no ${until.source} in ${got}`)), 10_000)
      const waiting = [...pieces]
      const go = (): void => {
        const [next] = waiting
        if (next?.after.test(got) === true) {
          waiting.shift()
          socket.write(next.send)
          return go()
        }
        if (waiting.length > 0 || !until.test(got)) return
        clearTimeout(timer)
        resolve(got)
        socket.destroy()
      }
      socket.on('data', (chunk) => {
        got += chunk.toString('latin1')
        go()
      })
      socket.on('connect', go)
      socket.on('error', reject)
    })
  }

  const head = (first: string, ...headers: string[]): string =>
    [first, `Host: localhost:${worker.port}`, ...headers, '', ''].join('\r\n')
  const upgrade = () =>
    head(`GET /api/v1/communications/ws/${userId} HTTP/1.1`, ...upgradeHeaders, `Authorization: Bearer ${token}`)

  beforeAll(async () => {
    worker = await startNpm('dev')
    await worker.waitForLine(/Edge Inbox is ready/, { timeoutMs: 120_000 })
    userId = crypto.randomUUID()
    const { service_key } = await post('admin/tenants', 'dev-admin-token', { name: 'Wire' })
    token = String((await post('auth/tokens', String(service_key), { user_id: userId, name: 'A manager' }))['token'])
  })

  afterAll(async () => {
    await worker?.stop()
  })

  const send = (frame: Buffer, until: RegExp) =>
    talk(
      [
        { after: /^/, send: upgrade() },
        { after: /"type":"ready"/, send: frame },
      ],
      until,
    )

  it('that are no UTF-8 close their socket or are answered in fixed words, and the hub lives on', async () => {
    expect(await send(frameOf(Buffer.from([0xff, 0xfe, 0xc3, 0x28])), /Frames are JSON/)).toContain('\x11\x99Frames')
    const inside = Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff]), Buffer.from('"}')])
    await send(frameOf(inside), /"code":"frame.invalid"/)
    await send(frameOf(Buffer.from('{"type":"ping"}')), /"type":"pong"/)
  })

  it('that claim a compression nobody agreed on close their socket', async () => {
    expect(await send(frameOf(Buffer.from('{"type":"ping"}'), 0xc1), /\x88/)).not.toContain('"type":"pong"')
  })

  it('of a delivery are counted as they come: a false Content-Length beside chunks changes nothing', async () => {
    const body = '{"object":"wire"}'
    const signature = createHmac('sha256', 'dev-meta-app-secret').update(body).digest('hex')
    const start = 'POST /api/v1/communications/webhooks/whatsapp HTTP/1.1'
    const signed = `X-Hub-Signature-256: sha256=${signature}`
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const both = head(start, signed, 'Content-Length: 3', 'Transfer-Encoding: chunked') + chunks
    const short = head(start, signed, 'Content-Length: 3', 'Connection: close') + body
    expect(await talk([{ after: /^/, send: both }], /"received":1/)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await talk([{ after: /^/, send: short }], /"code"/)).toMatch(/^HTTP\/1\.1 401 /)
  })
})
