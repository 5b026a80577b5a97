import type { FailureKind } from '../../src/protocol/message.ts'

/**
 * What a new start may have mended: a login, whose password is another now, or a line. A wait for it ends with the process;
 * one that a platform wants outlives it.
 */
export const mendableKinds: readonly FailureKind[] = ['token', 'unreachable']

/** A wait as it was written down, in epoch ms, with how long it was to be from then on. */
export type Wait = { until: number; longestMs: number }
/** Waits that may outlive the process. They are over when the wall clock or a clock that nobody sets says so. */
export type Waits = {
  /** When the wait of this name is over, by the clock that nobody sets. */
  endOf(name: string, wait: Wait | null): number
  /** Forgets the others. */
  keep(names: ReadonlySet<string>): void
}

type Clocks = { now: () => number; ticks: () => number }

export function createWaits({ now, ticks }: Clocks): Waits {
  const known = new Map<string, { until: number; endsAt: number }>()
  return {
    endOf(name, wait) {
      if (wait === null) return 0
      const { until, longestMs } = wait
      const left = until - now()
      const before = known.get(name)
      // A clock that is behind the one it was written by makes no wait longer than it was meant to be.
      const endsAt = before?.until === until ? before.endsAt : ticks() + Math.min(left, longestMs)
      known.set(name, { until, endsAt })
      return Math.min(endsAt, ticks() + left)
    },
    keep(names) {
      for (const name of known.keys()) if (!names.has(name)) known.delete(name)
    },
  }
}
