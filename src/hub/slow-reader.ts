/**
 * A client that stops reading cannot be got rid of later: its backlog stays in memory and keeps the hub awake until it
 * reads again. So a socket is given up while its backlog is still small. Where the runtime tells the backlog
 * (`bufferedAmount`), that decides; where not, what was sent since the client last gave a sign of life.
 */
export const limits = {
  /** Backlog at which typing and presence are left out, and at which the socket is closed, in bytes. */
  dropEphemeralBytes: 64 * 1024,
  closeBytes: 1024 * 1024,
  /** The same without `bufferedAmount`: bytes and frames between two signs of life. */
  budgetBytes: 1024 * 1024,
  budgetFrames: 4096,
} as const

export type Backlog = { bytes: number; frames: number; lifeAt: number }

export type Reading = { bufferedAmount: number | undefined; lifeAt: () => number }

export function isTooSlow(backlog: Backlog, reading: Reading): boolean {
  if (reading.bufferedAmount !== undefined) return reading.bufferedAmount > limits.closeBytes
  if (backlog.bytes <= limits.budgetBytes && backlog.frames <= limits.budgetFrames) return false
  const lifeAt = reading.lifeAt()
  if (lifeAt <= backlog.lifeAt) return true
  backlog.lifeAt = lifeAt
  backlog.bytes = 0
  backlog.frames = 0
  return false
}

export function mayDropEphemeral(backlog: Backlog, bufferedAmount: number | undefined): boolean {
  return (bufferedAmount ?? backlog.bytes) > limits.dropEphemeralBytes
}
