/** How often things are looked at, in ms. Tests have less time. */
export type Timing = {
  /** Asking for what was missed; with a jitter of 15 %. */
  catchUpMs: number
  /** Asking which channels have moved. */
  channelCheckMs: number
  /** How long nobody may answer before the account counts as unreachable. */
  unreachableMs: number
  /** Looking for a new login where there is none, or only one that ended. */
  loginCheckMs: number
  tickMs: number
}
export const usualTiming: Timing = {
  catchUpMs: 60_000,
  channelCheckMs: 180_000,
  unreachableMs: 30_000,
  loginCheckMs: 10_000,
  tickMs: 1_000,
}
