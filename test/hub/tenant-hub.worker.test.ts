import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { receive } from '../../src/hub/call-hub.ts'
import { TenantHub } from '../../src/hub/tenant-hub.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import { stepAlert } from '../../src/notifications/channel-alert.ts'
import { message, onChannel } from '../ingest/builders.ts'
import { type Client, connect, session } from '../worker/socket.ts'
import { countOf, createTenant, failingDatabase, rowsOf } from '../worker/tenant.ts'

const hubOf = (tenantId: string) => env.HUB.get(env.HUB.idFromName(`tenant:${tenantId}`))
const say = (tenantId: string, ...externalIds: string[]) =>
  receive(env, tenantId, onChannel(...externalIds.map((externalId) => message({ externalId, at: Date.now() }))))
const tenant = async (): Promise<string> => {
  const tenantId = await createTenant()
  await say(tenantId, 'first') // makes the channel healthy, so that later messages are one event each
  return tenantId
}
const consecutive = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)

/** Another writer of the same journal: what an older or newer instance of this hub would be. */
const storeElsewhere = (tenantId: string, externalId: string) =>
  ingest(env.DB, onChannel(message({ externalId, at: Date.now() })), {
    tenantId,
    now: Date.now(),
    replyWindow: () => null,
    hasProfiles: () => false,
    stepAlert,
  })

describe('a socket', () => {
  it('starts with ready and then gets each event as the journal has it', async () => {
    const tenantId = await tenant()
    const of = session(tenantId)
    const client = await connect(of)
    expect(client.frames[0]).toMatchObject({
      type: 'ready',
      seq: 2,
      epoch: 'e1',
      resumed: false,
      user_id: of.userId,
      ping_interval_ms: 25_000,
    })
    expect(client.frames[0]).not.toHaveProperty('reason')
    await say(tenantId, 'a')
    const frame = await client.waitFor(({ type }) => type === 'new_message')
    const [row] = await rowsOf<{ data: string }>(
      'select data from journal_events where tenant_id = ?1 and seq = 3',
      tenantId,
    )
    expect(frame).toEqual(JSON.parse(row?.data ?? ''))
  })

  it('gets one frame of fifty simultaneous copies', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    const results = await Promise.all(Array.from({ length: 50 }, () => say(tenantId, 'same')))
    expect(results.flat().filter(({ outcome }) => outcome === 'stored')).toHaveLength(1)
    await client.settle()
    expect(client.frames.filter(({ type }) => type === 'new_message')).toHaveLength(1)
    expect(await countOf('messages', tenantId)).toBe(2)
  })

  it('gets the same order from many parallel senders as the journal, without a hole', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    await Promise.all(Array.from({ length: 60 }, (_, n) => say(tenantId, `m${n}`)))
    await client.settle()
    expect(client.seqs()).toEqual(consecutive(3, 62))
  })

  it('gets batches only when it negotiated the subprotocol', async () => {
    const tenantId = await tenant()
    const plain = await connect(session(tenantId, { isV1: false }))
    const raw: string[] = []
    plain.ws.addEventListener('message', ({ data }) => raw.push(String(data)))
    await say(tenantId, 'a', 'b', 'c')
    await plain.settle()
    expect(raw.filter((text) => text.startsWith('{"type":"batch"'))).toEqual([])
    expect(plain.seqs()).toEqual([3, 4, 5])
  })

  it('gets skip for what it filtered out, so that its cursor moves all the same', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    client.ws.send('{"type":"filter","platforms":["email"]}')
    await client.settle()
    await say(tenantId, 'a', 'b')
    await client.settle()
    expect(client.frames.filter(({ type }) => type === 'new_message')).toEqual([])
    expect(client.frames.find(({ type }) => type === 'skip')).toEqual({ type: 'skip', from: 3, seq: 4 })
  })

  it('gets what a line means on the notifications feed, never the line itself', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId, { feed: 'notifications' }))
    await say(tenantId, 'a')
    await client.settle()
    expect(client.frames.slice(1).map(({ type }) => type)).toEqual(['notification', 'pong'])
    expect(client.frames[1]).not.toHaveProperty('message')
  })

  it('of another tenant sees nothing', async () => {
    const [one, other] = [await tenant(), await tenant()]
    const client = await connect(session(other))
    await say(one, 'a')
    await client.settle()
    expect(client.seqs()).toEqual([])
  })
})

