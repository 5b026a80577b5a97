import type { EventPage } from '../protocol/api.ts'
import type { JournalEvent, ReadyFrame } from '../protocol/frames.ts'
import { isRefusal } from './api-error.ts'
import { backoffDelayMs } from './backoff.ts'
import { type Cursor, hold, release, type Sequenced } from './cursor.ts'
import type { Environment } from './environment.ts'

/** A pong may overtake frames that are on their way, so only a client that is still behind after this time heals. */
export const graceMs = 1_500
export const healPageSize = 200
/** A page that takes longer counts as failed, else one hung request would stop healing for good. */
export const fetchPatienceMs = 35_000
/** Frames that wait for a gap to be filled; beyond it the newest are let go and fetched again. */
const maxWaiting = 1_000
/** Pages in a row that bring nothing although the journal is longer: after these, start over with a new connection. */
const maxFruitlessPages = 5

/** Why the views have to be loaded again: the journal was restored, and its numbers start over. */
export type ResetReason = 'epoch'

export type FollowerOptions = {
  environment: Pick<Environment, 'setTimer' | 'random'>
  cursor: Cursor | null
  fetchEvents(since: number, limit: number): Promise<EventPage>
  onEvent(event: JournalEvent): void
  onReset(reason: ResetReason): void
  /** `isCurrent` may have changed. */
  onChange(): void
  /** The position cannot be settled on this connection: open another one. */
  onLost(): void
}

type PageOutcome = 'done' | 'fruitless' | 'failed'

/**
 * Follows one journal: gives every event once and in order, notices what is missing, and fetches it (G5). Knows
 * nothing of sockets; whoever does tells it what came in.
 */
