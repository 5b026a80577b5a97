import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Life, type OutboxWorld, createOutboxWorld, hear, live, repliesOf } from '../worker/outbox.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** For tests of hundreds of processes, on a machine with other things to do. */
const longMs = 90_000

/** Small and repeatable; the seed is in the test's name. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const dyingAt = (step: number, when: 'before' | 'after'): Life => live((at) => (at === step ? when : null))

/** Replies to as many customers, each taken by a process of its own; what it left is rung again later. */
async function sendEach(world: OutboxWorld, count: number, lifeOf: (index: number) => Life): Promise<void> {
  const left: OutboxWorld['bells'] = []
  for (let index = 0; index < count; index++) {
    world.bells.length = 0
    const conversationId = await hear(world, `38067${String(1_000_000 + index)}`)
    await world.reply({ conversationId, content: `Відповідь ${index}` })
    await world.consume(lifeOf(index))
    left.push(...world.bells)
  }
  world.bells.splice(0, world.bells.length, ...left)
}

/** What a process does for one reply, step by step: which of them is the request that the customer sees. */
async function stepsOfSending(): Promise<{ request: number; total: number }> {
  const world = await createOutboxWorld()
  await world.reply()
  let request = 0
  const life = live((step) => {
    if (world.graph.calls.length > 0 && request === 0) request = step - 1
    return null
  })
  await world.consume(life)
  return { request, total: life.steps }
}

const sentTexts = (world: OutboxWorld): string[] => world.graph.sent.map(({ text }) => text ?? '').sort()
const everyText = (count: number): string[] => Array.from({ length: count }, (_, index) => `Відповідь ${index}`).sort()

/** The statuses with which WhatsApp would tell of every message it took, our reference among them. */
async function deliverStatuses(world: OutboxWorld): Promise<void> {
  await world.receive(
    world.graph.sent.map(({ messageId, reference }) => ({
      channel: { id: world.channel.id, platform: 'whatsapp' as const },
      item: {
        kind: 'status' as const,
        at: world.clock.now,
        targetExternalId: messageId,
        status: 'delivered' as const,
        ...(reference === null ? {} : { reference }),
      },
    })),
  )
}

describe('a process that dies', () => {
  it(
    'after the platform took the reply, a hundred times: it is sent once, and is sent or unknown',
    async () => {
      const { request, total } = await stepsOfSending()
      const random = randomOf(7)
      const world = await createOutboxWorld()
      await sendEach(world, 100, () => {
        const step = request + random(total - request + 1)
        return dyingAt(step, step === request || random(2) === 0 ? 'after' : 'before')
      })
      await world.settle()
      expect(sentTexts(world)).toEqual(everyText(100))
      const before = await repliesOf(world)
      expect(new Set(before.map(({ status }) => status))).toEqual(new Set(['sent', 'unknown']))
      for (const { status, external_id } of before)
        expect([status, external_id !== null]).toEqual([status, status === 'sent'])
      await deliverStatuses(world)
      expect(new Set((await repliesOf(world)).map(({ status }) => status))).toEqual(new Set(['delivered']))
      expect(sentTexts(world)).toEqual(everyText(100))
    },
    longMs,
  )

  it(
    'before the request goes out leaves nothing behind: the reply is sent by the next',
    async () => {
      const { request } = await stepsOfSending()
      const random = randomOf(11)
      const world = await createOutboxWorld()
      // The last step before the request says that it is on its way: dying after that one is another matter.
      await sendEach(world, 30, () => {
        const step = 1 + random(request - 1)
        return dyingAt(step, step === request - 1 || random(2) === 0 ? 'before' : 'after')
      })
      await world.settle()
      expect(sentTexts(world)).toEqual(everyText(30))
      expect(new Set((await repliesOf(world)).map(({ status }) => status))).toEqual(new Set(['sent']))
    },
    longMs,
  )

  it(
    'anywhere, again and again, also while it sweeps: nothing is sent twice, nothing stays without an end',
    async () => {
      const { total } = await stepsOfSending()
      const random = randomOf(13)
      const world = await createOutboxWorld({ hasWebhooks: true })
      const dying = () => dyingAt(1 + random(total + 1), random(2) === 0 ? 'before' : 'after')
      await sendEach(world, 60, dying)
      for (let round = 0; round < 8; round++) {
        await world.consume(dying())
        world.clock.now += 61_000
        await world.sweep(dying())
      }
      await world.settle()
      await world.graph.settled()
      const texts = sentTexts(world)
      expect(new Set(texts).size).toBe(texts.length)
      for (const { status, content } of await repliesOf(world)) {
        // What was never asked for stays unknown: nobody here can tell it from what was taken and lost.
        expect([content, status]).toEqual([content, texts.includes(content) ? 'read' : 'unknown'])
      }
    },
    longMs,
  )
})

