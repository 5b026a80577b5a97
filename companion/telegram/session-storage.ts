import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import {
  BaseSqliteStorage,
  BaseSqliteStorageDriver,
  type ISqliteDatabase,
  type ISqliteStatement,
  type ITelegramStorageProvider,
} from '@mtcute/node'
import type { Sealer } from '../sealer.ts'

/** Where Telegram's count of an account stands: what it tells from here on is new. */
export type UpdateState = { pts: number; qts: number; date: number; seq: number; channels: Record<string, number> }

/**
 * What one login left behind, as mtcute wants it: keys, state of updates, access hashes. `storedState` is what the disk
 * has, which is never ahead of what was handed on (mtcute counts first and hands on afterwards).
 */
export type SessionStorage = ITelegramStorageProvider & {
  storedState(): UpdateState | null
  /** The channels whose count is stored, the one that moved last first. */
  recentChannels(): string[]
  /** Tells this login from the one before; null where none is whole. */
  loginMark(): string | null
  /** Overwrites the state; for a start from a checkpoint. */
  putState(state: UpdateState): void
  /** Says that a login is whole: from now on it may be used. `mark` tells it from the next one. */
  completeLogin(login: CompletedLogin): void
}
/** `dc`: the data centre whose key is the login. */
export type CompletedLogin = { mark: string; dc: number }

const file = 'session.db'
const stateNames = ['pts', 'qts', 'date', 'seq'] as const
const channelPrefix = 'updates_channel:'
const loginName = 'companion_login'

/** node:sqlite as mtcute's repositories want it. Writes wait for the next save, which follows every round of updates. */
class SessionDriver extends BaseSqliteStorageDriver {
  readonly path: string
  raw: DatabaseSync | null = null

  constructor(path: string) {
    super()
    this.path = path
  }

  override _createDatabase(): ISqliteDatabase {
    const db = openFile(this.path)
    this.raw = db
    return {
      exec: (sql) => db.exec(sql),
      close: () => db.close(),
      prepare: (sql) => statementOf(db, sql),
      transaction: (work) =>
        ((...args: Parameters<typeof work>) => {
          db.exec('BEGIN')
          try {
            const result: unknown = work(...args)
            db.exec('COMMIT')
            return result
          } catch (error) {
            if (db.isTransaction) db.exec('ROLLBACK')
            throw error
          }
        }) as typeof work,
    }
  }
}

function openFile(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  // Before anything is in it: SQLite gives its side files the same mode.
  chmodSync(path, 0o600)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  return db
}

function statementOf<Values extends unknown[]>(db: DatabaseSync, sql: string): ISqliteStatement<Values> {
  const statement = db.prepare(sql)
  const bound = (values: Values) => values as unknown as SQLInputValue[]
  return {
    run: (...values) => void statement.run(...bound(values)),
    get: (...values) => statement.get(...bound(values)),
    all: (...values) => statement.all(...bound(values)),
  }
}

export type StorageOptions = {
  sealer: Sealer
  /**
   * The daemon never makes a login: a key that is there is neither replaced nor dropped, whatever a server says. mtcute
   * would take a -404 for the end of the key and agree upon a new one, which belongs to nobody.
   */
  keepsLogin: boolean
  /** The server has forgotten the key of the login. */
  onForgotten?: () => void
}

/** Opens the session in an account's folder. Throws only when mtcute loads it and the disk fails. */
export function openSessionStorage(directory: string, options: StorageOptions): SessionStorage {
  const driver = new SessionDriver(join(directory, file))
  const plain = new BaseSqliteStorage(driver)
  const { kv, peers, refMessages } = plain
  const db = () => {
    if (driver.raw === null) throw new Error('the session is not loaded')
    return driver.raw
  }
  return {
    driver,
    kv,
    peers,
    refMessages,
    authKeys: sealedKeys(driver, options),
    storedState: () => readState(db()),
    recentChannels: () => readRecent(db()),
    loginMark: () => readLogin(db())?.mark ?? null,
    putState: (state) => writeState(db(), state),
    completeLogin: (login) => {
      const write = db().prepare('INSERT OR REPLACE INTO key_value (key, value) VALUES (?, ?)')
      write.run(loginName, Buffer.from(JSON.stringify(login)))
    },
  }
}

/**
 * The mark of the login in an account's folder, if it has all it takes to go on receiving: a key, and where the count
 * stood. Null where it has not. Does not hold the file open. Throws when the disk does.
 */
