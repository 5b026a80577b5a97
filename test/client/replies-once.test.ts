import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import { threadRows } from '../../src/client/thread-rows.ts'
import { conversation, conversationUpdated, message, newMessage, uuid } from './builders.ts'
import { settle } from './fake-environment.ts'
import { type InboxSetup, startInbox, storeReply } from './inbox-setup.ts'

const open = uuid(10)

/** What may happen to a request, and around it. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('post' as const),
      // Whether it arrived, whether its answer did, and what the server said otherwise.
      outcome: fc.constantFrom('answered' as const, 'answer lost' as const, 'lost' as const, 'unavailable' as const),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('event' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(40_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reconnect' as const, 'reread' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
type Outcome = Extract<Step, { do: 'post' }>['outcome']

type World = InboxSetup & { texts: string[]; told: number; posts: ((outcome: Outcome) => void)[]; blamed: number }

async function setUpWorld(): Promise<World> {
  const setup = await startInbox({ messages: [] })
  await setup.inbox.openConversation(open)
  const posts: World['posts'] = []
  setup.api.sendMessage = (id, body) =>
    new Promise((resolve, reject) => {
      posts.push((outcome) => {
        if (outcome === 'lost') return reject(new ApiError('network', 0, 'Lost'))
        if (outcome === 'unavailable') return reject(new ApiError('unavailable', 503, 'Later'))
        const stored = storeReply(setup.server, id, body)
        if (outcome === 'answered') resolve({ message: stored, seq: stored.seq })
        else reject(new ApiError('network', 0, 'The answer was lost'))
      })
    })
  return { ...setup, texts: [], told: 0, posts, blamed: 0 }
}

/** Sends the next event that the socket has not brought yet. */
function tellNext(world: World): void {
  const next = world.server.messages[world.told]
  if (next === undefined) return
  world.told += 1
  world.socket().event(newMessage(next.seq, { message: next }))
}

async function run(world: World, next: Step): Promise<void> {
  switch (next.do) {
    case 'send':
      world.texts.push(`Text ${world.texts.length}`)
      world.inbox.send(open, { content: world.texts.at(-1) ?? '' })
      break
    case 'post':
      // After too many of these a person would have to decide, and here is none.
      if (next.outcome === 'unavailable') world.blamed += 1
      world.posts.shift()?.(world.blamed > 6 && next.outcome === 'unavailable' ? 'lost' : next.outcome)
      break
    case 'event':
      tellNext(world)
      break
    case 'wait':
      await world.environment.advance(next.ms)
      break
    case 'reconnect':
      world.socket().state({ kind: 'connecting', attempt: 1, retryAt: null })
      while (world.told < world.server.messages.length) tellNext(world)
      world.socket().state({ kind: 'live' })
      break
    case 'reread': {
      // A merge makes the thread be read again.
      world.server.asOf += 1
      const merged = conversation(12, { status: 'merged', merged_into: open })
      world.server.messages.push(message(world.server.asOf, { content: '', conversation_id: uuid(99) }))
      world.socket().event(conversationUpdated(world.server.asOf, merged))
      break
    }
  }
  await settle()
}

const shownTexts = ({ inbox }: World): string[] =>
  threadRows(inbox.getState(), open).flatMap(({ content }) => (content === '' ? [] : [content]))

test('shows every reply once at every moment, and stores each once and in order, whatever the network does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = await setUpWorld()
      // Also between the steps of one change: a page draws every state.
      world.inbox.subscribe(() => expect(shownTexts(world).toSorted()).toEqual(world.texts.toSorted()))
      for (const next of steps) {
        await run(world, next)
        expect(shownTexts(world).toSorted()).toEqual(world.texts.toSorted())
      }
      // Then the network is good again.
      for (let n = 0; n < world.texts.length * 2 + 2; n += 1) {
        for (let post = world.posts.shift(); post !== undefined; post = world.posts.shift()) post('answered')
        await world.environment.advance(60_000)
      }
      while (world.told < world.server.messages.length) tellNext(world)
      expect(shownTexts(world)).toEqual(world.texts)
      const stored = world.server.messages.flatMap(({ content }) => (content === '' ? [] : [content]))
      expect(stored).toEqual(world.texts)
      expect(world.inbox.getState().outgoing).toEqual([])
      expect(world.environment.timers()).toBe(0)
    }),
    { numRuns: 150 },
  )
})
