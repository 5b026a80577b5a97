import type { Environment, SocketLike, SocketRequest } from '../../src/client/environment.ts'
import type { NetworkEvent } from '../../src/client/network-events.ts'

/** A socket whose other end is the test. */
export type FakeSocket = SocketLike & {
  request: SocketRequest
  sent: string[]
  /** The code given to `close()` by the client. */
  closedWith: number | null
  accept(): void
  receive(frame: unknown): void
  drop(code: number): void
}

function createFakeSocket(request: SocketRequest): FakeSocket {
  const call = (handler: ((event: never) => void) | null, event: unknown): void => handler?.(event as never)
  const socket: FakeSocket = {
    request,
    sent: [],
    closedWith: null,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (data) => void socket.sent.push(data),
    close: (code) => void (socket.closedWith = code ?? 1005),
    accept: () => call(socket.onopen, {}),
    receive: (frame) => call(socket.onmessage, { data: typeof frame === 'string' ? frame : JSON.stringify(frame) }),
    drop: (code) => call(socket.onclose, { code }),
  }
  return socket
}

export type FakeEnvironment = Environment & {
  sockets: FakeSocket[]
  errors: unknown[]
  /** The newest socket. */
  socket(): FakeSocket
  /** Lets time pass, timers and promises in their order. */
  advance(ms: number): Promise<void>
  fire(event: NetworkEvent): Promise<void>
  timers(): number
  listeners(): number
}

/** Lets every promise that can go on go on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

type Timer = { at: number; order: number; callback: () => void }

/** An environment with a clock, a network and a page that only the test moves. `random` gives 0.5 unless told. */
export function createFakeEnvironment(random: () => number = () => 0.5): FakeEnvironment {
  const timers = new Set<Timer>()
  const listeners = new Set<(event: NetworkEvent) => void>()
  const page = { now: 1_000_000, isOnline: true, isHidden: false, order: 0, ids: 0 }
  const sockets: FakeSocket[] = []
  const errors: unknown[] = []
  return {
    sockets,
    errors,
    random,
    randomId: () => `00000000-0000-4000-9000-${String((page.ids += 1)).padStart(12, '0')}`,
    now: () => page.now,
    isOnline: () => page.isOnline,
    isHidden: () => page.isHidden,
    reportError: (error) => void errors.push(error),
    setTimer(callback, delayMs) {
      const timer = { at: page.now + delayMs, order: page.order++, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    openWebSocket(request) {
      const socket = createFakeSocket(request)
      sockets.push(socket)
      return socket
    },
    onNetworkEvent(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    socket() {
      const socket = sockets.at(-1)
      if (socket === undefined) throw new Error('No socket was opened')
      return socket
    },
    async advance(ms) {
      const until = page.now + ms
      await settle()
      for (let next = earliest(timers); next !== undefined && next.at <= until; next = earliest(timers)) {
        timers.delete(next)
        page.now = Math.max(page.now, next.at)
        next.callback()
        await settle()
      }
      page.now = until
    },
    async fire(event) {
      if (event === 'online' || event === 'offline') page.isOnline = event === 'online'
      if (event === 'visible' || event === 'hidden') page.isHidden = event === 'hidden'
      for (const listener of [...listeners]) listener(event)
      await settle()
    },
    timers: () => timers.size,
    listeners: () => listeners.size,
  }
}

function earliest(timers: ReadonlySet<Timer>): Timer | undefined {
  return [...timers].toSorted((a, b) => a.at - b.at || a.order - b.order)[0]
}
