import type { Attempt, AttemptOutcome } from '../account.ts'
import type { Command, CommandResult } from '../../src/protocol/companion.ts'
import type { HeldLease } from '../link/leases.ts'
import type { SpoolDatabase } from '../spool/database.ts'
import type { OpenCommand } from './choose-command.ts'

/** The commands of all accounts on the disk: what is to be done, what was begun, and what the Worker was told of it. */
export type CommandStore = {
  /**
   * Writes down what was pulled under a lease; known ones are left as they are. Those made before we had it may have been
   * done already, by whoever had the account or the disk then. Answers how many are new.
   */
  add(account: string, commands: readonly Command[], lease: Pick<HeldLease, 'token' | 'since'>): number
  /**
   * Another companion had the account in between: what was pulled before it counts as unknown to the staff, who may have
   * sent it again. Answers how many there were.
   */
  dropFormer(account: string, token: number): number
  /** The highest `seq` that was pulled; 0 before the first. */
  lastSeq(account: string): number
  open(account: string): OpenCommand[]
  /** Writes down that an attempt begins, before it does. */
  begin(id: string): Attempt
  /** What an attempt came to; written down before it is told. */
  end(id: string, outcome: AttemptOutcome): void
  untold(account: string, limit: number): CommandResult[]
  /** The Worker has these: `settled` for good; a wait needs to be told once only. */
  told(results: readonly CommandResult[], settled: ReadonlySet<string>): void
}
type Deps = { database: SpoolDatabase; now: () => number; nonceOf: (id: string) => bigint }
type Stored = { payload: string; nonce: string; attempts: number; may_be_repeat: number }

export function createCommandStore(deps: Deps): CommandStore {
  return { ...createIntake(deps), ...createAttempts(deps), ...createResults(deps) }
}

function createIntake({ database, now, nonceOf }: Deps): Pick<CommandStore, 'add' | 'dropFormer' | 'lastSeq' | 'open'> {
  const { sql } = database
  const insert = sql.prepare(
    `INSERT OR IGNORE INTO commands (id, account, seq, conversation, token, nonce, payload, may_be_repeat, added_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const drop = sql.prepare(
    `UPDATE commands SET state = 'done', payload = '', is_told = 1 WHERE account = ? AND state = 'open' AND token <> ?`,
  )
  const last = sql.prepare('SELECT max(seq) AS seq FROM commands WHERE account = ?')
  const openRows = sql.prepare(
    `SELECT id, seq, conversation, wait_until FROM commands WHERE account = ? AND state = 'open' ORDER BY seq`,
  )
  function addOne(account: string, command: Command, { token, since }: Pick<HeldLease, 'token' | 'since'>): number {
    const { id, seq, created_at: createdAt } = command
    const conversation = command.conversation.external_id
    const mayBeRepeat = Date.parse(createdAt) < since ? 1 : 0
    const [nonce, payload] = [String(nonceOf(id)), JSON.stringify(command)]
    return Number(insert.run(id, account, seq, conversation, token, nonce, payload, mayBeRepeat, now()).changes)
  }
  return {
    add: (account, commands, lease) =>
      database.transaction(() => commands.reduce((sum, command) => sum + addOne(account, command, lease), 0)),
    dropFormer: (account, token) => database.transaction(() => Number(drop.run(account, token).changes)),
    lastSeq: (account) => Number(last.get(account)?.['seq'] ?? 0),
    open(account) {
      const rows = openRows.all(account) as { id: string; seq: number; conversation: string; wait_until: number }[]
      return rows.map(({ id, seq, conversation, wait_until: waitUntil }) => ({ id, seq, conversation, waitUntil }))
    },
  }
}

function createAttempts({ database, now }: Deps): Pick<CommandStore, 'begin' | 'end'> {
  const { sql } = database
  const find = sql.prepare('SELECT payload, nonce, attempts, may_be_repeat FROM commands WHERE id = ?')
  const start = sql.prepare('UPDATE commands SET attempts = attempts + 1 WHERE id = ?')
  const finish = sql.prepare(
    `UPDATE commands SET state = 'done', payload = '', outcome = ?, outcome_at = ?, is_told = 0 WHERE id = ?`,
  )
  const postpone = sql.prepare(
    `UPDATE commands SET wait_until = ?, outcome = ?, outcome_at = ?, is_told = 0 WHERE id = ? AND state = 'open'`,
  )
  return {
    begin(id) {
      const { payload, nonce, attempts, may_be_repeat: mayBeRepeat } = find.get(id) as Stored
      database.transaction(() => start.run(id))
      const command = JSON.parse(payload) as Command
      return { command, nonce: BigInt(nonce), isRepeat: attempts > 0 || mayBeRepeat === 1 }
    },
    end(id, outcome) {
      // What else waits with it is ours to know.
      const text = JSON.stringify({ ...outcome, holds: undefined })
      database.transaction(() => {
        if (outcome.kind === 'waiting') postpone.run(Date.parse(outcome.until) || now(), text, now(), id)
        else finish.run(text, now(), id)
      })
    },
  }
}

function createResults({ database }: Deps): Pick<CommandStore, 'untold' | 'told'> {
  const { sql } = database
  const untold = sql.prepare(
    'SELECT id, outcome, outcome_at FROM commands WHERE account = ? AND is_told = 0 ORDER BY seq LIMIT ?',
  )
  // Not if there is something newer to tell by now.
  const setTold = sql.prepare('UPDATE commands SET is_told = 1 WHERE id = ? AND outcome_at = ? AND outcome ->> ? = ?')
  return {
    untold(account, limit) {
      const rows = untold.all(account, limit) as { id: string; outcome: string; outcome_at: number }[]
      return rows.map(({ id, outcome, outcome_at: at }) => ({
        id,
        at: new Date(at).toISOString(),
        outcome: JSON.parse(outcome) as CommandResult['outcome'],
      }))
    },
    told(results, settled) {
      const done = results.filter(({ id, outcome }) => outcome.kind === 'waiting' || settled.has(id))
      if (done.length === 0) return
      database.transaction(() => {
        for (const { id, at, outcome } of done) setTold.run(id, Date.parse(at), 'kind', outcome.kind)
      })
    },
  }
}

/** 63 bits from 32 random bytes: positive in every reading of a 64-bit integer, and never zero. */
export function toNonce(bytes: Buffer): bigint {
  return (bytes.readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn) | 1n
}