describe('resuming', () => {
  const back = (tenantId: string, since: number, epoch = 'e1') => connect(session(tenantId, { since, epoch }))

  it('replays exactly what was missed, from memory', async () => {
    const tenantId = await tenant()
    await say(tenantId, 'a', 'b', 'c')
    const client = await back(tenantId, 3)
    expect(client.frames[0]).toMatchObject({ type: 'ready', seq: 5, resumed: true })
    await client.settle()
    expect(client.seqs()).toEqual([4, 5])
  })

  it('replays from the journal after the hub lost its memory', async () => {
    const tenantId = await tenant()
    await say(tenantId, 'a', 'b')
    await evictDurableObject(hubOf(tenantId), { webSockets: 'close' })
    const client = await back(tenantId, 2)
    await client.settle()
    expect(client.frames[0]).toMatchObject({ resumed: true })
    expect(client.seqs()).toEqual([3, 4])
  })

  it('works at the head, also when there never was an event', async () => {
    const tenantId = await createTenant()
    const client = await back(tenantId, 0)
    expect(client.frames[0]).toMatchObject({ seq: 0, resumed: true })
  })

  it('says no, and why, when the gap is too large or the epoch another one', async () => {
    const tenantId = await tenant()
    for (const part of [0, 1, 2, 3]) await say(tenantId, ...Array.from({ length: 400 }, (_, n) => `p${part}n${n}`))
    expect((await back(tenantId, 1)).frames[0]).toMatchObject({ resumed: false, reason: 'too_far' })
    expect((await back(tenantId, 2, 'other')).frames[0]).toMatchObject({ resumed: false, reason: 'epoch' })
    expect((await back(tenantId, 99_999)).frames[0]).toMatchObject({ resumed: false, reason: 'epoch' })
    const client = await back(tenantId, 1500)
    await client.settle()
    expect(client.seqs()).toEqual(consecutive(1501, 1602))
  })

  it('does not replay a text that was taken back', async () => {
    const tenantId = await tenant()
    await receive(env, tenantId, onChannel(message({ externalId: 'x', content: 'взято назад', at: Date.now() })))
    await receive(env, tenantId, onChannel({ kind: 'deletion', at: Date.now(), targetExternalId: 'x' }))
    const client = await back(tenantId, 2)
    await client.settle()
    expect(client.seqs()).toEqual([3, 4, 5])
    expect(JSON.stringify(client.frames)).not.toContain('взято назад')
  })
})

describe('a hub that sleeps', () => {
  it('keeps its sockets, answers pings with the head, and goes on without a hole', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    await say(tenantId, 'a')
    await evictDurableObject(hubOf(tenantId))
    expect(await client.settle()).toMatchObject({ type: 'pong', seq: 3, epoch: 'e1' })
    await say(tenantId, 'b')
    await client.settle()
    expect(client.seqs()).toEqual([3, 4])
  })

  it('is not woken by pings', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    await evictDurableObject(hubOf(tenantId))
    const wakes = vi.spyOn(TenantHub.prototype, 'webSocketMessage')
    for (let beat = 0; beat < 5; beat++) await client.settle()
    expect(wakes).not.toHaveBeenCalled()
    client.ws.send('{"type": "ping"}') // one space more, and the runtime has to ask
    await vi.waitFor(() => expect(wakes).toHaveBeenCalledOnce())
    wakes.mockRestore()
  })

  it('can still sleep after a hundred parallel connects', async () => {
    const tenantId = await tenant()
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect(session(tenantId))))
    const before = await runInDurableObject(hubOf(tenantId), (hub) => Object.assign(hub, { mark: 'this one' }) && true)
    expect(before).toBe(true)
    await evictDurableObject(hubOf(tenantId))
    expect(await runInDurableObject(hubOf(tenantId), (hub) => Reflect.get(hub, 'mark') as unknown)).toBeUndefined()
    await say(tenantId, 'a')
    await Promise.all(clients.map((client) => client.waitFor(({ type }) => type === 'new_message')))
  })

  it('sends on waking what was committed and not sent, before anything newer', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    await evictDurableObject(hubOf(tenantId))
    await storeElsewhere(tenantId, 'unsent')
    client.ws.send(JSON.stringify({ type: 'typing', conversation_id: crypto.randomUUID() }))
    await client.waitFor(({ seq }) => seq === 3)
    await storeElsewhere(tenantId, 'unsent too')
    await say(tenantId, 'newer')
    await client.settle()
    expect(client.seqs()).toEqual([3, 4, 5])
  })

  it('sends everybody away when the database was restored meanwhile', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    await evictDurableObject(hubOf(tenantId))
    await env.DB.prepare(`update journal_heads set epoch = 'e2' where tenant_id = ?1`).bind(tenantId).run()
    await say(tenantId, 'a').catch(() => undefined)
    expect((await client.closed).code).toBe(4002)
  })
})

