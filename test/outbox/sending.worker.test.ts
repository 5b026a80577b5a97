import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  type OutboxWorld,
  type SentRow,
  channelToken,
  createOutboxWorld,
  hear,
  live,
  repliesOf,
  sealCredentials,
} from '../worker/outbox.ts'
import { rowsOf } from '../worker/tenant.ts'

describe('a reply', () => {
  it('goes to its customer once, and is shown as sent under the id the platform gave it', async () => {
    const world = await createOutboxWorld()
    const { messageId } = await world.reply({ content: 'Від 300 грн.' })
    await world.consume()
    expect(world.graph.sent).toMatchObject([{ to: world.customer, text: 'Від 300 грн.', reference: messageId }])
    expect(await repliesOf(world)).toMatchObject([
      { id: messageId, status: 'sent', external_id: world.graph.sent[0]?.messageId },
    ])
    expect(await world.jobs()).toMatchObject([{ state: 'done', attempts: 1, leaseUntil: null }])
    expect(world.bells).toEqual([])
  })

  it('is sent once, however often the queue names it, also at the same time', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const [bell] = world.bells
    for (let copy = 0; copy < 7; copy++) if (bell !== undefined) world.bells.push({ ...bell })
    await world.consume()
    for (let copy = 0; copy < 3; copy++) if (bell !== undefined) world.bells.push({ ...bell })
    await world.settle()
    expect(world.graph.sent).toHaveLength(1)
  })

  it('is found by the sweep when the queue has lost it', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    world.bells.length = 0
    await world.sweep()
    expect(world.bells).toHaveLength(0) // its own message may still be on the way
    world.clock.now += 60_000
    await world.sweep()
    await world.consume()
    expect(world.graph.sent).toHaveLength(1)
  })
})

describe('replies of one conversation', () => {
  it('go out in the order they were written, whoever takes them', async () => {
    const world = await createOutboxWorld({ latencyMs: 3 })
    const texts = Array.from({ length: 12 }, (_, at) => `Частина ${at + 1}`)
    for (const content of texts) await world.reply({ content })
    world.bells.reverse()
    for (let round = 0; round < 30; round++) {
      const bells = world.bells.splice(0)
      const consumers = [0, 1, 2, 3].map((consumer) => bells.filter((_, at) => at % 4 === consumer))
      await Promise.all(
        consumers.map(async (part) => {
          world.bells.push(...part)
          await world.consume(live())
        }),
      )
    }
    await world.settle()
    expect(world.graph.sent.map(({ text }) => text)).toEqual(texts)
  })

  it('are rung one by the other', async () => {
    const world = await createOutboxWorld()
    for (const content of ['перше', 'друге', 'третє']) await world.reply({ content })
    for (const sent of [1, 2, 3]) {
      await world.consume()
      expect(world.graph.sent).toHaveLength(sent)
    }
  })

  it('wait for one that has to be tried again, and others do not', async () => {
    const world = await createOutboxWorld()
    const other = '380671112233'
    const elsewhere = await hear(world, other)
    world.graph.limit({ code: 131_056, match: ({ to }) => to?.includes(world.customer) === true })
    await world.reply({ content: 'перше' })
    await world.reply({ content: 'друге' })
    await world.reply({ content: 'іншому', conversationId: elsewhere })
    await world.consume()
    expect(world.graph.sent.map(({ text }) => text)).toEqual(['іншому'])
    await world.settle()
    expect(world.graph.sent.map(({ text }) => text)).toEqual(['іншому', 'перше', 'друге'])
  })

  it('go on after one that failed', async () => {
    const world = await createOutboxWorld()
    world.graph.fail({ code: 131_051, httpStatus: 400 })
    await world.reply({ content: 'перше' })
    await world.reply({ content: 'друге' })
    await world.settle()
    expect(await repliesOf(world)).toMatchObject([{ status: 'failed' }, { status: 'sent' }])
  })
})

type Error = { code: string; title: string; kind: string }
const errorOf = (row: SentRow | undefined): Error => JSON.parse(row?.error ?? '{}') as Error

type Health = { state: string; last_error_code: string | null; last_error_message: string | null }
const healthOf = async ({ tenantId }: OutboxWorld): Promise<Health | undefined> =>
  (await rowsOf<Health>('select * from channel_health where tenant_id = ?1', tenantId))[0]

const countOf = async (world: OutboxWorld, type: string): Promise<number> =>
  (await rowsOf<{ type: string }>('select type from journal_events where tenant_id = ?1', world.tenantId)).filter(
    (event) => event.type === type,
  ).length

