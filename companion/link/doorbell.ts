import type { Logger } from 'pino'
import { Doorbell } from '../../src/protocol/companion.ts'
import { pingFrame, pingIntervalMs } from '../../src/protocol/frames.ts'
import { accountKey } from '../data-folder.ts'
import type { Access } from './access.ts'
import { backoffMs, pause } from './backoff.ts'

/** As much of Node's own WebSocket as is used: it takes headers, which a browser's does not. */
export type OpenSocket = (url: string, headers: Record<string, string>) => WebSocket

export type DoorbellDeps = {
  url: string
  serviceKey: () => string
  access: Access
  open: OpenSocket
  /** There is work for this account; null: perhaps for any. */
  rung: (account: string | null) => void
  timing?: { pingMs: number; pongMs: number }
  log: Logger
  random: () => number
  signal: AbortSignal
}
export type DoorbellSocket = { run(): Promise<void>; isOpen(): boolean }

const defaultTiming = { pingMs: pingIntervalMs, pongMs: 10_000 }
/** A socket that lived so long counts as one that worked. */
const provenMs = 30_000

/**
 * A socket on which the Worker says that there is work, and nothing else: whatever is lost on it is found by the pull
 * every half minute. Node does not notice a dead link by itself, so that silence after a ping counts as one.
 */
export function createDoorbell(deps: DoorbellDeps): DoorbellSocket {
  const { access, log, random, signal, timing: { pingMs, pongMs } = defaultTiming } = deps
  let isOpen = false

  /** Resolves when the socket has ended. */
  function ringing(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const address = `${deps.url.replace(/^http/, 'ws')}/api/v1/companion/ws`
    const socket = deps.open(address, { authorization: `Bearer ${deps.serviceKey()}` })
    let silence: NodeJS.Timeout | undefined
    const ping = setInterval(() => {
      if (!isOpen) return
      socket.send(pingFrame)
      silence ??= setTimeout(end, pongMs)
    }, pingMs)
    const connecting = setTimeout(end, pongMs)
    function end() {
      clearInterval(ping)
      clearTimeout(silence)
      clearTimeout(connecting)
      signal.removeEventListener('abort', end)
      if (isOpen) log.info({ event: 'doorbell.closed' })
      isOpen = false
      // Does not wait for the other side's answer: there may be nobody.
      socket.close()
      resolve(undefined)
    }
    socket.addEventListener('open', () => {
      clearTimeout(connecting)
      isOpen = true
      log.info({ event: 'doorbell.open' })
      // What was rung before is not rung again.
      deps.rung(null)
    })
    socket.addEventListener('message', ({ data }) => {
      clearTimeout(silence)
      silence = undefined
      const account = accountOf(data)
      if (account !== null) deps.rung(account)
    })
    socket.addEventListener('error', end)
    socket.addEventListener('close', end)
    signal.addEventListener('abort', end)
    return promise
  }

  return {
    async run() {
      for (let failures = 0; !signal.aborted;) {
        await access.whenOpen(signal)
        if (signal.aborted) return
        const startedAt = performance.now()
        await ringing()
        failures = performance.now() - startedAt > provenMs ? 1 : failures + 1
        await pause(500 + backoffMs(Math.min(failures, 6), random), signal)
      }
    },
    isOpen: () => isOpen,
  }
}

function accountOf(data: unknown): string | null {
  if (typeof data !== 'string') return null
  try {
    const parsed = Doorbell.safeParse(JSON.parse(data))
    return parsed.success ? accountKey(parsed.data.account) : null
  } catch {
    return null
  }
}