describe('a failing database', () => {
  const failOnce = (tenantId: string, when: 'before' | 'after', thenAt: (batch: number, hub: TenantHub) => void) =>
    runInDurableObject(hubOf(tenantId), (hub) => {
      const own = hub as unknown as { env: Env }
      const real = own.env
      const DB = failingDatabase(real.DB, (batch) => {
        if (batch > 1) thenAt(batch, hub)
        return batch === 1 ? when : null
      })
      own.env = { ...real, DB }
    })

  it.each(['before', 'after'] as const)(
    '%s the commit: the sender hears of it, its repetition is stored once and seen once',
    async (when) => {
      const tenantId = await tenant()
      const client = await connect(session(tenantId))
      await failOnce(tenantId, when, () => undefined)
      await expect(say(tenantId, 'a')).rejects.toMatchObject({ code: 'hub.unavailable', status: 503 })
      await say(tenantId, 'a')
      await say(tenantId, 'b')
      await client.settle()
      expect(client.seqs()).toEqual([3, 4])
      expect(await countOf('messages', tenantId)).toBe(3)
    },
  )

  it('keeps nobody waiting when all are sent away while the hub catches up', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    let batches = 0
    await failOnce(tenantId, 'after', (batch, hub) => {
      batches = batch
      if (batch === 2) void hub.closeSockets({ code: 4002, reason: 'restored' })
      if (batch > 50) throw new Error('it reads without end')
    })
    await expect(say(tenantId, 'a')).rejects.toMatchObject({ code: 'hub.unavailable' })
    expect((await client.closed).code).toBe(4002)
    expect(batches).toBe(2)
    await say(tenantId, 'b')
    expect(await countOf('messages', tenantId)).toBe(3)
  })
})

