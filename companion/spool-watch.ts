import type { Logger } from 'pino'
import type { Report } from './account.ts'
import type { AccountLink } from './link/account-link.ts'
import type { Leases } from './link/leases.ts'
import type { States, Warning } from './link/states.ts'
import type { Room } from './room.ts'
import type { SpoolCounts } from './spool/spool-counts.ts'

export type SpoolWatchDeps = {
  counts: Pick<SpoolCounts, 'deadLetters' | 'oldestPendingAt' | 'waitingBytes'>
  room: Room
  states: Pick<States, 'report' | 'warn'>
  leases: Pick<Leases, 'held'>
  links: ReadonlyMap<string, Pick<AccountLink, 'key' | 'account' | 'update'>>
  log: Logger
  now: () => number
}

/** What has not arrived by then does not arrive by itself soon: somebody has to hear of it. */
const stuckMs = 15 * 60_000

/** Makes it visible that something is not brought (G9), and pauses accounts while there is no room. Called every few seconds. */
export function watchSpool({ counts, room, states, leases, links, log, now }: SpoolWatchDeps): () => void {
  return () => {
    const deadLetters = counts.deadLetters()
    const hasChanged = room.measure()
    if (hasChanged) {
      const paused = [...links.keys()].filter((key) => room.lacks(key) !== null).length
      const event = paused === 0 ? 'spool.has_room' : 'spool.full'
      log.warn({ event, paused, bytes: counts.waitingBytes() })
    }
    for (const link of links.values()) {
      const { key, account } = link
      const oldest = counts.oldestPendingAt(key)
      const isStuck = oldest !== null && now() - oldest > stuckMs
      states.warn(account, isStuck ? stuck : deadLetters.has(key) ? dead : null)
      const lack = room.lacks(key)
      // Without the lease another companion may run the account, and well.
      if (lack !== null && leases.held(key) !== null) states.report(account, paused[lack])
      if (hasChanged) link.update()
    }
  }
}

const stuck: Warning = {
  code: 'spool.stuck',
  message: 'Messages have waited for more than 15 minutes to be stored. The companion keeps them and goes on trying.',
}
const dead: Warning = {
  code: 'spool.dead_letters',
  message: 'Messages were refused. The companion keeps them as dead letters; "dead-letters list" says why.',
}
const pausedBy = (code: string, message: string): Report => ({
  state: 'down',
  session_state: 'stopped',
  code,
  message,
})
const paused: Readonly<Record<NonNullable<ReturnType<Room['lacks']>>, Report>> = {
  'spool.full': pausedBy(
    'spool.full',
    "The companion's disk has no room for more until it has brought away some of what waits.",
  ),
  'spool.dead_letters_full': pausedBy(
    'spool.dead_letters_full',
    "This account's dead letters have no room for more until some of them were sent again or dropped.",
  ),
}
