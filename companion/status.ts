import type { AccountLink } from './link/account-link.ts'
import type { Access } from './link/access.ts'
import type { DoorbellSocket } from './link/doorbell.ts'
import type { Drain } from './link/drain.ts'
import type { Leases } from './link/leases.ts'
import type { States } from './link/states.ts'
import type { Room } from './room.ts'
import type { SpoolCounts } from './spool/spool-counts.ts'

export type StatusParts = {
  links: readonly AccountLink[]
  leases: Leases
  states: States
  counts: SpoolCounts
  access: Access
  drain: Drain
  doorbell: DoorbellSocket
  room: Room
  companionId: string
  startedAt: number
  now: () => number
}

const isoOf = (at: number | null) => (at === null ? null : new Date(at).toISOString())
/** So long a renewal may be missing before it is said. */
const renewalMs = 75_000

/** Why messages may not flow; empty when they do. Accounts that wait for somebody are not among it. */
export function hindrances({ access, leases, room, links, now }: StatusParts): string[] {
  const renewedAt = leases.lastRenewedAt()
  return [
    ...(access.isOpen() ? [] : [`the service key is refused (${access.refusal()?.code})`]),
    ...(renewedAt === null || now() - renewedAt > renewalMs ? ['the Worker cannot be reached'] : []),
    ...(room.has() ? [] : ['the spool is full: accounts are paused until the Worker has taken some of it']),
    ...(links.some(({ key }) => room.lacks(key) === 'spool.dead_letters_full')
      ? ['there are too many dead letters: their accounts are paused until some were sent again or dropped']
      : []),
  ]
}

/** Everything an operator may want to know, without a word of what anybody wrote. */
export function describeStatus(parts: StatusParts): unknown {
  const { access, drain, doorbell, leases, counts, companionId, startedAt, now } = parts
  const refusal = access.refusal()
  const { lastSuccessAt, failures, lastFailure } = drain.status()
  return {
    companion_id: companionId,
    started_at: isoOf(startedAt),
    worker: {
      authorised: access.isOpen(),
      refused: refusal === null ? null : { code: refusal.code, since: isoOf(refusal.since) },
      leases_renewed_at: isoOf(leases.lastRenewedAt()),
      last_delivery_at: isoOf(lastSuccessAt),
      failures,
      last_failure: lastFailure,
      doorbell: doorbell.isOpen() ? 'open' : 'closed',
    },
    spool: {
      waiting_bytes: counts.waitingBytes(),
      dead_bytes: [...counts.deadLetters().values()].reduce((sum, { bytes }) => sum + bytes, 0),
      has_room: parts.room.has(),
    },
    memory_mb: Math.round(process.memoryUsage().rss / 1024 / 1024),
    accounts: parts.links.map((link) => describeAccount(link, parts, now())),
  }
}

function describeAccount(link: AccountLink, { leases, states, counts }: StatusParts, now: number): unknown {
  const state = states.of(link.key)
  const of = counts.of(link.key)
  const [platform = ''] = link.key.split(':', 1)
  return {
    platform,
    external_id: link.key.slice(platform.length + 1),
    lease: leases.state(link.key),
    running: link.runner.running() !== null,
    state: state?.told.session_state ?? 'unknown',
    code: state?.told.code ?? null,
    message: state?.told.message ?? null,
    since: state?.since ?? null,
    last_inbound_at: isoOf(of.lastAddedAt),
    pending: of.pending,
    oldest_pending_at: isoOf(of.oldestPendingAt),
    oldest_pending_seconds:
      of.oldestPendingAt === null ? 0 : Math.max(0, Math.round((now - of.oldestPendingAt) / 1000)),
    files: of.files,
    dead_letters: of.dead,
    commands: of.openCommands,
    untold_results: of.untoldResults,
    command_busy_since: isoOf(link.commandBusySince()),
  }
}
