import { pingFrame, pingIntervalMs, proofOfLifeBytes } from '../protocol/frames.ts'
import type { Environment } from './environment.ts'

/** Browsers run timers of hidden pages about once a minute, so asking for more would only look like silence. */
export const hiddenPingIntervalMs = 60_000
/** No frame at all within this time after a ping: the connection is dead, whatever the network says. */
export const pongPatienceMs = 10_000
/** The same, when somebody is looking and the machine may have slept. */
export const shortPatienceMs = 3_000
// UTF-8 needs at most three bytes for what counts as one in `length`: an upper bound, so the ping is never late.
const maxBytesPerUnit = 3

type LivenessOptions = {
  environment: Pick<Environment, 'setTimer' | 'random' | 'isHidden'>
  send(text: string): void
  /** The other side does not answer. */
  onDead(): void
}

/**
 * Watches one connection: pings it, and says when it is dead. The client pings, since the server answers those
 * without waking and learns from them that this client still reads.
 */
export class Liveness {
  readonly #options: LivenessOptions
  #intervalMs = pingIntervalMs
  #isRunning = false
  #bytesSincePing = 0
  #cancelBeat: () => void = () => undefined
  #cancelPatience: (() => void) | null = null

  constructor(options: LivenessOptions) {
    this.#options = options
  }

  /** Begins for a new connection. The first beat comes at a random time, so that clients do not ping in step. */
  start(intervalMs: number): void {
    this.stop()
    this.#intervalMs = intervalMs
    this.#isRunning = true
    this.#armBeat(this.#options.environment.random() * this.#currentIntervalMs())
  }

  stop(): void {
    this.#isRunning = false
    this.#bytesSincePing = 0
    this.#cancelBeat()
    this.#clearPatience()
  }

  /** Something came in, `length` UTF-16 units long. */
  received(length: number): void {
    if (!this.#isRunning) return
    this.#clearPatience()
    this.#bytesSincePing += length * maxBytesPerUnit
    if (this.#bytesSincePing >= proofOfLifeBytes) this.#ping(pongPatienceMs)
  }

  /** Asks at once, with little patience: the page was away and the connection may have died meanwhile. */
  nudge(): void {
    if (this.#isRunning) this.#ping(shortPatienceMs)
  }

  /** The page was hidden or shown: the beat changes. */
  visibilityChanged(): void {
    if (this.#isRunning) this.#armBeat(this.#currentIntervalMs())
  }

  #currentIntervalMs(): number {
    const isHidden = this.#options.environment.isHidden()
    return isHidden ? Math.max(this.#intervalMs, hiddenPingIntervalMs) : this.#intervalMs
  }

  #armBeat(delayMs: number): void {
    this.#cancelBeat()
    this.#cancelBeat = this.#options.environment.setTimer(() => {
      this.#armBeat(this.#currentIntervalMs())
      this.#ping(pongPatienceMs)
    }, delayMs)
  }

  #ping(patienceMs: number): void {
    this.#bytesSincePing = 0
    this.#clearPatience()
    this.#cancelPatience = this.#options.environment.setTimer(() => this.#options.onDead(), patienceMs)
    this.#options.send(pingFrame)
  }

  #clearPatience(): void {
    this.#cancelPatience?.()
    this.#cancelPatience = null
  }
}