export function usableLogin(directory: string): string | null {
  const path = join(directory, file)
  if (!existsSync(path)) return null
  const db = openFile(path)
  try {
    const tables = db
      .prepare(`SELECT COUNT(*) AS found FROM sqlite_master WHERE name IN ('key_value', 'sealed_keys')`)
      .get()
    if (tables?.['found'] !== 2 || readState(db) === null) return null
    const login = readLogin(db)
    if (login === null) return null
    return db.prepare('SELECT 1 FROM sealed_keys WHERE dc = ?').get(login.dc) === undefined ? null : login.mark
  } finally {
    db.close()
  }
}

function readLogin(db: DatabaseSync): CompletedLogin | null {
  const value = db.prepare('SELECT value FROM key_value WHERE key = ?').get(loginName)?.['value']
  return value instanceof Uint8Array ? (JSON.parse(Buffer.from(value).toString()) as CompletedLogin) : null
}

function readInt(db: DatabaseSync, name: string): number | null {
  const value = db.prepare('SELECT value FROM key_value WHERE key = ?').get(name)?.['value']
  return value instanceof Uint8Array && value.length === 4 ? Buffer.from(value).readInt32LE() : null
}

function readState(db: DatabaseSync): UpdateState | null {
  const [pts, qts, date, seq] = stateNames.map((name) => readInt(db, `updates_${name}`))
  if (pts == null || qts == null || date == null || seq == null) return null
  const rows = db.prepare(`SELECT key FROM key_value WHERE key LIKE '${channelPrefix}%'`).all()
  const channels = rows.flatMap(({ key }) => {
    const name = String(key)
    const value = readInt(db, name)
    return value === null || value <= 0 ? [] : [[name.slice(channelPrefix.length), value] as const]
  })
  return { pts, qts, date, seq, channels: Object.fromEntries(channels) }
}

/** A count that moves is replaced, by a row behind all others. */
function readRecent(db: DatabaseSync): string[] {
  const rows = db.prepare(`SELECT key FROM key_value WHERE key LIKE '${channelPrefix}%' ORDER BY rowid DESC`).all()
  return rows.map(({ key }) => String(key).slice(channelPrefix.length))
}

function writeState(db: DatabaseSync, state: UpdateState): void {
  const write = db.prepare('INSERT OR REPLACE INTO key_value (key, value) VALUES (?, ?)')
  const put = (name: string, value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    write.run(name, bytes)
  }
  db.exec('BEGIN')
  for (const name of stateNames) put(`updates_${name}`, state[name])
  for (const [channel, pts] of Object.entries(state.channels)) put(`${channelPrefix}${channel}`, pts)
  db.exec('COMMIT')
}

/** Whoever has an authorization key is the user: on the disk it is sealed, each for its data centre. */
function sealedKeys(
  driver: SessionDriver,
  { sealer, keepsLogin, onForgotten }: StorageOptions,
): ITelegramStorageProvider['authKeys'] {
  driver.registerMigration('sealed_keys', 1, (db) =>
    db.exec('CREATE TABLE sealed_keys (dc INTEGER PRIMARY KEY, sealed TEXT NOT NULL) STRICT'),
  )
  const db = () => {
    if (driver.raw === null) throw new Error('the session is not loaded')
    return driver.raw
  }
  const get = (dc: number): Uint8Array | null => {
    const sealed = db().prepare('SELECT sealed FROM sealed_keys WHERE dc = ?').get(dc)?.['sealed']
    return typeof sealed === 'string' ? sealer.open(sealed, contextOf(dc)) : null
  }
  const isKept = (dc: number) => keepsLogin && readLogin(db())?.dc === dc
  return {
    get,
    set(dc, key) {
      if (isKept(dc)) {
        if (key === null) onForgotten?.()
        return
      }
      if (key === null) db().prepare('DELETE FROM sealed_keys WHERE dc = ?').run(dc)
      else put(db(), dc, sealer.seal(key, contextOf(dc)))
    },
    deleteByDc(dc) {
      if (!isKept(dc)) db().prepare('DELETE FROM sealed_keys WHERE dc = ?').run(dc)
    },
    deleteAll() {
      if (!keepsLogin) db().exec('DELETE FROM sealed_keys')
    },
    // Keys for a day are used by clients that ask for forward secrecy; this one does not.
    setTemp() {},
    getTemp: () => null,
  }
}

const contextOf = (dc: number) => `telegram auth key, data centre ${dc}`

function put(db: DatabaseSync, dc: number, sealed: string): void {
  db.prepare('INSERT OR REPLACE INTO sealed_keys (dc, sealed) VALUES (?, ?)').run(dc, sealed)
}
