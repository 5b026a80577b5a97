import { z } from 'zod'
import type { AccountSpool } from '../account.ts'
import { readCheckpoint } from './checkpoint.ts'
import type { BoxName, Holes } from './holes.ts'
import type { UpdateState } from './session-storage.ts'

/** Up to where an account was followed under one login. */
const Followed = z.object({ mark: z.string(), date: z.number(), channels: z.record(z.string(), z.number()) })
type Followed = z.infer<typeof Followed>

/** A login by its mark, and where its count stands on the disk. */
export type Login = { mark: string; state: UpdateState }

const followedName = 'telegram.login'

/** Where the account was left under another login; null where this one goes on, or is the first. */
export function followedBefore(spool: AccountSpool, mark: string, restored: string | null): Followed | null {
  const text = spool.read(followedName)
  if (text !== null) {
    const followed = Followed.parse(JSON.parse(text))
    return followed.mark === mark ? null : followed
  }
  // The disk is new: its login goes on from the checkpoint, or was made beside it.
  const state = restored === null ? undefined : readCheckpoint(restored)?.state
  return state === undefined ? null : { mark: '', date: state.date, channels: state.channels }
}

/** Keeps how far an account is followed by now. */
export function keepFollowed(spool: AccountSpool, login: Login): void {
  spool.transaction((write) => write.set(followedName, textOf(login)))
}

/**
 * A new login is told only what comes after it. What came since the account was followed under another one is missed,
 * and searched for in the histories; `since`: when the account was first listened to.
 */
export function bridgeLogins(
  { spool, holes }: { spool: AccountSpool; holes: Holes },
  { before, since, ...login }: Login & { before: Followed; since: number },
): void {
  const { mark, state } = login
  const missed = new Map<BoxName, number>()
  for (const box of missedBoxes(before, state)) {
    // Of a chat in which nothing was ever told, nothing says how far it was read.
    missed.set(box, holes.mark(box) === null ? since : before.date)
  }
  spool.transaction((write) => {
    holes.openAll(write, missed)
    write.set(followedName, textOf({ mark, state }))
  })
}

/** A channel's count is one for all who follow it: where it has not moved, nothing was said. */
function missedBoxes(before: Followed, { channels }: UpdateState): BoxName[] {
  const names = new Set([...Object.keys(before.channels), ...Object.keys(channels)]) as Set<BoxName>
  return ['common', ...[...names].filter((name) => before.channels[name] !== channels[name])]
}

function textOf({ mark, state: { date, channels } }: Login): string {
  return JSON.stringify({ mark, date, channels } satisfies Followed)
}