describe('what the platform refuses', () => {
  it('for good fails with its words', async () => {
    const world = await createOutboxWorld()
    world.graph.fail({ code: 131_051, httpStatus: 400, message: 'Unsupported message type' })
    await world.reply()
    await world.consume()
    const [reply] = await repliesOf(world)
    expect([reply?.status, errorOf(reply)]).toMatchObject(['failed', { code: '131051', kind: 'content' }])
    expect(await world.jobs()).toMatchObject([{ state: 'failed', attempts: 1 }])
    expect(world.graph.sent).toHaveLength(0)
  })

  it('for now is tried again when the platform said, and is shown as waiting until then', async () => {
    const world = await createOutboxWorld()
    world.graph.limit({ code: 80_007, minutes: 2 })
    await world.reply()
    await world.consume()
    expect(await repliesOf(world)).toMatchObject([{ status: 'queued', error: null }])
    expect(await world.jobs()).toMatchObject([
      { state: 'due', dueAt: world.clock.now + 2 * 60_000, lastError: { code: '80007', kind: 'rate_limit' } },
    ])
    expect(await healthOf(world)).toMatchObject({ state: 'warning', last_error_code: 'outbound.rate_limit' })
    world.clock.now += 2 * 60_000 - 1
    await world.sweep()
    await world.consume()
    expect(world.graph.calls).toHaveLength(1)
    world.clock.now += 60_000
    await world.sweep()
    await world.consume()
    expect(await repliesOf(world)).toMatchObject([{ status: 'sent' }])
    expect(await healthOf(world)).toMatchObject({ state: 'ok' })
  })

  it('for the whole channel is asked for once: what waits in other conversations waits as long', async () => {
    const world = await createOutboxWorld()
    const others = await Promise.all([1, 2, 3].map((index) => hear(world, `38063111223${index}`)))
    for (const conversationId of others) await world.reply({ conversationId, content: 'іншому' })
    const waiting = world.bells.splice(0)
    world.graph.limit({ code: 80_007, minutes: 2 })
    await world.reply({ content: 'перше' })
    await world.consume()
    world.bells.push(...waiting)
    await world.consume()
    expect(world.graph.calls).toHaveLength(1)
    expect(new Set((await world.jobs()).map(({ dueAt }) => dueAt - world.clock.now))).toEqual(new Set([120_000]))
    await world.settle()
    expect(world.graph.sent).toHaveLength(4)
  })

  it('again and again is given up after ten attempts', async () => {
    const world = await createOutboxWorld()
    world.graph.limit({ code: 130_429, times: 100 })
    await world.reply()
    await world.settle()
    expect(world.graph.calls).toHaveLength(10)
    const [reply] = await repliesOf(world)
    expect([reply?.status, errorOf(reply)]).toMatchObject(['failed', { code: '130429', kind: 'rate_limit' }])
  })

  it('until the reply window has closed is given up then', async () => {
    const world = await createOutboxWorld()
    world.clock.now += 23.9 * 3_600_000
    world.graph.limit({ code: 80_007, minutes: 30, times: 100 })
    await world.reply()
    await world.consume()
    expect(await repliesOf(world)).toMatchObject([{ status: 'failed' }])
  })

  it('for a dead token takes the channel down, once for a burst, and a reply that works brings it back', async () => {
    const world = await createOutboxWorld()
    world.graph.fail({ code: 190, subcode: 463, httpStatus: 401, times: 3 })
    for (const content of ['перше', 'друге', 'третє']) {
      await world.reply({ content })
      await world.consume()
    }
    expect((await repliesOf(world)).map((row) => errorOf(row).kind)).toEqual(['token', 'token', 'token'])
    expect(await healthOf(world)).toMatchObject({ state: 'down', last_error_code: 'outbound.token' })
    const told = await countOf(world, 'channel_health')
    world.clock.now += 1_000
    await world.reply({ content: 'четверте' })
    await world.consume()
    expect(await healthOf(world)).toMatchObject({ state: 'ok' })
    // "It receives" with the first message, "down" and "ok".
    expect([told, await countOf(world, 'channel_health')]).toEqual([2, 3])
  })

  it('never repeats the token in what is stored or shown', async () => {
    const world = await createOutboxWorld()
    world.graph.fail({ code: 190, message: `Malformed access token ${channelToken}`, httpStatus: 400 })
    await world.reply()
    await world.settle()
    const rows = await Promise.all(
      ['jobs', 'messages', 'journal_events', 'channel_health'].map((name) =>
        rowsOf(`select * from ${name} where tenant_id = ?1`, world.tenantId),
      ),
    )
    expect(JSON.stringify(rows)).not.toContain(channelToken)
  })
})

