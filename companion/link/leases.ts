import type { Logger } from 'pino'
import type { CompanionAccount, LeaseBody, LeaseResponse } from '../../src/protocol/companion.ts'
import { accountKey, accountLabel } from '../data-folder.ts'
import type { Timing } from '../timing.ts'
import { backoffMs, pause } from './backoff.ts'
import type { WorkerApi } from './worker-api.ts'

/** `since`: when this data folder became the holder, in epoch ms: what was there before may have been done by another. */
export type HeldLease = { token: number; cursor: number; since: number }
export type LeaseState = 'asking' | 'held' | 'taken' | 'unknown'

/** An account as the Worker is asked for it. */
type WishedAccount = LeaseBody['accounts'][number]

export type LeaseDeps = {
  accounts: readonly WishedAccount[]
  companionId: string
  /** Made once for each process: of a copied data folder, the one that was started last has the accounts. */
  instanceId: string
  api: Pick<WorkerApi, 'leases'>
  /** Since when this folder has had a token; it is written down with it. */
  sinceOf: (account: CompanionAccount, token: number) => number
  /** What is held has changed, for one account. */
  changed: (account: string) => void
  /** After each renewal. */
  renewed: () => void
  timing: Pick<Timing, 'renewMs' | 'renewSoonMs'>
  log: Logger
  now: () => number
  /** A clock that nobody sets, and that may stand still while the machine sleeps. */
  ticks: () => number
  random: () => number
  signal: AbortSignal
}
export type Leases = {
  /** Asks and renews until the signal is given. */
  run(): Promise<void>
  held(account: string): HeldLease | null
  state(account: string): LeaseState
  /** The Worker said so. */
  lost(account: string): void
  /** Gives back what is held; others may begin at once. */
  release(signal: AbortSignal): Promise<void>
  lastRenewedAt(): number | null
}

const leaseMs = 90_000
/** An account is stopped so long before its lease ends by itself: it needs up to five seconds for it. */
const marginMs = 10_000
const perPost = 100

type Lease = LeaseResponse['leases'][number]
type Entry = { account: WishedAccount; state: LeaseState; held: HeldLease | null; validUntil: Moment }
/** By both clocks: what is over by either is over. */
type Moment = { now: number; ticks: number }

/** One process runs an account: only as long as the Worker says that it is us. */
export function createLeases(deps: LeaseDeps): Leases {
  const { accounts, companionId, instanceId, api, now, ticks, random, log, signal } = deps
  const { renewMs, renewSoonMs } = deps.timing
  const table = createTable(deps)
  const us = { companion_id: companionId, instance_id: instanceId }
  const pages = pagesOf(accounts)
  /** Those that were answered: from then on we go on, and begin nothing. */
  const begun = new Set<WishedAccount[]>()
  let lastRenewedAt: number | null = null

  async function renew(): Promise<boolean> {
    let isWhole = true
    for (const some of pages) {
      const askedAt = { now: now(), ticks: ticks() }
      const answer = await api.leases({ ...us, accounts: some, starts: !begun.has(some) })
      if (answer.kind === 'ok') {
        begun.add(some)
        table.take(answer.value, askedAt)
      } else {
        isWhole = false
        log.warn({ event: 'lease.not_renewed', reason: answer.kind === 'again' ? answer.reason : answer.code })
      }
    }
    if (isWhole) lastRenewedAt = now()
    deps.renewed()
    return isWhole
  }

  return {
    async run() {
      for (let failures = 0; !signal.aborted;) {
        failures = (await renew()) ? 0 : failures + 1
        const calm = table.isAsking() ? renewSoonMs : renewMs
        await pause(failures > 0 ? Math.min(backoffMs(failures, random), renewMs) : calm, signal)
      }
      table.stop()
    },
    held: (key) => table.entries.get(key)?.held ?? null,
    state: (key) => table.entries.get(key)?.state ?? 'unknown',
    lost: (key) => table.lost(key),
    async release(stopped) {
      const held = [...table.entries.values()].filter((entry) => entry.held !== null)
      for (const entry of held) entry.held = null
      for (const some of pagesOf(held.map(({ account }) => account))) {
        await api.leases({ ...us, accounts: some, release: true }, stopped)
      }
    },
    lastRenewedAt: () => lastRenewedAt,
  }
}

function pagesOf(accounts: readonly WishedAccount[]): WishedAccount[][] {
  const pages = Array.from({ length: Math.ceil(accounts.length / perPost) }, (_, page) => page * perPost)
  return pages.map((at) => accounts.slice(at, at + perPost))
}

/** What is held, and until when. */
function createTable({ accounts, sinceOf, changed, log, now, ticks }: LeaseDeps) {
  const never: Moment = { now: 0, ticks: 0 }
  const entries = new Map<string, Entry>(
    accounts.map((account) => [accountKey(account), { account, state: 'asking', held: null, validUntil: never }]),
  )
  let expiry: NodeJS.Timeout | undefined

  function heldOf({ state, token, cursor }: Lease, account: CompanionAccount): HeldLease | null {
    if (state !== 'held' || token === null) return null
    return { token, cursor, since: sinceOf(account, token) }
  }

  function set(key: string, entry: Entry, held: HeldLease | null, state: LeaseState): void {
    const hasChanged = entry.state !== state || entry.held?.token !== held?.token
    entry.held = held
    entry.state = state
    if (!hasChanged) return
    log.info({ event: 'lease.changed', account: accountLabel(entry.account), state, token: held?.token })
    changed(key)
  }

  const leftOf = (end: Moment) => Math.min(end.now - now(), end.ticks - ticks())

  function armExpiry(): void {
    clearTimeout(expiry)
    const left = [...entries.values()].flatMap(({ held, validUntil }) => (held === null ? [] : [leftOf(validUntil)]))
    // Looked at every second: the clock may be set, or the machine may sleep.
    if (left.length > 0) expiry = setTimeout(expire, Math.min(Math.max(Math.min(...left), 0) + 1, 1_000))
  }

  function expire(): void {
    for (const [key, entry] of entries) {
      if (entry.held !== null && leftOf(entry.validUntil) <= 0) set(key, entry, null, 'asking')
    }
    armExpiry()
  }

  return {
    entries,
    isAsking: () => [...entries.values()].some(({ state }) => state === 'asking'),
    take({ leases }: LeaseResponse, askedAt: Moment): void {
      const livesMs = leaseMs - marginMs
      for (const lease of leases) {
        const key = accountKey(lease)
        const entry = entries.get(key)
        if (entry === undefined) continue
        const held = heldOf(lease, entry.account)
        // By our own clock, from before the question: the Worker's lease ends later than what we think of it.
        if (held !== null) entry.validUntil = { now: askedAt.now + livesMs, ticks: askedAt.ticks + livesMs }
        set(key, entry, held, lease.state === 'released' ? 'asking' : lease.state)
      }
      armExpiry()
    },
    lost(key: string): void {
      const entry = entries.get(key)
      if (entry !== undefined) set(key, entry, null, 'taken')
    },
    stop: () => clearTimeout(expiry),
  }
}
