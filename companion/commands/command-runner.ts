import type { Logger } from 'pino'
import type { Account, AccountSpool, AttemptOutcome } from '../account.ts'
import { type OpenCommand, chooseCommand } from './choose-command.ts'
import type { CommandStore } from './command-store.ts'
import { type Wait, createWaits, mendableKinds } from './waits.ts'

export type CommandRunnerDeps = {
  account: string
  store: CommandStore
  spool: AccountSpool
  /** The account while it may act: connected by us, under our lease. */
  acting: () => Account | null
  /** A result was written down. */
  ended: () => void
  paceMs: number
  log: Logger
  now: () => number
  /** A clock that nobody sets. */
  ticks: () => number
  crash: (error: unknown) => never
}
/** Does the commands of one account, one at a time. */
export type CommandRunner = {
  /** There may be something to do. */
  wake(): void
  /** Begins nothing any more; resolves when what was begun has ended. */
  stop(): Promise<void>
  /** Since when an attempt has been under way; null when none is. */
  busySince(): number | null
}

const notReadyMs = 500
const maxTimerMs = 60_000
const heldName = 'commands.held_until'

/** To be made once for a process: a former one's hold is over where a new start may have mended what it was for. */
export function createCommandRunner(deps: CommandRunnerDeps): CommandRunner {
  const { account, store, spool, now, ticks } = deps
  endMendableHold(spool)
  const waits = createWaits(deps)
  const lastSentAt = new Map<string, number>()
  let current: Promise<void> | null = null
  let busySince: number | null = null
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  function wake(): void {
    clearTimeout(timer)
    if (isStopped || current !== null) return
    const waiting = store.open(account)
    if (waiting.length === 0) return
    const live = deps.acting()
    if (live === null || !live.isReady()) return later(notReadyMs)
    waits.keep(new Set([heldName, ...waiting.map(({ id }) => id)]))
    const heldUntil = waits.endOf(heldName, readHold(spool))
    const open = waiting.map(({ wait, ...rest }) => ({ ...rest, waitUntil: waits.endOf(rest.id, wait) }))
    const choice = chooseCommand(open, { now: ticks(), heldUntil, lastSentAt, paceMs: deps.paceMs })
    if (choice?.kind === 'run') begin(choice.command, live)
    else if (choice !== null) later(Math.max(choice.until - ticks(), 5))
  }

  function later(ms: number): void {
    // Looked at anew from time to time: a clock may have been set.
    timer = setTimeout(wake, Math.min(ms, maxTimerMs))
  }

  function begin({ id, conversation }: OpenCommand, live: Account): void {
    busySince = now()
    current = attempt(deps, id, live)
      .then(() => {
        lastSentAt.set(conversation, ticks())
        deps.ended()
      }, deps.crash)
      .finally(() => {
        current = null
        busySince = null
        wake()
      })
  }

  return {
    wake,
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await current
    },
    busySince: () => busySince,
  }
}

async function attempt(deps: CommandRunnerDeps, id: string, live: Account): Promise<void> {
  const { store, spool, log, now } = deps
  const given = store.begin(id)
  const startedAt = now()
  const outcome = await live.send(given)
  store.end(id, outcome)
  if (outcome.kind === 'waiting' && holdsOf(outcome) === 'account') {
    const until = Date.parse(outcome.until) || now()
    const { kind = 'platform' } = outcome.error
    spool.transaction((write) => write.set(heldName, `${until} ${until - now()} ${kind}`))
  }
  log.info({
    event: 'command.attempted',
    command_id: id,
    seq: given.command.seq,
    outcome: outcome.kind,
    ...('error' in outcome && { code: outcome.error.code }),
    repeat: given.isRepeat,
    ms: now() - startedAt,
  })
}

function endMendableHold(spool: AccountSpool): void {
  const [, , kind] = (spool.read(heldName) ?? '').split(' ')
  if (mendableKinds.some((one) => one === kind)) spool.transaction((write) => write.set(heldName, null))
}

function readHold(spool: AccountSpool): Wait | null {
  const [until, longestMs] = (spool.read(heldName) ?? '').split(' ').map(Number)
  return until === undefined || longestMs === undefined ? null : { until, longestMs }
}

/** Whether the whole account waits with it. */
function holdsOf(outcome: Extract<AttemptOutcome, { kind: 'waiting' }>): 'conversation' | 'account' {
  if (outcome.holds !== undefined) return outcome.holds
  const { code, kind } = outcome.error
  return code.startsWith('FLOOD_') || kind === 'token' || kind === 'unreachable' ? 'account' : 'conversation'
}
