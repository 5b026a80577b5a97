/** How often things go wrong, each between 0 and 1. */
export type Weather = {
  /** A D1 call of the hub or of the edge: fails before it was made, fails after it was done, or takes its time. */
  d1Before: number
  d1After: number
  d1Slow: number
  /** The hub is stopped around a D1 call of its own. */
  crash: number
  /** A call to the hub fails before or after it was made. */
  hubBefore: number
  hubAfter: number
  /** An R2 call fails before or after it was made. */
  r2: number
  /** An answer does not reach its sender. */
  answerLost: number
  /** A page of the journal reaches whoever asked long after it was read. */
  pageLate: number
  /** The queue loses a message, has it twice, hands it out again, or cannot be reached. */
  queue: number
  /** A reply is refused, gets lost on its way, or arrives without anybody hearing of it; a file cannot be fetched. */
  platform: number
}

export const calm: Weather = {
  d1Before: 0,
  d1After: 0,
  d1Slow: 0,
  crash: 0,
  hubBefore: 0,
  hubAfter: 0,
  r2: 0,
  answerLost: 0,
  pageLate: 0,
  queue: 0,
  platform: 0,
}
export const usual: Weather = {
  d1Before: 0.03,
  d1After: 0.03,
  d1Slow: 0.15,
  crash: 0.01,
  hubBefore: 0.03,
  hubAfter: 0.03,
  r2: 0.4,
  answerLost: 0.03,
  pageLate: 0.4,
  queue: 0.15,
  platform: 0.3,
}
export const stormy: Weather = {
  d1Before: 0.12,
  d1After: 0.12,
  d1Slow: 0.3,
  crash: 0.05,
  hubBefore: 0.08,
  hubAfter: 0.08,
  r2: 0.6,
  answerLost: 0.1,
  pageLate: 0.6,
  queue: 0.4,
  platform: 0.6,
}
