import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import { pingFrame } from '../../src/protocol/frames.ts'
import { epoch, newMessage, ready, userId, uuid } from './builders.ts'
import { createFakeEnvironment, settle } from './fake-environment.ts'
import { comeUp, setUp, setUpLive } from './socket-setup.ts'

const attemptAfter = 30_000

describe('connecting', () => {
  test('offers the protocol and a ticket, and resumes where it was', async () => {
    const { environment } = await setUpLive(7)
    const { url, protocols, headers } = environment.socket().request
    expect(url).toBe(`wss://inbox.example/api/v1/communications/ws/${userId}?since=7&epoch=${epoch}`)
    expect(protocols).toEqual(['edge-inbox.v1', 'ticket.t1'])
    expect(headers).toBeUndefined()
  })

  test('sends a token as a header where the runtime can, on the feed that was asked for', async () => {
    const credential = { getToken: async () => 'jwt' }
    const setup = setUp({ credential, feed: 'notifications', baseUrl: 'http://127.0.0.1:8787/' })
    setup.socket.open()
    await settle()
    const { url, protocols, headers } = setup.environment.socket().request
    expect(url).toBe(`ws://127.0.0.1:8787/api/v1/notifications/ws/${userId}`)
    expect(protocols).toEqual(['edge-inbox.v1'])
    expect(headers).toEqual({ authorization: 'Bearer jwt' })
  })

  test('starts at the end of the journal without a cursor', async () => {
    const setup = setUp()
    setup.socket.open()
    await comeUp(setup, 41)
    expect(setup.socket.cursor).toEqual({ seq: 41, epoch })
    expect(setup.socket.state).toEqual({ kind: 'live' })
    expect(setup.fetches).toEqual([])
  })

  test('asks for a new ticket before every attempt', async () => {
    const { environment, tickets } = await setUpLive(7)
    environment.socket().drop(4005)
    await environment.advance(2_000)
    expect(tickets).toEqual(['t1', 't2'])
    expect(environment.socket().request.protocols).toContain('ticket.t2')
  })

  test('stays away when the ticket is refused, and comes back when it only could not be had', async () => {
    let error = new ApiError('network', 0, 'No network')
    const setup = setUp({ credential: { getTicket: () => Promise.reject(error) } })
    setup.socket.open()
    await settle()
    expect(setup.socket.state).toMatchObject({ kind: 'connecting', attempt: 1 })
    error = new ApiError('unauthorised', 401, 'Sign in')
    await setup.environment.advance(attemptAfter)
    expect(setup.socket.state).toEqual({ kind: 'stopped', code: 4500 })
    expect(setup.environment.timers()).toBe(0)
  })

  test('gives up an attempt that never becomes ready', async () => {
    const setup = setUp()
    setup.socket.open()
    await settle()
    const [first] = setup.environment.sockets
    first?.accept()
    await setup.environment.advance(14_000)
    expect(first?.closedWith).toBeNull()
    await setup.environment.advance(3_000)
    expect(first?.closedWith).toBe(1000)
    expect(setup.environment.sockets).toHaveLength(2)
  })

  test('throws at once where there is no address to connect to', () => {
    expect(() => setUp({ baseUrl: '' })).toThrow('Invalid URL')
  })
})