describe('a database or a hub that fails for a moment', () => {
  it(
    'at any one step, its work done or not: the reply is sent once, and ends',
    async () => {
      const { request, total } = await stepsOfSending()
      for (const what of ['fails', 'lies'] as const) {
        for (let step = 1; step <= total; step++) {
          const world = await createOutboxWorld()
          await world.reply()
          await world.consume(live((at) => (at === step ? what : null)))
          await world.settle()
          const [reply] = await repliesOf(world)
          // Whether a request that failed was heard, nobody can tell.
          const sent = step === request && what === 'fails' ? 0 : 1
          const status = step === request ? 'unknown' : 'sent'
          expect({ what, step, sent: world.graph.sent.length, status: reply?.status }).toEqual({
            what,
            step,
            sent,
            status,
          })
        }
      }
    },
    longMs,
  )

  it('when the platform has just taken a reply: it is not sent again', async () => {
    const { request } = await stepsOfSending()
    const world = await createOutboxWorld()
    await world.reply()
    // Neither its own row nor the journal could be told.
    await world.consume(live((step) => (step === request + 1 || step === request + 2 ? 'fails' : null)))
    await world.settle()
    expect(world.graph.sent).toHaveLength(1)
    expect(await repliesOf(world)).toMatchObject([{ status: 'unknown' }])
  })

  it('when its row cannot be written: the journal is told all the same', async () => {
    const { request } = await stepsOfSending()
    const world = await createOutboxWorld()
    await world.reply()
    await world.consume(live((step) => (step === request + 1 ? 'fails' : null)))
    expect(await repliesOf(world)).toMatchObject([{ status: 'sent' }])
  })

  it('when the journal cannot be told: the next process tells it what the row has kept', async () => {
    const { request } = await stepsOfSending()
    const world = await createOutboxWorld()
    await world.reply()
    await world.consume(live((step) => (step === request + 2 ? 'fails' : null)))
    expect(await repliesOf(world)).toMatchObject([{ status: 'queued' }])
    world.clock.now += 5_000
    await world.consume()
    expect(await repliesOf(world)).toMatchObject([{ status: 'sent' }])
    expect(world.graph.sent).toHaveLength(1)
  })
})

describe('a hub that vanishes', () => {
  it('while replies are told of: each is sent once, and none stays without an end', async () => {
    const random = randomOf(17)
    const world = await createOutboxWorld({ hasHub: true, latencyMs: 2 })
    // The hub rings the real queue, so its consumers are at work as well.
    vi.stubGlobal('fetch', world.graph.fetch)
    const stub = env.HUB.get(env.HUB.idFromName(`tenant:${world.tenantId}`))
    for (let index = 0; index < 24; index++) {
      const conversationId = await hear(world, `38067${String(1_000_000 + index)}`)
      const [, replied] = await Promise.allSettled([
        random(2) === 0 ? evictDurableObject(stub) : undefined,
        world.reply({ conversationId, content: `Відповідь ${index}`, clientMessageId: `${index}` }),
      ])
      if (replied.status === 'rejected') {
        await world.reply({ conversationId, content: `Відповідь ${index}`, clientMessageId: `${index}` })
      }
      await Promise.allSettled([world.consume(), random(2) === 0 ? evictDurableObject(stub) : undefined])
    }
    await world.settle()
    expect(sentTexts(world)).toEqual(everyText(24))
    await deliverStatuses(world)
    expect(new Set((await repliesOf(world)).map(({ status }) => status))).toEqual(new Set(['delivered']))
  })
})

describe('an answer that is lost on its way', () => {
  it('leaves the reply unknown, and its echo says that it was sent', async () => {
    const world = await createOutboxWorld()
    world.graph.loseAnswer()
    const { messageId } = await world.reply()
    await world.settle()
    expect(await repliesOf(world)).toMatchObject([{ id: messageId, status: 'unknown', external_id: null }])
    await deliverStatuses(world)
    expect(await repliesOf(world)).toMatchObject([
      { id: messageId, status: 'delivered', external_id: world.graph.sent[0]?.messageId },
    ])
    expect(world.graph.sent).toHaveLength(1)
  })

  it('never to come ends with the lease of the request', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    // Dead with the request on its way: nobody is left to hear the answer.
    const { request } = await stepsOfSending()
    await world.consume(dyingAt(request, 'after'))
    expect(await world.jobs()).toMatchObject([{ state: 'sending', result: null }])
    await world.consume()
    expect(await repliesOf(world)).toMatchObject([{ status: 'queued' }])
    world.clock.now += 3 * 60_000
    await world.sweep()
    await world.consume()
    expect(await repliesOf(world)).toMatchObject([{ status: 'unknown' }])
    expect(world.graph.sent).toHaveLength(1)
  })
})

describe('a lease that ends too early', () => {
  it('lets nobody send a reply that another has begun to send', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const [bell] = world.bells
    const { request } = await stepsOfSending()
    // Slow before the point of no return, until another process has taken the job over.
    let wake: () => void = () => undefined
    const asleep = new Promise<void>((resolve) => {
      wake = resolve
    })
    const slow = live()
    const { step } = slow
    slow.step = async (act) => {
      if (slow.steps === request - 2) await asleep
      return step(act)
    }
    const slowly = world.consume(slow)
    await new Promise((resolve) => setTimeout(resolve, 50))
    world.clock.now += 61_000
    if (bell !== undefined) world.bells.push({ ...bell })
    await world.consume()
    wake()
    await slowly
    await world.settle()
    expect(world.graph.sent).toHaveLength(1)
    expect(await repliesOf(world)).toMatchObject([{ status: 'sent' }])
  })
})
