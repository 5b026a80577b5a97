/** How often things are done, in ms. Tests have less patience. */
export type Timing = {
  /** Leases, of ninety seconds. */
  renewMs: number
  /** The same while a lease is missing that may be had. */
  renewSoonMs: number
  /** Commands that nobody rang for. */
  pullMs: number
  checkpointMs: number
  /** What another process changed, room on the disk, and what waits for something that does not tell. */
  refreshMs: number
  pruneMs: number
}

export const defaultTiming: Timing = {
  renewMs: 30_000,
  renewSoonMs: 5_000,
  pullMs: 30_000,
  checkpointMs: 5_000,
  refreshMs: 3_000,
  pruneMs: 3_600_000,
}