describe('coming back', () => {
  test.each([4500, 4501, 4502, 4503, 4504, 4505, 4999])('stays away after %i', async (code) => {
    const { environment, socket } = await setUpLive(7)
    environment.socket().drop(code)
    await environment.advance(600_000)
    expect(socket.state).toEqual({ kind: 'stopped', code })
    expect(environment.sockets).toHaveLength(1)
    expect(environment.timers()).toBe(0)
    expect(environment.listeners()).toBe(0)
  })

  test.each([1000, 1001, 1006, 4000, 4001, 4002, 4003, 4004, 4005, 4006, 4499, 3000])(
    'comes back after %i',
    async (code) => {
      const { environment, socket } = await setUpLive(7)
      environment.socket().drop(code)
      await environment.advance(attemptAfter)
      expect(environment.sockets.length).toBeGreaterThan(1)
      expect(socket.state.kind).toBe('connecting')
    },
  )

  test.each([0, 0.25, 0.999])('spreads the first return of a live socket over two seconds (%d)', async (random) => {
    const { environment, socket } = await setUpLive(7, { environment: createFakeEnvironment(() => random) })
    const now = environment.now()
    environment.socket().drop(1006)
    expect(socket.state).toEqual({ kind: 'connecting', attempt: 1, retryAt: now + random * 2_000 })
  })

  test('waits longer with every failure, and starts over after ten seconds of uptime', async () => {
    const { environment, socket } = await setUpLive(7, { environment: createFakeEnvironment(() => 1) })
    const waits: number[] = []
    const failOnce = async (): Promise<void> => {
      environment.socket().drop(1006)
      const { state } = socket
      if (state.kind === 'connecting') waits.push((state.retryAt ?? 0) - environment.now())
      await environment.advance(waits.at(-1) ?? 0)
    }
    for (let i = 0; i < 7; i += 1) await failOnce()
    expect(waits).toEqual([2_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    environment.socket().receive(ready(7))
    await environment.advance(9_000)
    await failOnce()
    expect(waits.at(-1)).toBe(30_000)
    environment.socket().receive(ready(7))
    await environment.advance(10_000)
    await failOnce()
    expect(waits.at(-1)).toBe(2_000)
  })

  test('leaves a server alone that asked for patience, also when the page is looked at', async () => {
    const { environment } = await setUpLive(7)
    environment.socket().drop(4008)
    await environment.fire('visible')
    await environment.advance(29_000)
    expect(environment.sockets).toHaveLength(1)
    await environment.advance(31_000)
    expect(environment.sockets.length).toBeGreaterThan(1)
  })

  test('pages the journal after the server doubted its position, whatever the replay says', async () => {
    const setup = await setUpLive(7, { head: () => 12 })
    setup.environment.socket().drop(4002)
    await setup.environment.advance(2_000)
    await comeUp(setup, 7)
    expect(setup.fetches).toEqual([7, 10])
    expect(setup.seqs).toEqual([8, 9, 10, 11, 12])
  })

  test('closes the old socket before it opens the next', async () => {
    const { environment } = await setUpLive(7)
    const [first] = environment.sockets
    const openWebSocket = environment.openWebSocket
    const closedBefore: (number | null | undefined)[] = []
    environment.openWebSocket = (request) => {
      closedBefore.push(first?.closedWith)
      return openWebSocket(request)
    }
    await environment.advance(25_000)
    await environment.advance(12_500) // no answer to the ping, then the wait
    expect(closedBefore).toEqual([1000])
    first?.receive(newMessage(8))
    first?.drop(4500)
    expect(environment.sockets).toHaveLength(2)
  })

  test('resumes from the newest event it delivered', async () => {
    const { environment } = await setUpLive(7)
    environment.socket().receive(newMessage(8))
    environment.socket().drop(1006)
    await environment.advance(2_000)
    expect(environment.socket().request.url).toContain('since=8&')
  })
})

describe('the page and the network', () => {
  test('closes when the network goes and comes back at once with it', async () => {
    const { environment, socket } = await setUpLive(7)
    await environment.fire('offline')
    expect(environment.sockets[0]?.closedWith).toBe(1000)
    expect(socket.state).toEqual({ kind: 'offline' })
    await environment.advance(60_000)
    expect(environment.sockets).toHaveLength(1)
    await environment.fire('online')
    expect(environment.sockets).toHaveLength(2)
  })

  test('waits for the network when it is opened without one', async () => {
    const setup = setUp()
    await setup.environment.fire('offline')
    setup.socket.open()
    await setup.environment.advance(60_000)
    expect(setup.environment.sockets).toHaveLength(0)
    await setup.environment.fire('online')
    expect(setup.environment.sockets).toHaveLength(1)
  })

  test.each(['pagehide', 'freeze'] as const)('puts the socket away on %s and takes it up again', async (event) => {
    const { environment } = await setUpLive(7)
    await environment.fire(event)
    expect(environment.sockets[0]?.closedWith).toBe(1000)
    await environment.advance(120_000)
    expect(environment.sockets).toHaveLength(1)
    await environment.fire(event === 'freeze' ? 'resume' : 'pageshow')
    expect(environment.sockets).toHaveLength(2)
  })

  test('does not wait any longer when somebody looks at the page', async () => {
    const { environment } = await setUpLive(7, { environment: createFakeEnvironment(() => 0.9) })
    environment.socket().drop(1006)
    await environment.fire('visible')
    expect(environment.sockets).toHaveLength(2)
  })

  test('asks a connection at once whether it lives when the page comes back, and gives it three seconds', async () => {
    const { environment, socket } = await setUpLive(7)
    await environment.fire('visible')
    expect(environment.socket().sent).toEqual([pingFrame])
    await environment.advance(2_900)
    expect(socket.state.kind).toBe('live')
    await environment.advance(200)
    expect(environment.sockets[0]?.closedWith).toBe(1000)
    expect(socket.state.kind).toBe('connecting')
  })

  test('keeps no timer and no listener after close, and ignores what still comes', async () => {
    const { environment, socket, seqs } = await setUpLive(7)
    environment.socket().receive(newMessage(9)) // begins to heal
    await settle()
    socket.close()
    environment.sockets[0]?.receive(newMessage(8))
    await settle()
    expect(environment.timers()).toBe(0)
    expect(environment.listeners()).toBe(0)
    expect(seqs).toEqual([])
    expect(socket.state).toEqual({ kind: 'stopped', code: null })
  })

  test('opens nothing when it is closed while it waits for its ticket', async () => {
    const setup = setUp()
    setup.socket.open()
    setup.socket.close()
    await settle()
    expect(setup.tickets).toHaveLength(1)
    expect(setup.environment.sockets).toHaveLength(0)
  })

  test('can be opened again after it was closed', async () => {
    const setup = await setUpLive(7)
    setup.socket.close()
    setup.socket.open()
    await comeUp(setup, 7)
    expect(setup.socket.state).toEqual({ kind: 'live' })
  })
})

describe('sending', () => {
  test('sends the filter on every connection, and its replacement at once', async () => {
    const setup = await setUpLive(7, { filter: { platforms: ['email'] } })
    expect(setup.environment.socket().sent).toEqual(['{"type":"filter","platforms":["email"]}'])
    setup.socket.setFilter(null)
    expect(setup.environment.socket().sent.at(-1)).toBe('{"type":"filter"}')
    setup.socket.setFilter({ conversation_ids: [uuid(10)] })
    setup.environment.socket().drop(1006)
    await setup.environment.advance(2_000)
    await comeUp(setup, 7)
    expect(setup.environment.socket().sent).toEqual([`{"type":"filter","conversation_ids":["${uuid(10)}"]}`])
  })

  test('tells what lies open, also on later connections, and nothing twice', async () => {
    const setup = await setUpLive(7)
    setup.socket.setFocus(uuid(10))
    setup.socket.setFocus(uuid(10))
    const told = `{"type":"focus","conversation_id":"${uuid(10)}"}`
    expect(setup.environment.socket().sent).toEqual([told])
    setup.environment.socket().drop(1006)
    await setup.environment.advance(2_000)
    await comeUp(setup, 7)
    expect(setup.environment.socket().sent).toEqual([told])
    setup.socket.setFocus(null)
    expect(setup.environment.socket().sent.at(-1)).toBe('{"type":"focus","conversation_id":null}')
  })

  test('tells of typing at most every three seconds for one conversation', async () => {
    const { environment, socket } = await setUpLive(7)
    socket.sendTyping(uuid(10))
    socket.sendTyping(uuid(10))
    socket.sendTyping(uuid(11))
    await environment.advance(2_999)
    socket.sendTyping(uuid(10))
    expect(environment.socket().sent).toHaveLength(2)
    await environment.advance(1)
    socket.sendTyping(uuid(10))
    expect(environment.socket().sent).toHaveLength(3)
  })
})

describe('receiving', () => {
  test('passes on who is here, who types and what the server complains of', async () => {
    const setup = setUp()
    const seen: unknown[] = []
    setup.socket.onEphemeral((ephemeral) => seen.push(ephemeral))
    setup.socket.onError((error) => seen.push(error))
    setup.socket.open()
    await settle()
    const typing = { type: 'typing', conversation_id: uuid(10), user_id: uuid(2), name: 'Olena' }
    setup.environment.socket().receive(ready(7, { online: [uuid(2)] }))
    setup.environment.socket().receive(typing)
    setup.environment.socket().receive({ type: 'presence', user_id: uuid(2), online: false })
    setup.environment.socket().receive({ type: 'error', code: 'frame.rate', message: 'Too many frames' })
    expect(seen).toEqual([
      { type: 'online', user_ids: [uuid(2)] },
      typing,
      { type: 'presence', user_id: uuid(2), online: false },
      { code: 'frame.rate', message: 'Too many frames' },
    ])
  })

  test('counts what it does not know and goes on', async () => {
    const { environment, socket, seqs } = await setUpLive(7)
    environment.socket().receive({ type: 'hologram' })
    environment.socket().receive('not json')
    environment.socket().receive({ type: 'call_started', seq: 8 })
    environment.socket().receive(newMessage(9))
    expect(socket.counts).toEqual({ unknownFrames: 2, malformedFrames: 1 })
    expect(seqs).toEqual([9])
    expect(socket.state.kind).toBe('live')
  })

  test('goes on after a listener that throws', async () => {
    const { environment, socket, seqs } = await setUpLive(7)
    socket.onEvent(() => {
      throw new Error('listener')
    })
    environment.socket().receive(newMessage(8))
    environment.socket().receive(newMessage(9))
    expect(seqs).toEqual([8, 9])
    expect(environment.errors).toHaveLength(2)
  })

  test('delivers nothing more once a listener closed it in the middle of a batch', async () => {
    const { environment, socket, seqs } = await setUpLive(7)
    socket.onEvent(() => socket.close())
    environment.socket().receive({ type: 'batch', events: [newMessage(8), newMessage(9)] })
    expect(seqs).toEqual([8])
    expect(socket.cursor).toEqual({ seq: 8, epoch })
  })
})
