import { type NetworkEvent, watchNetwork } from './network-events.ts'

/** The part of a WebSocket that the client uses. */
export type SocketLike = {
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

/** How to open one socket. `headers` only where the runtime can send them, which browsers cannot. */
export type SocketRequest = { url: string; protocols: string[]; headers?: Readonly<Record<string, string>> }

/** The world outside: everything the client does not decide by itself. Replace parts of it in tests or elsewhere. */
export type Environment = {
  /** Epoch ms. */
  now(): number
  /** Calls back once after `delayMs`; the function given back cancels that. */
  setTimer(callback: () => void, delayMs: number): () => void
  /** Uniform in [0, 1). */
  random(): number
  /** A new UUID that nobody else has. */
  randomId(): string
  openWebSocket(request: SocketRequest): SocketLike
  isOnline(): boolean
  isHidden(): boolean
  /** Tells of changes of the network and of the page; the function given back ends that. */
  onNetworkEvent(listener: (event: NetworkEvent) => void): () => void
  /** Where an error of somebody else's listener goes; it never stops the stream of events. */
  reportError(error: unknown): void
}

/** The environment of this browser or Node process. Looks nothing up before it is used, so importing it is safe anywhere. */
export function createEnvironment(overrides: Partial<Environment> = {}): Environment {
  return {
    now: () => Date.now(),
    setTimer(callback, delayMs) {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
    random: () => Math.random(),
    randomId,
    openWebSocket,
    // Only a definite "no" counts: some runtimes have a navigator that does not say.
    isOnline: () => (globalThis as { navigator?: { onLine?: boolean } }).navigator?.onLine !== false,
    isHidden: () => globalThis.document?.visibilityState === 'hidden',
    onNetworkEvent: watchNetwork,
    reportError,
    ...overrides,
  }
}

function openWebSocket({ url, protocols, headers }: SocketRequest): SocketLike {
  // Node's own WebSocket takes an object with headers where the standard has only the protocols.
  const options: unknown = headers === undefined ? protocols : { protocols, headers }
  const socket: unknown = new WebSocket(url, options as string[])
  return socket as SocketLike
}

// `crypto.randomUUID` is missing on pages without https; this is the same by hand (RFC 9562, version 4).
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes.set([((bytes[6] ?? 0) & 0x0f) | 0x40], 6)
  bytes.set([((bytes[8] ?? 0) & 0x3f) | 0x80], 8)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function reportError(error: unknown): void {
  if (typeof globalThis.reportError === 'function') return globalThis.reportError(error)
  queueMicrotask(() => {
    throw error
  })
}
