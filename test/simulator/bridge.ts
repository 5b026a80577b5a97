import type { SocketLike, SocketRequest } from '../../src/client/environment.ts'
import type { ConnectionRecord } from './record.ts'

/** The far end of a socket, as workerd's WebSocket is. */
export type FarEnd = {
  accept(): void
  send(text: string): void
  close(code?: number): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void
}

/** One wire between a page and the hub, which can be cut, stalled, made lossy, or die without anybody noticing. */
export type Link = {
  record: ConnectionRecord
  socket: SocketLike
  isOpen(): boolean
  /** The page hears of it at once, the hub a moment later. */
  cut(): void
  stall(): void
  unstall(): void
  /** Nothing is held back or lost any more. */
  mend(): void
  /** The next event on its way is lost. */
  loseNext(): void
  /** From now on nothing gets through, and nobody is told. */
  goDead(): void
  /** The hub's side of a dead link ends at last. */
  bury(): void
  /** Resolves when whatever the hub has sent has arrived, or the link has ended. */
  barrier(): Promise<void>
}

const pong = '{"type":"pong"'
const ping = '{"type":"ping"}'
const isNumbered = (text: string): boolean =>
  !text.startsWith(pong) && !text.startsWith('{"type":"ready"') && text.includes('"seq":')

/** Opens a link. `upgrade` gives the far end, or null where the server refused. */
export function openLink(request: SocketRequest, upgrade: (request: SocketRequest) => Promise<FarEnd | null>): Link {
  const since = new URL(request.url).searchParams.get('since')
  const record: ConnectionRecord = { since: since === null ? null : Number(since), frames: [], closedWith: null }
  const state = { isDead: false, isEnded: false, lost: 0, held: null as (() => void)[] | null }
  let far: FarEnd | null = null
  /** Who asked for each pong that is still to come. */
  const askers: (() => void)[] = []

  const call = (handler: ((event: never) => void) | null, event: unknown): void => handler?.(event as never)
  const pass = (act: () => void): void => {
    if (state.isDead) return
    if (state.held === null) act()
    else state.held.push(act)
  }
  const receive = (text: string): void => {
    record.frames.push(text)
    if (text.startsWith(pong)) {
      const asker = askers.shift()
      if (asker !== undefined && asker !== toPage) return asker()
    }
    if (state.lost > 0 && isNumbered(text)) {
      state.lost -= 1
      return
    }
    pass(() => call(socket.onmessage, { data: text }))
  }
  const end = (code: number): void => {
    if (state.isEnded) return
    state.isEnded = true
    record.closedWith = code
    for (const asker of askers) asker()
    pass(() => call(socket.onclose, { code }))
  }
  const toPage = (): void => undefined
  const send = (text: string, asker: () => void): void => {
    if (text === ping) askers.push(asker)
    try {
      far?.send(text)
    } catch {
      end(1006) // it ended a moment ago, and its close event is still on its way
    }
  }

  const unstall = (): void => {
    const held = state.held ?? []
    state.held = null
    for (const act of held) act()
  }

  const socket: SocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send(text) {
      if (far === null) throw new Error('Still in CONNECTING state')
      if (!state.isDead && !state.isEnded) send(text, toPage)
    },
    close(code) {
      record.closedWith ??= code ?? 1005
      state.isEnded = true
      for (const asker of askers) asker()
      if (!state.isDead) close(far, 1000)
    },
  }
  const begin = async (): Promise<void> => {
    const opened = await upgrade(request).catch(() => null)
    if (opened === null) return end(1006)
    far = opened
    opened.addEventListener('message', ({ data }) => receive(String(data)))
    opened.addEventListener('close', ({ code }) => end(code))
    opened.accept()
    if (state.isEnded) return close(opened, 1000)
    pass(() => call(socket.onopen, {}))
  }
  void begin()
  return {
    record,
    socket,
    isOpen: () => far !== null && !state.isEnded,
    cut() {
      end(1006)
      close(far, 1000)
    },
    stall: () => void (state.held ??= []),
    unstall,
    mend() {
      state.lost = 0
      unstall()
    },
    loseNext: () => void (state.lost += 1),
    goDead: () => void (state.isDead = true),
    bury() {
      if (state.isDead) close(far, 1000)
    },
    barrier: () =>
      new Promise((resolve) => {
        if (far === null || state.isEnded) resolve()
        else send(ping, resolve)
      }),
  }
}

function close(far: FarEnd | null, code: number): void {
  try {
    far?.close(code)
  } catch {
    // Closed already, by the other side.
  }
}
