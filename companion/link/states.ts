import type { AccountState, CompanionAccount } from '../../src/protocol/companion.ts'
import type { Report } from '../account.ts'
import { accountKey } from '../data-folder.ts'
import { backoffMs, pause } from './backoff.ts'
import type { WorkerApi } from './worker-api.ts'

export type StatesDeps = {
  api: Pick<WorkerApi, 'states'>
  now: () => number
  random: () => number
  signal: AbortSignal
  crash: (error: unknown) => never
}
/** `since`: when the account came into this state. */
export type KnownState = { told: AccountState; since: string }
/** Something that staff should know of an account that is well in itself. */
export type Warning = Pick<Report, 'code' | 'message'>
/** Tells the Worker how accounts are. Only the newest state of each counts. */
export type States = {
  report(account: CompanionAccount, report: Report): void
  /** Shown while the account reports nothing graver; null: no longer. */
  warn(account: CompanionAccount, warning: Warning | null): void
  of(account: string): KnownState | null
  /** Another companion may say something else now: whatever comes next is news. */
  forget(account: string): void
  /** Tells what has not been told yet, once. */
  flush(): Promise<void>
}

const perPost = 100

export function createStates({ api, now, random, signal, crash }: StatesDeps): States {
  const known = new Map<string, KnownState & { report: Report }>()
  const warnings = new Map<string, Warning>()
  const untold = new Set<string>()
  let isTelling = false

  async function post(): Promise<boolean> {
    const keys = [...untold].slice(0, perPost)
    const states = keys.flatMap((key) => known.get(key) ?? [])
    if (states.length === 0) return true
    const answer = await api.states({ items: states.map(({ told }) => told) })
    // A state that the Worker refuses would be refused again.
    if (answer.kind !== 'ok' && answer.kind !== 'refused') return false
    for (const [at, key] of keys.entries()) if (known.get(key) === states[at]) untold.delete(key)
    return true
  }

  async function tell(): Promise<void> {
    if (isTelling) return
    isTelling = true
    for (let failures = 0; untold.size > 0 && !signal.aborted;) {
      failures = (await post()) ? 0 : failures + 1
      if (failures > 0) await pause(backoffMs(failures, random), signal)
    }
    isTelling = false
  }

  function say(account: CompanionAccount, report: Report): void {
    const key = accountKey(account)
    const before = known.get(key)
    const at = new Date(now()).toISOString()
    const { state, session_state, code, message } = withWarning(report, warnings.get(key))
    const shortened = { code: code.slice(0, 100), message: message.slice(0, 500) }
    const told: AccountState = { ...account, state, session_state, ...shortened, at }
    if (before !== undefined && isSame(before.told, told)) {
      before.report = report
      return
    }
    const since = before?.told.session_state === session_state ? before.since : at
    known.set(key, { report, told, since })
    untold.add(key)
    tell().catch(crash)
  }

  return {
    report: say,
    warn(account, warning) {
      const key = accountKey(account)
      if (warnings.get(key)?.code === warning?.code) return
      if (warning === null) warnings.delete(key)
      else warnings.set(key, warning)
      const before = known.get(key)
      if (before !== undefined) say(account, before.report)
    },
    of: (key) => known.get(key) ?? null,
    forget(key) {
      known.delete(key)
      untold.delete(key)
    },
    async flush() {
      if (untold.size > 0) await post()
    },
  }
}

function withWarning(report: Report, warning: Warning | undefined): Report {
  return warning !== undefined && report.state === 'ok' ? { ...report, state: 'warning', ...warning } : report
}

function isSame(one: AccountState, other: AccountState): boolean {
  return (['state', 'session_state', 'code', 'message'] as const).every((name) => one[name] === other[name])
}
