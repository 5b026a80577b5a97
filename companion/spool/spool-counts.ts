import type { SpoolDatabase } from './database.ts'

/** What lies in the spool for one account. */
export type AccountCounts = {
  pending: number
  /** When the oldest of them was added, in epoch ms. */
  oldestPendingAt: number | null
  dead: number
  files: number
  lastAddedAt: number | null
  openCommands: number
  untoldResults: number
}

type DeadLetterCounts = { rows: number; bytes: number }

export type SpoolCounts = {
  of(account: string): AccountCounts
  /** Bytes of what waits. */
  waitingBytes(): number
  /** What will not go out by itself, of each account that has any. */
  deadLetters(): ReadonlyMap<string, DeadLetterCounts>
  /** When the first row of an account that waits was added, in epoch ms; null where nothing does. */
  oldestPendingAt(account: string): number | null
  /** Whether anything that was added up to row `id` has not arrived yet, its files included. */
  isOpenUpTo(account: string, id: number): boolean
  lastId(): number
}

export function createSpoolCounts({ sql }: SpoolDatabase): SpoolCounts {
  const pending = sql.prepare(
    `SELECT count(*) AS n, min(added_at) AS oldest FROM spooled WHERE account = ? AND state = 'pending'`,
  )
  const dead = sql.prepare(`SELECT count(*) AS n FROM spooled WHERE state = 'dead' AND account = ?`)
  const files = sql.prepare(`SELECT count(*) AS n FROM files WHERE account = ? AND state <> 'done'`)
  const last = sql.prepare('SELECT max(id) AS id FROM spooled')
  const lastAdded = sql.prepare('SELECT added_at AS at FROM spooled WHERE account = ? ORDER BY id DESC LIMIT 1')
  const commands = sql.prepare(`SELECT count(*) AS n FROM commands WHERE account = ? AND state = 'open'`)
  const untold = sql.prepare('SELECT count(*) AS n FROM commands WHERE account = ? AND is_told = 0')
  const bytes = sql.prepare(`SELECT coalesce(sum(bytes), 0) AS n FROM spooled WHERE state = 'pending'`)
  // Left to itself it would go through all that was delivered in a week, in the order of the accounts.
  const deadOfEach = sql.prepare(
    `SELECT account, count(*) AS rows, sum(bytes) AS bytes FROM spooled INDEXED BY spooled_dead WHERE state = 'dead'
     GROUP BY account`,
  )
  const first = sql.prepare(
    `SELECT added_at AS at FROM spooled WHERE account = ? AND state = 'pending' ORDER BY id LIMIT 1`,
  )
  const openRow = sql.prepare(`SELECT 1 FROM spooled WHERE account = ? AND state = 'pending' AND id <= ? LIMIT 1`)
  // A dead letter holds nothing up: the Worker will not take it, and its files stay with it.
  const openFile = sql.prepare(`SELECT 1 FROM files WHERE account = ? AND state = 'pending' AND row_id <= ? LIMIT 1`)
  // What became of a file is a row of its own, younger than what it belongs to. Only what waits is gone through.
  const openOutcome = sql.prepare(
    `SELECT 1 FROM spooled AS outcome INDEXED BY spooled_open
     CROSS JOIN files ON files.id = CAST(substr(outcome.key, length('file:') + 1) AS INTEGER)
     WHERE outcome.account = ?1 AND outcome.state = 'pending' AND outcome.id > ?2 AND outcome.key GLOB 'file:*'
     AND files.row_id <= ?2 LIMIT 1`,
  )
  const isOpenUpTo = (account: string, id: number) =>
    [openRow, openFile, openOutcome].some((open) => open.get(account, id) !== undefined)
  const numberOf = (row: Record<string, unknown> | undefined, name = 'n') => {
    const value = row?.[name]
    return typeof value === 'number' ? value : null
  }
  return {
    of(account) {
      const waiting = pending.get(account)
      return {
        pending: numberOf(waiting) ?? 0,
        oldestPendingAt: numberOf(waiting, 'oldest'),
        dead: numberOf(dead.get(account)) ?? 0,
        files: numberOf(files.get(account)) ?? 0,
        lastAddedAt: numberOf(lastAdded.get(account), 'at'),
        openCommands: numberOf(commands.get(account)) ?? 0,
        untoldResults: numberOf(untold.get(account)) ?? 0,
      }
    },
    waitingBytes: () => numberOf(bytes.get()) ?? 0,
    deadLetters() {
      const rows = deadOfEach.all() as { account: string; rows: number; bytes: number }[]
      return new Map(rows.map(({ account, ...of }) => [account, of]))
    },
    oldestPendingAt: (account) => numberOf(first.get(account), 'at'),
    isOpenUpTo,
    lastId: () => numberOf(last.get(), 'id') ?? 0,
  }
}
