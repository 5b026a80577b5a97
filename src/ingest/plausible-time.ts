/** A source's clock may be a little ahead of ours; further ahead it would hold the top of every list. */
const maxClockAheadMs = 5 * 60_000

/** The source's own time where it can be believed, else `now`. `at` of 0 means that the source gave none. */
export function plausibleTime(at: number, now: number): number {
  return at > 0 && at <= now + maxClockAheadMs ? Math.round(at) : now
}
