import type { CompanionAccount } from '../../src/protocol/companion.ts'
import type { Answer } from '../link/answer.ts'
import type { HeldLease } from '../link/leases.ts'
import { repeatable } from '../link/repeat.ts'
import type { WorkerApi } from '../link/worker-api.ts'
import type { CommandStore } from './command-store.ts'

export type CommandLinkDeps = {
  account: CompanionAccount
  /** As the store knows it. */
  key: string
  store: CommandStore
  api: Pick<WorkerApi, 'commands' | 'results'>
  lease: () => HeldLease | null
  leaseLost: () => void
  /** Commands came in. */
  pulled: () => void
  random: () => number
  signal: AbortSignal
  crash: (error: unknown) => never
}
/** Commands in, results out, for one account. Both may be called at any time, and again. */
export type CommandLink = {
  /** `isAll`: everything that is not answered, not only what is newer than the last one that we know to be so. */
  pull(isAll?: boolean): void
  tell(): void
}

const resultsPerPost = 50

export function createCommandLink(deps: CommandLinkDeps): CommandLink {
  let wantsAll = false
  const telling = repeatable(() => tell(deps), deps)
  const pulling = repeatable(async () => {
    const isAll = wantsAll
    wantsAll = false
    const isDone = await pull(deps, isAll)
    // What was handed to us again after its end is to be told again.
    telling()
    wantsAll ||= isAll && !isDone
    return isDone
  }, deps)
  return {
    pull(isAll = false) {
      wantsAll ||= isAll
      pulling()
    },
    tell: telling,
  }
}

/** Whether it is done; false: to be tried again. */
async function pull(deps: CommandLinkDeps, isAll: boolean): Promise<boolean> {
  const { key, store, api, account, signal } = deps
  let cursor: number | null = null
  for (;;) {
    const lease = deps.lease()
    if (lease === null || signal.aborted) return true
    cursor ??= isAll ? lease.cursor : Math.max(store.lastSeq(key), lease.cursor)
    const answer = await api.commands(account, lease.token, cursor)
    if (answer.kind !== 'ok') return isHopeless(deps, answer)
    // Under another lease it is asked for anew.
    if (deps.lease()?.token !== lease.token) return true
    const { items, more } = answer.value
    const ordered = items.toSorted((a, b) => a.seq - b.seq)
    if (ordered.length > 0 && store.add(key, ordered, lease) > 0) deps.pulled()
    cursor = ordered.at(-1)?.seq ?? cursor
    if (!more || ordered.length === 0) return true
  }
}

async function tell(deps: CommandLinkDeps): Promise<boolean> {
  const { key, store, api, account, signal } = deps
  for (;;) {
    const lease = deps.lease()
    const results = lease === null ? [] : store.untold(key, resultsPerPost)
    if (lease === null || results.length === 0 || signal.aborted) return true
    const answer = await api.results({ account, token: lease.token, results })
    if (answer.kind !== 'ok') return isHopeless(deps, answer)
    const settled = new Set(answer.value.settled)
    store.told(results, settled)
    // When nothing of it settled, asking at once would only ask the same.
    if (!results.some(({ id, outcome }) => outcome.kind === 'waiting' || settled.has(id))) return false
  }
}

/** Whether asking again is of no use before something else has changed. */
function isHopeless({ leaseLost }: CommandLinkDeps, answer: Answer<unknown>): boolean {
  if (answer.kind !== 'refused') return false
  if (answer.code === 'lease.lost') leaseLost()
  return answer.code === 'lease.lost' || answer.code === 'channel.not_found'
}
