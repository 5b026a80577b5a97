import type { SpoolCounts } from './spool/spool-counts.ts'

/** Whether the spool may grow. Full, it takes nothing until a fifth of it is free: the sources keep what they have. */
export type Room = {
  has(): boolean
  /** Looks again; answers whether that changed anything. */
  measure(): boolean
}

export function createRoom(counts: Pick<SpoolCounts, 'waitingBytes'>, maxBytes: number): Room {
  let hasRoom = counts.waitingBytes() < maxBytes
  return {
    has: () => hasRoom,
    measure() {
      const bytes = counts.waitingBytes()
      const before = hasRoom
      hasRoom = bytes < (hasRoom ? maxBytes : maxBytes * 0.8)
      return hasRoom !== before
    },
  }
}
