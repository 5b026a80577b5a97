import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pingFrame } from '../../src/protocol/frames.ts'
import { type NpmProcess, startNpm } from './npm-process.ts'

const socketCount = 100
/** The runtime lets a hub go after ten seconds without work. */
const idleMs = 14_000

describe('a hub with idle sockets', () => {
  let worker: NpmProcess
  const sockets: WebSocket[] = []

  beforeAll(async () => {
    worker = await startNpm('dev')
    await worker.waitForLine(/Edge Inbox is ready/, { timeoutMs: 120_000 })
  })

  afterAll(async () => {
    for (const socket of sockets) socket.close()
    await worker?.stop()
  })

  async function call<Answer>(path: string, credential: string, body: unknown): Promise<Answer> {
    const response = await fetch(`http://localhost:${worker.port}/api/v1/${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answer
  }

  async function connect(token: string, userId: string, got: (frame: { type: string }) => void): Promise<void> {
    const url = `ws://localhost:${worker.port}/api/v1/communications/ws/${userId}`
    // Node's own WebSocket takes headers; the DOM's type of it does not know.
    const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${token}` } } as unknown as string[])
    socket.addEventListener('message', ({ data }) => got(JSON.parse(String(data)) as { type: string }))
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', reject)
    })
    sockets.push(socket)
  }

  const starts = () => worker.lines().filter((line) => line.includes('"event":"hub.started"'))

  it('sleeps through their pings, and wakes for a message that all of them get', async () => {
    const created = await call<{ tenant: { id: string }; service_key: string }>('admin/tenants', 'dev-admin-token', {
      name: 'Idle',
    })
    const channel = { platform: 'telegram', external_id: '42' }
    await call(`admin/tenants/${created.tenant.id}/channels`, 'dev-admin-token', { ...channel, name: 'An account' })
    const frames: string[] = []
    const users = Array.from({ length: 10 }, () => crypto.randomUUID())
    const tokens = await Promise.all(
      users.map((user_id) =>
        call<{ token: string }>('auth/tokens', created.service_key, { user_id, name: 'A manager' }),
      ),
    )
    await Promise.all(
      Array.from({ length: socketCount }, (_, n) =>
        connect(tokens[n % 10]?.token ?? '', users[n % 10] ?? '', ({ type }) => frames.push(type)),
      ),
    )
    for (let beat = 0; beat < idleMs / 1000; beat++) {
      for (const socket of sockets) socket.send(pingFrame)
      await sleep(1000)
    }
    expect(frames.filter((type) => type === 'pong').length).toBeGreaterThan(socketCount * 10)
    expect(starts()).toHaveLength(1)
    const message = {
      external_id: '1',
      direction: 'inbound',
      type: 'text',
      content: 'Добрий день',
      created_at: new Date().toISOString(),
    }
    await call('communications/broadcast-message', created.service_key, {
      channel,
      conversation: { external_id: '7' },
      message,
    })
    await expect.poll(() => frames.filter((type) => type === 'new_message').length).toBe(socketCount)
    // A second start, which found its sockets again: the first instance was gone.
    expect(starts()).toHaveLength(2)
    expect(JSON.parse(starts()[1]?.replace(/^[^{]*/, '') ?? '{}')).toMatchObject({
      isAwakened: true,
      sockets: socketCount,
    })
  })
})