describe('a reply that cannot be sent from here', () => {
  it('after the window has closed fails without asking', async () => {
    const world = await createOutboxWorld()
    world.clock.now += 24 * 3_600_000 + 1
    await world.reply()
    await world.consume()
    const [reply] = await repliesOf(world)
    expect([reply?.status, errorOf(reply)]).toMatchObject(['failed', { code: 'window.closed', kind: 'window' }])
    expect(world.graph.calls).toHaveLength(0)
  })

  it('with a template goes out after the window', async () => {
    const world = await createOutboxWorld()
    world.clock.now += 30 * 24 * 3_600_000
    await world.reply({ type: 'template', content: 'Готово', template: { name: 'order_ready', language: 'uk' } })
    await world.consume()
    expect(await repliesOf(world)).toMatchObject([{ status: 'sent' }])
    expect(world.graph.sent).toMatchObject([{ type: 'template' }])
  })

  it('of a channel without credentials says so', async () => {
    const world = await createOutboxWorld()
    await sealCredentials(world.tenantId, world.channel.id, {})
    await world.reply()
    await world.consume()
    expect(errorOf((await repliesOf(world))[0])).toMatchObject({ code: 'credentials.missing', kind: 'token' })
  })

  it('of a channel whose credentials another key sealed says so', async () => {
    const world = await createOutboxWorld()
    await env.DB.prepare('update channels set sealed_credentials = ?2 where tenant_id = ?1')
      .bind(world.tenantId, 'v1.k00000000.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')
      .run()
    await world.reply()
    await world.consume()
    expect(errorOf((await repliesOf(world))[0])).toMatchObject({ code: 'credentials.unreadable', kind: 'token' })
  })

  it('of a channel that was disconnected says so', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    await env.DB.prepare('delete from channels where tenant_id = ?1').bind(world.tenantId).run()
    await world.consume()
    expect(errorOf((await repliesOf(world))[0])).toMatchObject({ code: 'channel.not_found' })
  })

  it('because it was taken back before is not sent', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    await env.DB.prepare('update messages set deleted_at = 1 where tenant_id = ?1 and client_message_id is not null')
      .bind(world.tenantId)
      .run()
    await world.consume()
    expect(await world.jobs()).toMatchObject([{ state: 'done' }])
    expect(world.graph.calls).toHaveLength(0)
  })
})

describe('a reply with a file', () => {
  const withFile = async (world: OutboxWorld, bytes: Uint8Array<ArrayBuffer> | null) => {
    const objectKey = `t/${world.tenantId}/${crypto.randomUUID()}`
    if (bytes !== null) await env.BUCKET.put(objectKey, bytes)
    const file = {
      type: 'image',
      objectKey,
      mimeType: 'image/png',
      filename: 'рахунок.png',
      size: bytes?.length ?? 3,
    } as const
    return world.reply({ type: 'image', content: 'Рахунок', files: [file] })
  }

  it('takes it along, with its text', async () => {
    const world = await createOutboxWorld()
    await withFile(world, new Uint8Array([1, 2, 3]))
    await world.consume()
    expect(world.graph.sent).toMatchObject([{ type: 'image', text: 'Рахунок' }])
    expect([...(world.graph.sent[0]?.files[0]?.bytes ?? [])]).toEqual([1, 2, 3])
    expect(await repliesOf(world)).toMatchObject([{ status: 'sent' }])
  })

  it('that is gone ends visibly', async () => {
    const world = await createOutboxWorld()
    await withFile(world, null)
    await world.settle()
    expect(await repliesOf(world)).toMatchObject([{ status: 'failed' }])
    expect(world.graph.sent).toHaveLength(0)
  })

  it('is uploaded again after a crash, and sent once', async () => {
    const world = await createOutboxWorld()
    await withFile(world, new Uint8Array([1, 2, 3]))
    await world.consume(live((step) => (step === 5 ? 'after' : null)))
    expect(world.graph.calls.map(({ kind }) => kind)).toEqual(['upload'])
    // An upload may take long: its lease is longer than that of a text.
    world.clock.now += 61_000
    await world.sweep()
    await world.consume()
    expect(world.graph.sent).toHaveLength(0)
    await world.settle()
    expect(world.graph.sent).toHaveLength(1)
  })
})

describe('a person who sends again', () => {
  it('what failed makes one new attempt, however often it is asked for', async () => {
    const world = await createOutboxWorld()
    world.graph.fail({ code: 131_051, httpStatus: 400 })
    const { messageId } = await world.reply()
    await world.settle()
    const retry = {
      kind: 'retry',
      conversationId: world.conversationId,
      messageId: messageId ?? '',
      at: world.clock.now,
    } as const
    await Promise.all(Array.from({ length: 8 }, () => world.receive([{ item: retry }])))
    expect(await repliesOf(world)).toMatchObject([{ status: 'queued', error: null }])
    await world.settle()
    expect(await repliesOf(world)).toMatchObject([{ id: messageId, status: 'sent' }])
    expect(world.graph.sent).toHaveLength(1)
  })
})
