import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import { epoch, eventPage, newMessage, pong, ready, skip } from './builders.ts'
import { settle } from './fake-environment.ts'
import { comeUp, readJournal, setUp, setUpLive } from './socket-setup.ts'

describe('order', () => {
  test('fills a gap before it delivers what came after it', async () => {
    const { environment, seqs, fetches, states } = await setUpLive(7, { head: () => 12 })
    environment.socket().receive(newMessage(10))
    environment.socket().receive(newMessage(11))
    expect(seqs).toEqual([])
    expect(states.at(-1)).toEqual({ kind: 'catching_up' })
    await settle()
    expect(seqs).toEqual([8, 9, 10, 11])
    expect(fetches).toEqual([7])
    expect(states.at(-1)).toEqual({ kind: 'live' })
  })

  test('drops what was delivered before', async () => {
    const { environment, seqs } = await setUpLive(7)
    for (const seq of [7, 8, 8, 3, 9, 8]) environment.socket().receive(newMessage(seq))
    expect(seqs).toEqual([8, 9])
  })

  test('moves the cursor over what is not for this socket', async () => {
    const { environment, socket, seqs, fetches } = await setUpLive(7)
    environment.socket().receive(skip(8, 20))
    expect(socket.cursor?.seq).toBe(20)
    environment.socket().receive(skip(15, 22)) // overlaps
    environment.socket().receive(newMessage(23))
    expect(seqs).toEqual([23])
    expect(fetches).toEqual([])
  })

  test('notices a gap before a skip', async () => {
    const { environment, socket, seqs, fetches } = await setUpLive(7, { head: () => 9 })
    environment.socket().receive(skip(10, 12))
    await settle()
    expect(fetches).toEqual([7])
    expect(seqs).toEqual([8, 9])
    expect(socket.cursor?.seq).toBe(12)
  })

  test('delivers the events of a batch one by one', async () => {
    const { environment, seqs, socket } = await setUpLive(7)
    environment.socket().receive({ type: 'batch', events: [newMessage(8), skip(9, 11), newMessage(12)] })
    expect(seqs).toEqual([8, 12])
    expect(socket.cursor?.seq).toBe(12)
  })

  test('keeps events that come while it pages, and delivers each once', async () => {
    const pages: (() => void)[] = []
    const setup = await setUpLive(0, {
      fetchEvents: (since) => new Promise((resolve) => pages.push(() => resolve(readJournal(since, 6)))),
    })
    setup.environment.socket().receive(newMessage(5))
    setup.environment.socket().receive(newMessage(6))
    pages[0]?.()
    await settle()
    setup.environment.socket().receive(newMessage(7))
    expect(setup.seqs).toEqual([1, 2, 3])
    pages[1]?.()
    await settle()
    expect(setup.seqs).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(pages).toHaveLength(2)
  })

  test('goes on healing when a new gap appears meanwhile', async () => {
    let head = 3
    const setup = await setUpLive(0, { head: () => head })
    setup.environment.socket().receive(newMessage(3))
    head = 8
    setup.environment.socket().receive(newMessage(8))
    await settle()
    expect(setup.seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})

describe('what was lost without a trace', () => {
  test('heals after a pong that is ahead, but only when it is still behind after the grace', async () => {
    const { environment, seqs, fetches } = await setUpLive(7, { head: () => 9 })
    environment.socket().receive(pong(8))
    environment.socket().receive(newMessage(8)) // it was only overtaken
    await environment.advance(2_000)
    expect(fetches).toEqual([])
    environment.socket().receive(pong(9))
    await environment.advance(1_400)
    expect(fetches).toEqual([])
    await environment.advance(200)
    expect(fetches).toEqual([8])
    expect(seqs).toEqual([8, 9])
  })

  test('heals when a promised replay does not come', async () => {
    const setup = setUp({ cursor: { seq: 5, epoch }, head: () => 7 })
    setup.socket.open()
    await comeUp(setup, 7)
    expect(setup.socket.state.kind).toBe('catching_up')
    await setup.environment.advance(1_600)
    expect(setup.seqs).toEqual([6, 7])
    expect(setup.socket.state.kind).toBe('live')
  })

  test('does not fetch a replay that is still coming in', async () => {
    const setup = setUp({ cursor: { seq: 0, epoch }, head: () => 4 })
    setup.socket.open()
    await comeUp(setup, 4)
    for (const seq of [1, 2, 3, 4]) {
      setup.environment.socket().receive(newMessage(seq))
      await setup.environment.advance(1_000)
    }
    expect(setup.fetches).toEqual([])
    expect(setup.socket.state.kind).toBe('live')
  })
})

describe('resuming', () => {
  test('pages the journal when the replay would be too long', async () => {
    const setup = setUp({ cursor: { seq: 2, epoch }, head: () => 9 })
    setup.socket.open()
    await settle()
    setup.environment.socket().receive(ready(9, { resumed: false, reason: 'too_far' }))
    setup.environment.socket().receive(newMessage(10))
    expect(setup.socket.state.kind).toBe('catching_up')
    await settle()
    expect(setup.fetches).toEqual([2, 5, 8])
    expect(setup.seqs).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
    expect(setup.resets).toEqual([])
  })

  test('tells its owner when the journal is another one, and goes on from its end', async () => {
    const setup = setUp({ cursor: { seq: 50, epoch: 'old' } })
    setup.socket.open()
    await settle()
    setup.environment.socket().receive(ready(9, { resumed: false, reason: 'epoch' }))
    setup.environment.socket().receive(newMessage(10))
    expect(setup.resets).toEqual(['epoch'])
    expect(setup.seqs).toEqual([10])
    expect(setup.socket.cursor).toEqual({ seq: 10, epoch })
    expect(setup.socket.state.kind).toBe('live')
  })

  test('takes a ready of another epoch for a reset, also where it claims to have resumed', async () => {
    const setup = setUp({ cursor: { seq: 50, epoch: 'old' } })
    setup.socket.open()
    await comeUp(setup, 60)
    expect(setup.resets).toEqual(['epoch'])
    expect(setup.fetches).toEqual([])
  })

  test('asks a new connection when a pong names another epoch', async () => {
    const { environment } = await setUpLive(7)
    environment.socket().receive(pong(3, 'new'))
    await environment.advance(2_000)
    expect(environment.socket().request.url).toContain(`since=7&epoch=${epoch}`)
    expect(environment.sockets).toHaveLength(2)
  })

  test('does not go back when the hub knows less than the client has seen', async () => {
    const setup = setUp({ cursor: { seq: 12, epoch } })
    setup.socket.open()
    await comeUp(setup, 10)
    setup.environment.socket().receive(newMessage(11))
    setup.environment.socket().receive(newMessage(12))
    setup.environment.socket().receive(newMessage(13))
    expect(setup.seqs).toEqual([13])
  })

  test('reads the journal again from where its owner says', async () => {
    const { environment, socket, seqs } = await setUpLive(7, { head: () => 8 })
    environment.socket().receive(newMessage(8))
    socket.setCursor({ seq: 6, epoch })
    await settle()
    expect(seqs).toEqual([8, 7, 8])
    expect(socket.state.kind).toBe('live')
  })

  test('delivers in order also when its owner moves it back from within an event', async () => {
    const { environment, socket, seqs } = await setUpLive(7, { head: () => 10 })
    let isMoved = false
    socket.onEvent(({ seq }) => {
      if (seq === 8 && !isMoved) socket.setCursor({ seq: 6, epoch })
      isMoved = true
    })
    for (const seq of [10, 9, 8]) environment.socket().receive(newMessage(seq))
    await settle()
    expect(seqs).toEqual([8, 7, 8, 9, 10])
  })

  test('discards a page that begins too late because the cursor was moved back meanwhile', async () => {
    const answers: (() => void)[] = []
    const setup = await setUpLive(7, {
      fetchEvents: (since) => new Promise((resolve) => answers.push(() => resolve(readJournal(since, 9)))),
    })
    setup.environment.socket().receive(newMessage(9))
    setup.socket.setCursor({ seq: 5, epoch })
    for (let i = 0; i < 4; i += 1) {
      answers.at(-1)?.()
      await settle()
    }
    expect(setup.seqs).toEqual([6, 7, 8, 9])
  })
})

describe('healing that fails', () => {
  test('tries again with growing waits, one request at a time', async () => {
    const times: number[] = []
    let inFlight = 0
    const setup = await setUpLive(0, {
      async fetchEvents(since) {
        times.push(setup.environment.now())
        inFlight += 1
        expect(inFlight).toBe(1)
        await Promise.resolve()
        inFlight -= 1
        if (times.length < 4) throw new ApiError('network', 0, 'No network')
        return readJournal(since, 2)
      },
    })
    const began = setup.environment.now()
    setup.environment.socket().receive(newMessage(2))
    for (let i = 0; i < 60; i += 1) await setup.environment.advance(100)
    expect(times.map((time) => time - began)).toEqual([0, 750, 2_000, 4_250])
    expect(setup.seqs).toEqual([1, 2])
  })

  test('does not wait for ever for one page', async () => {
    let calls = 0
    const setup = await setUpLive(0, {
      fetchEvents: (since) => (++calls === 1 ? new Promise(() => undefined) : Promise.resolve(readJournal(since, 2))),
    })
    setup.environment.socket().receive(newMessage(2))
    for (let i = 0; i < 40; i += 1) {
      setup.environment.socket().receive(pong(2))
      await setup.environment.advance(1_000)
    }
    expect(setup.seqs).toEqual([1, 2])
  })

  test('opens a new connection when its credential is refused or the journal stays shorter than promised', async () => {
    const refused = await setUpLive(0, { fetchEvents: () => Promise.reject(new ApiError('unauthorised', 401, 'No')) })
    refused.environment.socket().receive(newMessage(2))
    await refused.environment.advance(2_000)
    expect(refused.environment.sockets).toHaveLength(2)

    const short = await setUpLive(0, { fetchEvents: async (since) => eventPage([], since) })
    short.environment.socket().receive(newMessage(2))
    await short.environment.advance(10_000)
    expect(short.environment.sockets).toHaveLength(2)
    expect(short.seqs).toEqual([])
  })

  test('leaves the rest to the next connection when this one drops', async () => {
    let answer: () => void = () => undefined
    const setup = await setUpLive(0, {
      fetchEvents: (since) => new Promise((resolve) => (answer = () => resolve(readJournal(since, 3)))),
    })
    setup.environment.socket().receive(newMessage(3))
    setup.environment.socket().drop(1006)
    answer()
    await settle()
    expect(setup.seqs).toEqual([])
    await setup.environment.advance(2_000)
    await comeUp(setup, 3)
    for (const seq of [1, 2, 3]) setup.environment.socket().receive(newMessage(seq))
    expect(setup.seqs).toEqual([1, 2, 3])
  })
})
