import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { createAccess } from '../../../companion/link/access.ts'
import { createDoorbell } from '../../../companion/link/doorbell.ts'
import { until } from '../until.ts'
import { type FakeWorker, startFakeWorker } from '../fake-worker.ts'

let worker: FakeWorker
const ending = new AbortController()
let loop: Promise<void>
afterEach(async () => {
  ending.abort()
  await loop
  await worker.close()
})

describe('the doorbell', () => {
  it('notices a link that went silent, and comes back', async () => {
    worker = await startFakeWorker()
    const rung: (string | null)[] = []
    const { url, serviceKey } = worker
    const doorbell = createDoorbell({
      url,
      serviceKey: () => serviceKey,
      access: createAccess({ now: Date.now, changed: () => undefined }),
      open: (address, headers) => Reflect.construct(WebSocket, [address, { headers }]) as WebSocket,
      rung: (account) => void rung.push(account),
      timing: { pingMs: 100, pongMs: 150 },
      log: pino({ level: 'silent' }),
      random: () => 0,
      signal: ending.signal,
    })
    loop = doorbell.run()
    await until(() => doorbell.isOpen(), 2_000)
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(doorbell.isOpen()).toBe(true)
    expect(rung).toEqual([null])
    expect(worker.doorbell.received).toContain('{"type":"ping"}')
    worker.doorbell.send('{"type":"commands","account":{"platform":"email","external_id":"a@b.example"},"seq":4}')
    worker.doorbell.send('{"type":"something new"}')
    worker.doorbell.send('no json')
    await until(() => rung.length === 2, 1_000)
    expect(rung[1]).toBe('email:a@b.example')
    worker.doorbell.muted = true
    await until(() => !doorbell.isOpen(), 2_000)
    worker.doorbell.muted = false
    await until(() => doorbell.isOpen() && rung.length >= 3, 3_000)
    expect(rung[2]).toBeNull()
  })
})
