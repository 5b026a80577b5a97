import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pingFrame } from '../../src/protocol/frames.ts'
import { epoch } from './builders.ts'
import { createFakeEnvironment, type FakeEnvironment, settle } from './fake-environment.ts'
import { createFakeServer, type FakeServer } from './fake-server.ts'
import { setUp } from './socket-setup.ts'

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('event' as const), isHidden: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'hold' as const, 'repeat' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(30_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('drop' as const), code: fc.constantFrom(1006, 4000, 4002, 4003) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('fail' as const, 'offline' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

type World = { environment: FakeEnvironment; server: FakeServer; held: unknown[]; isFailing: boolean }

const accepted = new WeakSet<object>()

/** Whatever sockets were opened get their `ready`, and pings their pong, while time passes. */
async function pass(world: World, ms: number): Promise<void> {
  for (let left = ms; left >= 0; left -= 500) {
    await world.environment.advance(Math.min(500, left))
    const socket = world.environment.sockets.at(-1)
    if (socket === undefined || socket.closedWith !== null) continue
    if (!world.environment.isOnline()) continue
    if (!accepted.has(socket)) {
      accepted.add(socket)
      world.server.accept(socket)
    }
    if (socket.sent.splice(0).includes(pingFrame)) socket.receive(world.server.pong())
  }
}
async function take(world: World, one: Step): Promise<void> {
  const { environment, server, held } = world
  const socket = environment.sockets.at(-1)
  const isUp = socket !== undefined && socket.closedWith === null && accepted.has(socket)
  switch (one.do) {
    case 'event': {
      const seq = server.commit(one.isHidden)
      if (isUp) for (const frame of [server.frameOf(seq), ...held.splice(0)]) socket.receive(frame)
      break
    }
    case 'lose':
      server.commit(false)
      break
    case 'hold':
      held.push(server.frameOf(server.commit(false)))
      break
    case 'repeat':
      if (isUp)
        for (let seq = Math.max(1, server.head() - 2); seq <= server.head(); seq += 1)
          socket.receive(server.frameOf(seq))
      break
    case 'wait':
      await pass(world, one.ms)
      break
    case 'drop':
      if (isUp) socket.drop(one.code)
      held.length = 0
      break
    case 'fail':
      world.isFailing = !world.isFailing
      break
    case 'offline':
      await environment.fire('offline')
      await pass(world, 3_000)
      await environment.fire('online')
      break
  }
  await settle()
}

test('delivers every event it may see once and in order, whatever is lost, repeated, reordered or dropped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), async (steps, memory) => {
      const environment = createFakeEnvironment()
      const world: World = { environment, server: createFakeServer(memory), held: [], isFailing: false }
      const setup = setUp({
        environment,
        cursor: { seq: 0, epoch },
        fetchEvents: (since) =>
          world.isFailing ? Promise.reject(new Error('no network')) : world.server.fetchEvents(since),
      })
      setup.socket.open()
      await pass(world, 1_000)
      for (const one of steps) await take(world, one)
      world.isFailing = false
      await pass(world, 120_000)
      expect(setup.seqs).toEqual(world.server.visible())
      expect(setup.socket.state).toEqual({ kind: 'live' })
      expect(setup.socket.cursor).toEqual({ seq: world.server.head(), epoch })
      setup.socket.close()
      expect(environment.timers()).toBe(0)
    }),
    { numRuns: 150 },
  )
}, 60_000)
