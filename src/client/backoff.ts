export const minDelayMs = 500
export const maxDelayMs = 30_000
/** All sockets of a hub drop together when it restarts; within this window they come back one by one. */
export const spreadWindowMs = 2_000
/** A server that asked for patience gets at least this long. */
export const rateLimitDelayMs = 30_000

/**
 * How long to wait before the next attempt, in ms, after `failures` failed ones (0, 1, 2 …). Full jitter: anything
 * between half a second and a ceiling that doubles up to 30 s.
 */
export function backoffDelayMs(failures: number, random: () => number): number {
  const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(failures + 1, 16))
  return Math.round(minDelayMs + random() * (ceiling - minDelayMs))
}

/** How long to wait, in ms, before the first attempt after a working socket dropped: uniform in the window. */
export function spreadDelayMs(random: () => number): number {
  return Math.floor(random() * spreadWindowMs)
}

/** How long to wait, in ms, after the server said that this client is too busy: 30 to 60 s. */
export function patienceDelayMs(random: () => number): number {
  return Math.round(rateLimitDelayMs * (1 + random()))
}
