import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { closeSockets, receive } from '../../src/hub/call-hub.ts'
import { message, onChannel } from '../ingest/builders.ts'
import { connect, session } from '../worker/socket.ts'
import { createTenant } from '../worker/tenant.ts'

const say = (tenantId: string, externalId: string) =>
  receive(env, tenantId, onChannel(message({ externalId, at: Date.now() })))

afterEach(() => {
  vi.useRealTimers()
})

describe('closing sockets', () => {
  it('takes those of one user on every feed, and nobody else sees anything of it but that they left', async () => {
    const tenantId = await createTenant()
    const userId = crypto.randomUUID()
    const own = await Promise.all(
      (['communications', 'notifications', 'communications'] as const).map((feed) =>
        connect(session(tenantId, { userId, feed })),
      ),
    )
    const other = await connect(session(tenantId))
    expect(await closeSockets(env, tenantId, { userId, code: 4500, reason: 'Revoked.' })).toBe(3)
    const frames = own.map((client) => client.frames.length)
    await say(tenantId, 'after')
    await other.waitFor(({ type }) => type === 'new_message')
    expect(await Promise.all(own.map((client) => client.closed))).toEqual(
      own.map(() => ({ code: 4500, reason: 'Revoked.' })),
    )
    expect(own.map((client) => client.frames.length)).toEqual(frames)
  })

  it('takes everybody of one tenant and nobody of another', async () => {
    const [one, other] = [await createTenant(), await createTenant()]
    const [closed, open] = [await connect(session(one)), await connect(session(other))]
    expect(await closeSockets(env, one, { code: 4504, reason: 'Off.' })).toBe(1)
    expect((await closed.closed).code).toBe(4504)
    await say(other, 'still here')
    await open.waitFor(({ type }) => type === 'new_message')
  })
})

describe('a user', () => {
  it('has twenty sockets at most, also when thirty come at once', async () => {
    const tenantId = await createTenant()
    const userId = crypto.randomUUID()
    await Promise.all(Array.from({ length: 30 }, () => connect(session(tenantId, { userId }))))
    expect(await closeSockets(env, tenantId, { userId, code: 4000, reason: 'Counted.' })).toBe(20)
  })

  it('loses windows that are dead before the oldest, where a new one needs room', async () => {
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start - 200_000 })
    const tenantId = await createTenant()
    const userId = crypto.randomUUID()
    const oldest = await connect(session(tenantId, { userId }))
    const dead = await Promise.all(Array.from({ length: 19 }, () => connect(session(tenantId, { userId }))))
    vi.setSystemTime(start)
    await oldest.settle()
    const newest = await connect(session(tenantId, { userId }))
    const codes = await Promise.all(dead.map((client) => client.closed))
    expect(new Set(codes.map(({ code }) => code))).toEqual(new Set([4004]))
    await say(tenantId, 'a')
    for (const client of [oldest, newest]) await client.waitFor(({ type }) => type === 'new_message')
  })
})

describe('a socket', () => {
  it('that has been silent for three minutes is let go, one that pinged is not', async () => {
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start - 200_000 })
    const tenantId = await createTenant()
    const [silent, alive] = [await connect(session(tenantId)), await connect(session(tenantId))]
    vi.setSystemTime(start)
    await alive.settle() // the runtime notes the time of a ping by its own clock
    await say(tenantId, 'a')
    expect((await silent.closed).code).toBe(4004)
    await alive.waitFor(({ type }) => type === 'new_message')
    expect(silent.seqs()).toEqual([])
  })

  it('that sends what the runtime makes of invalid UTF-8 is answered in fixed words or closed', async () => {
    const tenantId = await createTenant()
    const [garbled, other] = [await connect(session(tenantId)), await connect(session(tenantId))]
    garbled.ws.send('{"type":"\ufffd"}')
    expect(await garbled.waitFor(({ type }) => type === 'error')).toMatchObject({ code: 'frame.invalid' })
    garbled.ws.send('\ufffd\ufffd')
    expect((await garbled.closed).code).toBe(4505)
    await say(tenantId, 'a')
    await other.waitFor(({ type }) => type === 'new_message')
  })
})
