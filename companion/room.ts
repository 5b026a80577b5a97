import type { SpoolCounts } from './spool/spool-counts.ts'

/**
 * Whether the spool may grow. Full, it takes nothing until a fifth of it is free: the sources keep what they have. Dead
 * letters have as much again for themselves, and too many of them pause nobody but the accounts they are of.
 */
export type Room = {
  /** For what waits to be brought. */
  has(): boolean
  /** Why an account may take nothing in; null: it may. */
  lacks(account: string): 'spool.full' | 'spool.dead_letters_full' | null
  /** Looks again; answers whether that changed anything. */
  measure(): boolean
}
type Limits = { maxBytes: number; accounts: number }

/** Of a limit that was reached, so much has to be left again. */
const freedShare = 0.8

export function createRoom(
  counts: Pick<SpoolCounts, 'waitingBytes' | 'deadLetters'>,
  { maxBytes, accounts }: Limits,
): Room {
  let hasRoom = counts.waitingBytes() < maxBytes
  let buried = measureDead(new Set())

  /** Accounts with more than their share of what is too much together. */
  function measureDead(before: ReadonlySet<string>): Set<string> {
    const dead = counts.deadLetters()
    const total = [...dead.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    const isOver = (account: string, bytes: number) => {
      const limit = before.has(account) ? maxBytes * freedShare : maxBytes
      return total >= limit && bytes > limit / accounts
    }
    return new Set([...dead].flatMap(([account, { bytes }]) => (isOver(account, bytes) ? [account] : [])))
  }

  return {
    has: () => hasRoom,
    lacks(account) {
      if (!hasRoom) return 'spool.full'
      return buried.has(account) ? 'spool.dead_letters_full' : null
    },
    measure() {
      const before = { hasRoom, buried }
      hasRoom = counts.waitingBytes() < (hasRoom ? maxBytes : maxBytes * freedShare)
      buried = measureDead(before.buried)
      const isSame = before.buried.size === buried.size && [...buried].every((account) => before.buried.has(account))
      return hasRoom !== before.hasRoom || !isSame
    },
  }
}
