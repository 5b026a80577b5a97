import { describe, expect, it } from 'vitest'
import { createFollowerBell } from '../../src/hub/followers.ts'
import type { CommittedEvent } from '../../src/ingest/items.ts'

const eventOf = (type: string): CommittedEvent => ({
  ...{ seq: 1, type, platform: null, conversationId: null, data: '{}', at: 0 },
})
const told = [eventOf('told')]

/** A hub with one follower; `answers` are what becomes of asking whether anybody follows, one after the other. */
function createWorld(...answers: (boolean | Error | Promise<boolean>)[]) {
  const world = { asked: 0, rings: 0, now: 1_000_000, waits: [] as number[] }
  const work: Promise<unknown>[] = []
  const bell = createFollowerBell(
    {
      name: 'push',
      isWanted: async () => {
        const answer = answers[Math.min(world.asked++, answers.length - 1)] ?? false
        if (answer instanceof Error) throw answer
        return answer
      },
      concerns: ({ type }) => type === 'told',
      ring: async () => {
        world.rings += 1
      },
    },
    {
      waitUntil: (one) => void work.push(one),
      now: () => world.now,
      wait: async (ms) => {
        world.waits.push(ms)
        world.now += ms
      },
    },
  )
  return { bell, world, settle: async () => void (await Promise.all(work)) }
}

describe('the bell of a follower', () => {
  it('asks once whether anybody follows, and then neither asks nor rings where nobody does', async () => {
    const { bell, world, settle } = createWorld(false)
    for (let n = 0; n < 5; n++) {
      bell.tell(told)
      await settle()
    }
    expect(world).toMatchObject({ asked: 1, rings: 0 })
  })

  it('asks nothing for events that tell nobody', async () => {
    const { bell, world, settle } = createWorld(true)
    bell.tell([eventOf('else')])
    bell.tell([])
    await settle()
    expect(world).toMatchObject({ asked: 0, rings: 0 })
  })

  it('rings at once, and once more for all that came within a second', async () => {
    const { bell, world, settle } = createWorld(true)
    bell.tell(told)
    await settle()
    expect([world.rings, world.waits]).toEqual([1, []])
    world.now += 100
    for (let n = 0; n < 50; n++) bell.tell(told)
    await settle()
    expect([world.rings, world.waits, world.asked]).toEqual([2, [900], 1])
    world.now += 5_000
    bell.tell(told)
    await settle()
    expect([world.rings, world.waits]).toEqual([3, [900]])
  })

  it('rings from when somebody comes, also while it was asking whether anybody does', async () => {
    const { bell, world, settle } = createWorld(false, true)
    bell.tell(told)
    await settle()
    bell.changed()
    bell.tell(told)
    await settle()
    expect(world).toMatchObject({ asked: 2, rings: 1 })

    let answer: (isWanted: boolean) => void = () => undefined
    const slow = createWorld(new Promise<boolean>((resolve) => (answer = resolve)), true)
    slow.bell.tell(told)
    slow.bell.changed()
    answer(false)
    await slow.settle()
    expect(slow.world).toMatchObject({ asked: 2, rings: 1 })
  })

  it('asks again after it could not be told', async () => {
    const { bell, world, settle } = createWorld(new Error('D1 is away'), true)
    bell.tell(told)
    await settle()
    expect(world).toMatchObject({ asked: 1, rings: 0 })
    bell.tell(told)
    await settle()
    expect(world).toMatchObject({ asked: 2, rings: 1 })
  })
})
