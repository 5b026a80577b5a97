import type { Attempt, AttemptOutcome } from '../account.ts'
import type { Command, CommandResult } from '../../src/protocol/companion.ts'
import type { HeldLease } from '../link/leases.ts'
import type { SpoolDatabase } from '../spool/database.ts'
import type { OpenCommand } from './choose-command.ts'
import { type Wait, mendableKinds } from './waits.ts'

/** The commands of all accounts on the disk: what is to be done, what was begun, and what the Worker was told of it. */
export type CommandStore = {
  /**
   * Writes down what was pulled under a lease. Those made before we had it may have been done already, by whoever had the
   * account or the disk then. What is pulled is open to the Worker: a known one that was dropped is to be done after all,
   * and one that has ended is told again. Answers how many are to be done now that were not before.
   */
  add(account: string, commands: readonly Command[], lease: Pick<HeldLease, 'token' | 'since'>): number
  /**
   * Somebody else may have had the account in between: what was pulled before it may be unknown to the staff, who may have
   * sent it again. What is not is pulled again. Answers how many there were.
   */
  dropFormer(account: string, token: number): number
  /** Up to this `seq` the Worker has nothing open: what a disk of an earlier day takes for open has ended. */
  dropEnded(account: string, cursor: number): number
  /**
   * The highest `seq` of what the Worker has not settled; 0 without any. What it has settled says nothing of the numbers
   * to come: a database that was restored gives them out again.
   */
  lastSeq(account: string): number
  open(account: string): WaitingCommand[]
  /** Writes down that an attempt begins, before it does. */
  begin(id: string): Attempt
  /** What an attempt came to; written down before it is told. */
  end(id: string, outcome: AttemptOutcome): void
  untold(account: string, limit: number): CommandResult[]
  /** The Worker has these: `settled` for good; a wait needs to be told once only. */
  told(results: readonly CommandResult[], settled: ReadonlySet<string>): void
}
/** An open command, and the wait that the platform wanted when it was tried last. */
export type WaitingCommand = Omit<OpenCommand, 'waitUntil'> & { wait: Wait | null }
type OpenRow = { id: string; seq: number; conversation: string; wait_until: number; outcome_at: number | null }
type Deps = { database: SpoolDatabase; now: () => number; nonceOf: (id: string) => bigint }
type Stored = { payload: string; nonce: string; attempts: number; may_be_repeat: number }

/** To be made once for a process: what waits for what a new start may have mended waits no more. */
export function createCommandStore(deps: Deps): CommandStore {
  endMendableWaits(deps)
  return { ...createIntake(deps), ...createAttempts(deps), ...createResults(deps) }
}

/** Those of commands that are dropped now as well: the Worker may hand them to us again. */
function endMendableWaits({ database }: Deps): void {
  const end = database.sql.prepare(
    `UPDATE commands SET wait_until = 0
     WHERE wait_until > 0 AND outcome -> 'error' ->> 'kind' IN (SELECT value FROM json_each(?))`,
  )
  database.transaction(() => end.run(JSON.stringify(mendableKinds)))
}

function createIntake({
  database,
  now,
  nonceOf,
}: Deps): Pick<CommandStore, 'add' | 'dropFormer' | 'dropEnded' | 'lastSeq' | 'open'> {
  const { sql } = database
  const insert = sql.prepare(
    `INSERT OR IGNORE INTO commands (id, account, seq, conversation, token, nonce, payload, may_be_repeat, added_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  // What was dropped may have been begun, or handed to somebody else, before.
  const reopen = sql.prepare(
    `UPDATE commands SET state = 'open', seq = ?, token = ?, payload = ?, may_be_repeat = 1
       WHERE id = ? AND state = 'done' AND (outcome IS NULL OR outcome ->> 'kind' = 'waiting')`,
  )
  const tellAgain = sql.prepare(
    `UPDATE commands SET is_told = 0 WHERE id = ? AND state = 'done' AND outcome IS NOT NULL`,
  )
  const dropped = `UPDATE commands SET state = 'done', payload = '', is_told = 1 WHERE account = ? AND state = 'open'`
  const drop = sql.prepare(`${dropped} AND token <> ?`)
  const dropEnded = sql.prepare(`${dropped} AND seq <= ?`)
  const last = sql.prepare(
    `SELECT max(seq) AS seq FROM (SELECT max(seq) AS seq FROM commands WHERE account = ?1 AND state = 'open'
       UNION ALL SELECT max(seq) FROM commands WHERE account = ?1 AND is_told = 0)`,
  )
  const openRows = sql.prepare(
    `SELECT id, seq, conversation, wait_until, outcome_at FROM commands WHERE account = ? AND state = 'open' ORDER BY seq`,
  )
  function addOne(account: string, command: Command, { token, since }: Pick<HeldLease, 'token' | 'since'>): number {
    const { id, seq, created_at: createdAt } = command
    const conversation = command.conversation.external_id
    const mayBeRepeat = Date.parse(createdAt) < since ? 1 : 0
    const [nonce, payload] = [String(nonceOf(id)), JSON.stringify(command)]
    const isNew = insert.run(id, account, seq, conversation, token, nonce, payload, mayBeRepeat, now()).changes > 0
    if (isNew || reopen.run(seq, token, payload, id).changes > 0) return 1
    tellAgain.run(id)
    return 0
  }
  return {
    add: (account, commands, lease) =>
      database.transaction(() => commands.reduce((sum, command) => sum + addOne(account, command, lease), 0)),
    dropFormer: (account, token) => database.transaction(() => Number(drop.run(account, token).changes)),
    dropEnded: (account, cursor) => database.transaction(() => Number(dropEnded.run(account, cursor).changes)),
    lastSeq: (account) => Number(last.get(account)?.['seq'] ?? 0),
    open(account) {
      return (openRows.all(account) as OpenRow[]).map(
        ({ id, seq, conversation, wait_until: until, outcome_at: since }) => ({
          ...{ id, seq, conversation },
          wait: until === 0 ? null : { until, longestMs: until - (since ?? until) },
        }),
      )
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
