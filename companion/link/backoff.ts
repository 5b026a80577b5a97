const baseMs = 500
const maxMs = 60_000

/**
 * How long to wait, in ms, after `failures` failures (1, 2, …): anything up to a ceiling that doubles to a minute. A
 * whole fleet that failed together comes back spread out.
 */
export function backoffMs(failures: number, random: () => number): number {
  return Math.round(random() * Math.min(maxMs, baseMs * 2 ** Math.min(failures, 16)))
}

/** Waits; at once when the signal is given. Never throws. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}
