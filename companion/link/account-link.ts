import type { Logger } from 'pino'
import type { CompanionAccount } from '../../src/protocol/companion.ts'
import type { Account, AccountDeps, Report } from '../account.ts'
import type { AccountConfig } from '../accounts-config.ts'
import { type AccountRunner, CannotStart, createAccountRunner } from '../account-runner.ts'
import type { OpenAccount } from '../accounts.ts'
import { createCommandLink } from '../commands/command-link.ts'
import { createCommandRunner } from '../commands/command-runner.ts'
import type { CommandStore } from '../commands/command-store.ts'
import { accountFolder, accountKey, accountLabel } from '../data-folder.ts'
import type { Sealer } from '../sealer.ts'
import type { Spool } from '../spool/open-spool.ts'
import { createCheckpoints } from './checkpoints.ts'
import type { Leases } from './leases.ts'
import type { States } from './states.ts'
import type { WorkerApi } from './worker-api.ts'

export type AccountLinkDeps = {
  config: AccountConfig
  openAccount: OpenAccount
  dataDir: string
  spool: Spool
  store: CommandStore
  api: WorkerApi
  leases: Leases
  states: States
  sealer: Sealer
  paceMs: number
  /** Whether accounts may take anything in: the process goes on and its disk has room. */
  mayRun: () => boolean
  log: Logger
  now: () => number
  ticks: () => number
  random: () => number
  signal: AbortSignal
  crash: (error: unknown) => never
}
/** One account with all that goes on between it and the Worker. */
export type AccountLink = {
  key: string
  account: CompanionAccount
  runner: AccountRunner
  /** The lease may have changed, or whether accounts may run. */
  update(): void
  pull(all: boolean): void
  tell(): void
  offerCheckpoint(): Promise<void>
  commandBusySince(): number | null
  /** Begins no command any more, and stops the account. */
  stop(): Promise<void>
}

export function createAccountLink(deps: AccountLinkDeps): AccountLink {
  const { config, leases } = deps
  const account = { platform: config.platform, external_id: config.externalId }
  const key = accountKey(account)
  const log = deps.log.child({ account: accountLabel(account) })
  const spool = deps.spool.forAccount(account)
  const lease = () => leases.held(key)
  const leaseLost = () => leases.lost(key)
  const shared = { ...deps, account, spool, log, lease, leaseLost }
  const checkpoints = createCheckpoints({ ...shared, counts: deps.spool.counts })
  const { restore } = checkpoints
  // Without the lease it is no longer ours to say: another companion may have the account.
  const reportHere = (report: Report) => {
    if (lease() !== null) deps.states.report(account, report)
  }
  const runner: AccountRunner = createAccountRunner({
    ...shared,
    isWanted: () => lease() !== null && deps.mayRun(),
    make: () => makeAccount(deps, { account, spool, log, restore, report: reportHere, wake: () => commands.wake() }),
    report: reportHere,
  })
  const acting = () => runner.acting()
  const commands = createCommandRunner({ ...shared, account: key, acting, ended: () => link.tell() })
  const link = createCommandLink({ ...shared, key, pulled: () => commands.wake() })
  return {
    key,
    account,
    runner,
    update() {
      const held = lease()
      if (held === null) deps.states.forget(key)
      const dropped =
        held === null ? 0 : deps.store.dropFormer(key, held.token) + deps.store.dropEnded(key, held.cursor)
      if (dropped > 0) log.warn({ event: 'command.dropped', count: dropped })
      runner.update()
      commands.wake()
    },
    pull: (isAll) => link.pull(isAll),
    tell: () => link.tell(),
    offerCheckpoint: () => checkpoints.offer(acting()?.checkpoint() ?? null),
    commandBusySince: () => commands.busySince(),
    async stop() {
      const ended = commands.stop()
      runner.update()
      await runner.settled()
      await ended
    },
  }
}

const unreadable: Report = {
  state: 'down',
  session_state: 'stopped',
  code: 'checkpoint.unreadable',
  message:
    'What the Worker keeps of this account is sealed with another COMPANION_KEY. Start the companion with that one.',
}

type Parts = {
  account: CompanionAccount
  spool: AccountDeps['spool']
  log: Logger
  restore: ReturnType<typeof createCheckpoints>['restore']
  report: (report: Report) => void
  wake: () => void
}

async function makeAccount(
  deps: AccountLinkDeps,
  { account, spool, log, restore, report: reportHere, wake }: Parts,
): Promise<Account | null> {
  const { config, sealer, now, random, crash } = deps
  const restored = await restore()
  if (restored.kind === 'unknown') return null
  if (restored.kind === 'unreadable') throw new CannotStart(unreadable)
  const directory = accountFolder(deps.dataDir, account)
  const report = (report: Report) => {
    reportHere(report)
    // It may be ready for what waits.
    wake()
  }
  const { openFile } = deps.api
  const given = { account, spool, directory, sealer, log, now, random, report, openFile, crash }
  return deps.openAccount(config, { ...given, restored: restored.checkpoint })
}
