import { historyStart } from './world.ts'

/** Whose timer it is. Those of an owner that sleeps wait until it wakes. */
export type TimerOwner = { isAwake(): boolean }
type Timer = { at: number; order: number; owner: TimerOwner; callback: () => void }

/**
 * The time of a history. It stands still until the history moves it, and everything in it asks here: pages by `now`,
 * the servers (through `Date.now`) by `serverNow`, which may be wrong.
 */
export type VirtualClock = {
  now(): number
  serverNow(): number
  /** Makes the servers' clock differ by so much more. */
  jumpServer(ms: number): void
  setTimer(owner: TimerOwner, callback: () => void, delayMs: number): () => void
  /** When the next timer is due; null when there is none. */
  nextAt(): number | null
  /** Moves on to `at`, or to the next timer if that is due sooner, which it runs. False when there was none. */
  runNext(at: number): boolean
  restart(): void
  /** The servers' time at a moment of the machine's own clock, which the runtime uses in places. */
  serverTimeOf(realMs: number): number
}

export function createVirtualClock(realNow: () => number): VirtualClock {
  let now = historyStart
  let skew = 0
  let order = 0
  let timers = new Set<Timer>()
  let moments: { real: number; server: number }[] = []

  const mark = (): void => void moments.push({ real: realNow(), server: now + skew })
  const next = (): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      const isSooner =
        first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)
      if (isSooner && timer.owner.isAwake()) first = timer
    }
    return first
  }
  return {
    now: () => now,
    serverNow: () => now + skew,
    jumpServer(ms) {
      skew += ms
      mark()
    },
    setTimer(owner, callback, delayMs) {
      const timer = { at: now + delayMs, order: order++, owner, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    nextAt: () => next()?.at ?? null,
    runNext(at) {
      const timer = next()
      const isDue = timer !== undefined && timer.at <= at
      now = Math.max(now, isDue ? timer.at : at)
      mark()
      if (!isDue) return false
      timers.delete(timer)
      timer.callback()
      return true
    },
    restart() {
      now = historyStart
      skew = 0
      timers = new Set()
      moments = []
      mark()
    },
    serverTimeOf(realMs) {
      const moment = moments.findLast(({ real }) => real <= realMs)
      return moment?.server ?? historyStart
    },
  }
}