describe('a client that misbehaves', () => {
  const closedWith = async (send: (client: Client) => void): Promise<number> => {
    const client = await connect(session(await tenant()))
    send(client)
    return (await client.closed).code
  }

  it('is closed for what is no frame', async () => {
    expect(await closedWith(({ ws }) => ws.send('no json'))).toBe(4505)
    expect(await closedWith(({ ws }) => ws.send(''))).toBe(4505)
    expect(await closedWith(({ ws }) => ws.send('['.repeat(4000)))).toBe(4505)
    expect(await closedWith(({ ws }) => ws.send(new Uint8Array([1, 2, 3])))).toBe(4505)
    expect(await closedWith(({ ws }) => ws.send(JSON.stringify({ type: 'typing', pad: 'є'.repeat(2_100) })))).toBe(4505)
    expect(await closedWith(({ ws }) => ws.send('x'.repeat(1_000_000)))).toBe(4505)
  })

  it('hears of an unknown frame in fixed words and stays', async () => {
    const client = await connect(session(await tenant()))
    for (const type of ['__proto__', 'constructor', 'base', '<script>']) client.ws.send(JSON.stringify({ type }))
    client.ws.send('null')
    await client.waitFor(() => client.frames.filter(({ type }) => type === 'error').length === 5)
    const errors = client.frames.filter(({ type }) => type === 'error')
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['frame.invalid']))
    expect(errors).toHaveLength(5)
    expect(JSON.stringify(errors)).not.toContain('script')
  })

  it('is closed when it floods, and the others are not', async () => {
    const tenantId = await tenant()
    const [flooder, other] = await Promise.all([connect(session(tenantId)), connect(session(tenantId))])
    for (let n = 0; n < 200; n++) flooder.ws.send('{"type":"filter"}')
    expect((await flooder.closed).code).toBe(4008)
    await say(tenantId, 'a')
    await other.waitFor(({ type }) => type === 'new_message')
  })

  it('gets nothing after its session has expired', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId, { expiresAt: Date.now() + 200 }))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await say(tenantId, 'a')
    expect((await client.closed).code).toBe(4005)
    expect(client.seqs()).toEqual([])
  })

  it('loses its oldest socket when it opens too many', async () => {
    const tenantId = await tenant()
    const userId = crypto.randomUUID()
    const clients: Client[] = []
    for (let n = 0; n < 21; n++) clients.push(await connect(session(tenantId, { userId })))
    expect((await clients[0]?.closed)?.code).toBe(4503)
    await say(tenantId, 'a')
    await clients[20]?.waitFor(({ type }) => type === 'new_message')
  })

  it('is closed when it never shows that it reads, before its backlog grows large', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    const content = 'x'.repeat(60_000)
    let sent = 0
    const closed = client.closed.then(() => 'closed')
    while ((await Promise.race([closed, Promise.resolve('open')])) === 'open' && sent < 60) {
      await receive(env, tenantId, onChannel(message({ externalId: `big${sent}`, content, at: Date.now() })))
      sent += 1
    }
    expect((await client.closed).code).toBe(4003)
    expect(sent).toBeLessThan(40)
  })

  it('is not closed by the same amount when it pings', async () => {
    const tenantId = await tenant()
    const client = await connect(session(tenantId))
    const content = 'x'.repeat(60_000)
    for (let n = 0; n < 40; n++) {
      await receive(env, tenantId, onChannel(message({ externalId: `big${n}`, content, at: Date.now() })))
      await client.settle()
    }
    expect(client.seqs()).toEqual(consecutive(3, 42))
  })
})

describe('colleagues', () => {
  it('see who comes, types and goes', async () => {
    const tenantId = await tenant()
    const watcher = await connect(session(tenantId))
    const of = session(tenantId, { name: 'Олег' })
    const colleague = await connect(of)
    await watcher.waitFor(({ type, online }) => type === 'presence' && online === true)
    const conversationId = crypto.randomUUID()
    for (let n = 0; n < 3; n++) colleague.ws.send(JSON.stringify({ type: 'typing', conversation_id: conversationId }))
    await watcher.waitFor(({ type }) => type === 'typing')
    await say(tenantId, 'a') // whatever else was on its way is before this
    await watcher.waitFor(({ type }) => type === 'new_message')
    expect(watcher.frames.filter(({ type }) => type === 'typing')).toEqual([
      { type: 'typing', conversation_id: conversationId, user_id: of.userId, name: 'Олег' },
    ])
    colleague.ws.close(1000)
    await watcher.waitFor(({ type, online }) => type === 'presence' && online === false)
  })

  it('see somebody go while the hub slept', async () => {
    const tenantId = await tenant()
    const watcher = await connect(session(tenantId))
    const colleague = await connect(session(tenantId))
    await evictDurableObject(hubOf(tenantId))
    colleague.ws.close(1000)
    await watcher.waitFor(({ type, online }) => type === 'presence' && online === false)
  })

  it('are listed to whoever comes later', async () => {
    const tenantId = await tenant()
    const of = session(tenantId)
    await connect(of)
    const later = session(tenantId)
    expect((await connect(later)).frames[0]?.['online']).toEqual([of.userId, later.userId])
  })
})