export class JournalFollower {
  readonly #options: FollowerOptions
  #cursor: Cursor | null
  /** The newest number that is known to exist and not merely on its way. */
  #target = 0
  /** The newest number that a pong told of; it becomes the target when the grace is over. */
  #expected = 0
  #waiting: Sequenced[] = []
  #isConnected = false
  #mustPage = false
  #isHealing = false
  /** Changes with every connection, so that what was begun for an earlier one can tell. */
  #connection = 0
  #cancelGrace: (() => void) | null = null
  readonly #waits = new Set<() => void>()

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#cursor = options.cursor
  }

  /** Up to where everything was delivered, the event that is being delivered included. */
  get cursor(): Cursor | null {
    return this.#cursor
  }

  /** Whether everything that is known to exist was delivered. */
  get isCurrent(): boolean {
    return this.#isConnected && !this.#isHealing && !this.#mustPage && !this.#isBehind()
  }

  /** A connection is ready. `mustPage`: fetch what follows the cursor, whatever the replay brings. */
  connected(ready: ReadyFrame, mustPage: boolean): void {
    this.disconnected()
    this.#isConnected = true
    this.#target = ready.seq
    const { seq, epoch } = ready
    const previous = this.#cursor
    const isReset = previous !== null && (ready.reason === 'epoch' || previous.epoch !== epoch)
    if (previous === null || isReset) this.#cursor = { seq, epoch }
    if (isReset) return this.#options.onReset('epoch')
    this.#mustPage = previous !== null && (mustPage || !ready.resumed)
    if (this.#mustPage) void this.#heal()
    else this.#expect(seq)
  }

  /** The connection is gone. What waited will be replayed by the next one. */
  disconnected(): void {
    this.#connection += 1
    this.#isConnected = false
    this.#isHealing = false
    this.#mustPage = false
    this.#waiting = []
    this.#expected = 0
    this.#clearGrace()
    for (const end of [...this.#waits]) end()
  }

  /** Something with a number came in. */
  accept(item: Sequenced): void {
    if (!this.#isConnected) return
    this.#target = Math.max(this.#target, item.seq)
    this.#waiting = hold(this.#waiting, item).slice(0, maxWaiting)
    this.#deliverWaiting()
    if (this.#waiting.length > 0) void this.#heal()
  }

  /** A pong told where the journal ends. */
  checkHead(seq: number, epoch: string): void {
    if (!this.#isConnected || this.#cursor === null) return
    if (epoch !== this.#cursor.epoch) this.#options.onLost()
    else this.#expect(seq)
  }

  /** Goes on from elsewhere, also from further back: then the events in between are delivered again. */
  setCursor(cursor: Cursor): void {
    const isOtherEpoch = this.#cursor !== null && this.#cursor.epoch !== cursor.epoch
    this.#cursor = cursor
    if (!this.#isConnected) return
    if (isOtherEpoch) return this.#options.onLost()
    this.#deliverWaiting()
    if (this.#isBehind()) void this.#heal()
  }

  #isBehind(): boolean {
    return this.#cursor === null || this.#cursor.seq < this.#target
  }

  #expect(seq: number): void {
    this.#expected = Math.max(this.#expected, seq)
    if (this.#cancelGrace === null && (this.#cursor?.seq ?? 0) < this.#expected) this.#armGrace()
  }

  #armGrace(): void {
    const before = { seq: this.#cursor?.seq, expected: this.#expected }
    this.#cancelGrace = this.#options.environment.setTimer(() => {
      this.#cancelGrace = null
      const seq = this.#cursor?.seq ?? 0
      if (seq >= this.#expected) return
      // Frames are still coming in order, or the wish is newer than this timer: no reason to fetch them as well yet.
      if (seq !== before.seq || this.#expected !== before.expected) return this.#armGrace()
      this.#target = Math.max(this.#target, this.#expected)
      void this.#heal()
    }, graceMs)
  }

  #clearGrace(): void {
    this.#cancelGrace?.()
    this.#cancelGrace = null
  }

  #deliverWaiting(): void {
    const { ready, waiting } = release(this.#cursor?.seq ?? 0, this.#waiting)
    this.#waiting = waiting
    this.#deliver(ready)
    this.#options.onChange()
  }

  #deliver(items: readonly Sequenced[]): void {
    const connection = this.#connection
    for (const item of items) {
      if (this.#cursor === null || item.seq <= this.#cursor.seq) continue
      const reached = this.#moveTo(item.seq, this.#cursor.epoch)
      if (item.type !== 'skip') this.#options.onEvent(item)
      // The listener closed the connection or moved the cursor: what follows belongs to a position that is gone.
      if (this.#connection !== connection || this.#cursor !== reached) return
    }
  }

  #moveTo(seq: number, epoch: string): Cursor {
    this.#cursor = { seq, epoch }
    return this.#cursor
  }

  // One at a time: gaps that appear meanwhile raise the target, and the loop goes on until it is reached.
  async #heal(): Promise<void> {
    if (this.#isHealing) return
    this.#isHealing = true
    const connection = this.#connection
    this.#options.onChange()
    let failures = 0
    let fruitless = 0
    while (this.#mustPage || this.#isBehind()) {
      const outcome = await this.#healOnce(connection)
      if (connection !== this.#connection) return
      failures = outcome === 'done' ? 0 : failures + 1
      fruitless = outcome === 'fruitless' ? fruitless + 1 : 0
      if (fruitless >= maxFruitlessPages) return this.#options.onLost()
      if (failures > 0) await this.#wait(backoffDelayMs(failures - 1, this.#options.environment.random)).over
      if (connection !== this.#connection) return
    }
    this.#isHealing = false
    this.#options.onChange()
  }

  async #healOnce(connection: number): Promise<PageOutcome> {
    const since = this.#cursor?.seq ?? 0
    const page = await this.#fetchPage(since)
    if (connection !== this.#connection || page === null) return 'failed'
    if (page === 'refused' || page.epoch !== this.#cursor?.epoch) {
      this.#options.onLost()
      return 'failed'
    }
    if (this.#cursor.seq < since) return 'done' // moved back while we asked: this page begins too late
    return this.#applyPage(page, since)
  }

  #applyPage(page: EventPage, since: number): PageOutcome {
    const { events, epoch, more } = page
    // A page ends with a skip to its last number: what it left out is nothing this user may see.
    const end: Sequenced[] = page.seq > since ? [{ type: 'skip', from: since + 1, seq: page.seq }] : []
    const connection = this.#connection
    this.#deliver([...events, ...end])
    if (connection !== this.#connection || this.#cursor?.epoch !== epoch) return 'done'
    this.#deliverWaiting()
    if (!more) this.#mustPage = false
    const isFruitless = this.#cursor.seq === since && (this.#mustPage || this.#isBehind())
    return isFruitless ? 'fruitless' : 'done'
  }

  async #fetchPage(since: number): Promise<EventPage | 'refused' | null> {
    const patience = this.#wait(fetchPatienceMs)
    try {
      return await Promise.race([this.#options.fetchEvents(since, healPageSize), patience.over.then(() => null)])
    } catch (error) {
      return isRefusal(error) ? 'refused' : null
    } finally {
      patience.end()
    }
  }

  /** A wait that the end of the connection also ends. */
  #wait(delayMs: number): { over: Promise<void>; end: () => void } {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const end = (): void => {
      cancel()
      this.#waits.delete(end)
      resolve()
    }
    const cancel = this.#options.environment.setTimer(end, delayMs)
    this.#waits.add(end)
    return { over, end }
  }
}
