import type { Logger } from 'pino'
import type { CompanionAccount } from '../../src/protocol/companion.ts'
import type { AccountSpool } from '../account.ts'
import { accountKey } from '../data-folder.ts'
import type { Sealer } from '../sealer.ts'
import type { SpoolCounts } from '../spool/spool-counts.ts'
import type { HeldLease } from './leases.ts'
import type { WorkerApi } from './worker-api.ts'

export type CheckpointDeps = {
  account: CompanionAccount
  spool: AccountSpool
  counts: SpoolCounts
  sealer: Sealer
  api: Pick<WorkerApi, 'readCheckpoint' | 'writeCheckpoint'>
  lease: () => HeldLease | null
  leaseLost: () => void
  log: Logger
}
export type Restored = { kind: 'known'; checkpoint: string | null } | { kind: 'unknown' } | { kind: 'unreadable' }
export type Checkpoints = {
  /**
   * What the account wrote down last, where this data folder has never sent one itself; null where there is nothing to
   * restore. `unknown`: it could not be asked. `unreadable`: there is one that this companion's key does not open. To begin
   * without it would be to begin at the present, and to write over what the right key could still restore.
   */
  restore(): Promise<Restored>
  /**
   * Called every few seconds with what a lost disk would lose now. It is sent only once all that it covers has arrived:
   * a checkpoint ahead of what the Worker has would lose what lies between.
   */
  offer(checkpoint: string | null): Promise<void>
}

const versionName = 'checkpoint.version'
const maxSealed = 64 * 1024

export function createCheckpoints(deps: CheckpointDeps): Checkpoints {
  const { account, spool, counts } = deps
  const key = accountKey(account)
  let candidate: { text: string; upTo: number } | null = null
  let sent: string | null = null
  let isSending = false
  return {
    async restore() {
      if (spool.read(versionName) !== null) return { kind: 'known', checkpoint: null }
      return restore(deps)
    },
    async offer(text) {
      if (isSending) return
      // What was added so far is what it can cover; what it says was read before that.
      if (candidate === null && text !== null && text !== sent) candidate = { text, upTo: counts.lastId() }
      if (candidate === null || counts.isOpenUpTo(key, candidate.upTo)) return
      const { text: covered } = candidate
      candidate = null
      isSending = true
      try {
        if (await send(deps, covered)) sent = covered
      } finally {
        isSending = false
      }
    },
  }
}

const contextOf = (account: CompanionAccount) => `checkpoint|${accountKey(account)}`

async function restore({ account, sealer, api, log }: CheckpointDeps): Promise<Restored> {
  const answer = await api.readCheckpoint(account)
  if (answer.kind === 'refused') return { kind: 'known', checkpoint: null }
  if (answer.kind !== 'ok') return { kind: 'unknown' }
  if (answer.value === null) return { kind: 'known', checkpoint: null }
  const { version, sealed } = answer.value
  try {
    const checkpoint = sealer.open(sealed, contextOf(account)).toString()
    log.info({ event: 'checkpoint.restored', version })
    return { kind: 'known', checkpoint }
  } catch (error) {
    log.error({ event: 'checkpoint.unreadable', version, reason: error instanceof Error ? error.message : 'unknown' })
    return { kind: 'unreadable' }
  }
}

/** Whether the Worker has it now. */
async function send(deps: CheckpointDeps, text: string): Promise<boolean> {
  const { account, spool, sealer, api, log } = deps
  const lease = deps.lease()
  const sealed = sealer.seal(text, contextOf(account))
  if (sealed.length > maxSealed) log.error({ event: 'checkpoint.too_large', size: sealed.length })
  if (lease === null || sealed.length > maxSealed) return false
  const version = Number(spool.read(versionName) ?? 0) + 1
  const answer = await api.writeCheckpoint(account, lease.token, { version, sealed })
  if (answer.kind === 'ok') remember(spool, version)
  else if (answer.kind === 'refused' && answer.code === 'checkpoint.older') await catchUp(deps)
  else if (answer.kind === 'refused' && answer.code === 'lease.lost') deps.leaseLost()
  return answer.kind === 'ok'
}

/** Another one was written since; ours is newer, because we hold the lease. */
async function catchUp({ account, spool, api }: CheckpointDeps): Promise<void> {
  const answer = await api.readCheckpoint(account)
  if (answer.kind === 'ok' && answer.value !== null) remember(spool, answer.value.version)
}

/** The account begins without what the Worker keeps of it, and writes over that: for a companion key that is lost. */
export function forgetCheckpoint(spool: AccountSpool): void {
  remember(spool, Number(spool.read(versionName) ?? 0))
}

function remember(spool: AccountSpool, version: number): void {
  spool.transaction((write) => write.set(versionName, String(version)))
}
