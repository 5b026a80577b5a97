import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** The spool's database: one connection, everything synchronous. */
export type SpoolDatabase = {
  sql: DatabaseSync
  /**
   * Everything or nothing, and on the disk when it returns. Whatever fails in it ends the process: a handler that goes on
   * would let its source believe that the row is safe.
   */
  transaction<Result>(work: () => Result): Result
  /** Runs once before the transaction that is open is committed, however often the same function is given. */
  beforeCommit(effect: () => void): void
  /** Runs after the transaction that is open has been committed. */
  afterCommit(effect: () => void): void
  /** Grows when another process has written: the command line, for instance. */
  foreignVersion(): number
  close(): void
}

const schemaVersion = 1
// STRICT: a value of another type is a fault of ours and not to be converted in silence.
const schema = `
  CREATE TABLE IF NOT EXISTS spooled (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    message_id TEXT,
    album TEXT,
    album_head INTEGER,
    is_resolved INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    error TEXT,
    added_at INTEGER NOT NULL,
    settled_at INTEGER,
    UNIQUE (account, key)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS spooled_open ON spooled (account, id) WHERE state = 'pending';
  CREATE INDEX IF NOT EXISTS spooled_dead ON spooled (id) WHERE state = 'dead';
  CREATE INDEX IF NOT EXISTS spooled_album ON spooled (account, message_id)
    WHERE state = 'pending' AND album IS NOT NULL AND album_head IS NULL;
  CREATE INDEX IF NOT EXISTS spooled_settled ON spooled (settled_at) WHERE state = 'delivered';
  CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    row_id INTEGER NOT NULL,
    account TEXT NOT NULL,
    lane TEXT NOT NULL,
    key TEXT NOT NULL,
    message_id TEXT NOT NULL,
    filename TEXT,
    mime_type TEXT,
    locator TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'held',
    attempts INTEGER NOT NULL DEFAULT 0,
    first_tried_at INTEGER,
    due_at INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    UNIQUE (row_id, key)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS files_due ON files (due_at) WHERE state = 'pending';
  CREATE INDEX IF NOT EXISTS files_open ON files (account, row_id) WHERE state <> 'done';
  CREATE TABLE IF NOT EXISTS album_parts (
    account TEXT NOT NULL,
    message_id TEXT NOT NULL,
    head_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    content TEXT NOT NULL,
    file_keys TEXT NOT NULL,
    is_deleted INTEGER NOT NULL DEFAULT 0,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (account, message_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS album_parts_head ON album_parts (account, head_id, position);
  CREATE TABLE IF NOT EXISTS kept (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS commands (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    seq INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    token INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    attempts INTEGER NOT NULL DEFAULT 0,
    may_be_repeat INTEGER NOT NULL DEFAULT 0,
    wait_until INTEGER NOT NULL DEFAULT 0,
    outcome TEXT,
    outcome_at INTEGER,
    is_told INTEGER NOT NULL DEFAULT 1,
    added_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS commands_open ON commands (account, seq) WHERE state = 'open';
  CREATE INDEX IF NOT EXISTS commands_untold ON commands (account, seq) WHERE is_told = 0;
`

function opened<Effects>(effects: Effects | null): Effects {
  if (effects === null) throw new Error('there is no transaction')
  return effects
}

export type DatabaseDeps = { crash(error: unknown): never }

/** Opens or makes the database at `path`. FULL: a committed row survives a loss of power, at 0.16 ms each. */
export function openDatabase(path: string, { crash }: DatabaseDeps): SpoolDatabase {
  const sql = new DatabaseSync(path, { timeout: 10_000 })
  chmodSync(path, 0o600)
  sql.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 500')
  const version = Number(sql.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > schemaVersion) throw new Error('the spool was made by a newer companion')
  if (version < schemaVersion) sql.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA user_version = ${schemaVersion}; COMMIT`)
  const dataVersion = sql.prepare('PRAGMA data_version')
  let effects: { before: Set<() => void>; after: (() => void)[] } | null = null
  const transaction = <Result>(work: () => Result): Result => {
    let result: Result
    const { before, after } = { before: new Set<() => void>(), after: [] as (() => void)[] }
    try {
      if (effects !== null) throw new Error('a transaction of the spool was begun inside another one')
      effects = { before, after }
      sql.exec('BEGIN IMMEDIATE')
      result = work()
      for (const effect of before) effect()
      sql.exec('COMMIT')
    } catch (error) {
      if (sql.isTransaction) sql.exec('ROLLBACK')
      return crash(error)
    } finally {
      effects = null
    }
    for (const effect of after) effect()
    return result
  }
  return {
    sql,
    transaction,
    beforeCommit: (effect) => void opened(effects).before.add(effect),
    afterCommit: (effect) => void opened(effects).after.push(effect),
    foreignVersion: () => Number(dataVersion.get()?.['data_version']),
    close: () => sql.close(),
  }
}
