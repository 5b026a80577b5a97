import { env } from 'cloudflare:workers'
import { openSocket } from '../../src/hub/call-hub.ts'
import type { HubSession } from '../../src/hub/session.ts'

type Frame = { type: string; seq?: number; [field: string]: unknown }

/** A socket's far end: what it got, and ways to wait for more. */
export type Client = {
  ws: WebSocket
  frames: Frame[]
  closed: Promise<{ code: number; reason: string }>
  /** Waits until a frame fulfils the condition, and gives it. */
  waitFor: (condition: (frame: Frame) => boolean) => Promise<Frame>
  /** Waits for a pong: whatever was sent before it has arrived. */
  settle: () => Promise<Frame>
  seqs: () => number[]
}

export function session(tenantId: string, fields: Partial<HubSession> = {}): HubSession {
  return {
    tenantId,
    userId: crypto.randomUUID(),
    name: 'Марія',
    issuedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
    feed: 'communications',
    isV1: true,
    since: null,
    epoch: null,
    ...fields,
  }
}

export function follow(ws: WebSocket): Client {
  const frames: Frame[] = []
  const waiting = new Set<() => void>()
  ws.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame
    if (frame.type === 'batch') frames.push(...(frame['events'] as Frame[]))
    else frames.push(frame)
    for (const wake of waiting) wake()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
  })
  const waitFor = (condition: (frame: Frame) => boolean): Promise<Frame> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not among ${JSON.stringify(frames.slice(-5))}`)), 5_000)
      const look = (): void => {
        const found = frames.find(condition)
        if (found === undefined) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  const settle = (): Promise<Frame> => {
    const before = frames.length
    ws.send('{"type":"ping"}')
    return waitFor((frame) => frame.type === 'pong' && frames.indexOf(frame) >= before)
  }
  ws.accept()
  const seqs = (): number[] =>
    frames.flatMap(({ type, seq }) => (type !== 'ready' && type !== 'pong' && seq !== undefined ? [seq] : []))
  return { ws, frames, closed, waitFor, settle, seqs }
}

export async function connect(of: HubSession): Promise<Client> {
  const request = new Request('http://localhost/', { headers: { Upgrade: 'websocket' } })
  const response = await openSocket(env, of, request)
  if (response.webSocket === null) throw new Error(`no socket: ${response.status} ${await response.text()}`)
  const client = follow(response.webSocket)
  await Promise.race([client.waitFor((frame) => frame.type === 'ready'), client.closed])
  return client
}
