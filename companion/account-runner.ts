import type { Logger } from 'pino'
import type { CompanionAccount } from '../src/protocol/companion.ts'
import type { Account, Report } from './account.ts'
import { errorFields } from './log.ts'

export type RunnerDeps = {
  account: CompanionAccount
  /** Whether it should run now: under our lease, with room in the spool, and the process is not ending. */
  isWanted: () => boolean
  /** Makes the account, once what is to be restored is known; null: it is not known yet. */
  make: () => Promise<Account | null>
  report: (report: Report) => void
  log: Logger
  now: () => number
  crash: (error: unknown) => never
}
/** Why an account cannot be started, where more can be said than that it failed. */
export class CannotStart extends Error {
  readonly report: Report

  constructor(report: Report) {
    super(report.code)
    this.name = 'CannotStart'
    this.report = report
  }
}

/** Starts and stops one account as is wanted, one step at a time. */
export type AccountRunner = {
  /** What is wanted may have changed. */
  update(): void
  /** The account while it runs and should. */
  acting(): Account | null
  /** The account as long as anything of it runs. */
  running(): Account | null
  /** Resolves when the step under way is done. */
  settled(): Promise<void>
}

const notStarted: Report = {
  state: 'down',
  session_state: 'stopped',
  code: 'account.not_started',
  message: 'This account cannot be started; the log of the companion says why.',
}
/** What could not be asked is asked again soon; what failed may have failed for good. */
const retryMs = { unknown: 1_000, failed: 15_000 }
/** Longer than a process that ends waits for it, and shorter than what is left of a lease. */
const stopMs = 8_000

export function createAccountRunner(deps: RunnerDeps): AccountRunner {
  const { isWanted, make, log } = deps
  let running: Account | null = null
  let step: Promise<void> | null = null
  let hasFailed = false
  let timer: NodeJS.Timeout | undefined

  function update(): void {
    clearTimeout(timer)
    if (step !== null || isWanted() === (running !== null)) return
    step = (running === null ? begin() : end(running)).catch(deps.crash).finally(() => {
      step = null
      const isDue = isWanted() !== (running !== null)
      if (!isDue) return
      // What could not be begun is tried again after a while, what is no longer wanted ends at once.
      if (running === null) timer = setTimeout(update, retryMs[hasFailed ? 'failed' : 'unknown'])
      else update()
    })
  }

  async function begin(): Promise<void> {
    hasFailed = false
    try {
      const made = await make()
      if (made === null || !isWanted()) return
      running = made
      await made.start()
      log.info({ event: 'account.started' })
    } catch (error) {
      hasFailed = true
      log.error({ event: 'account.not_started', ...errorFields(error) })
      deps.report(error instanceof CannotStart ? error.report : notStarted)
      if (running !== null) await end(running)
    }
  }

  async function end(account: Account): Promise<void> {
    const stopped = await within(stopMs, account.stop())
    running = null
    if (stopped) log.info({ event: 'account.stopped' })
    // Two connections of one account would end its session for good: better none at all.
    else throw new Error('an account did not stop in time')
  }

  return {
    update,
    acting: () => (isWanted() ? running : null),
    running: () => running,
    async settled() {
      for (let under = step; under !== null; under = step) await under
    },
  }
}

async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true), promise])
  } finally {
    clearTimeout(timer)
  }
}
