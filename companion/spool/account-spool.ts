import type { AccountSpool } from '../account.ts'
import type { SpoolDatabase } from './database.ts'
import type { WriteRow } from './write-rows.ts'

/** The spool as each account sees it; the empty key is the companion itself. */
export function createAccountSpools(database: SpoolDatabase, writeRow: WriteRow): (account: string) => AccountSpool {
  const { sql } = database
  const known = sql.prepare('SELECT 1 FROM spooled WHERE account = ? AND key = ?')
  const read = sql.prepare('SELECT value FROM kept WHERE account = ? AND name = ?')
  const list = sql.prepare('SELECT name, value FROM kept WHERE account = ? AND name >= ? AND name < ?')
  const keep = sql.prepare('INSERT OR REPLACE INTO kept (account, name, value) VALUES (?, ?, ?)')
  const forget = sql.prepare('DELETE FROM kept WHERE account = ? AND name = ?')
  return (account) => {
    const set = (name: string, value: string | null) => {
      if (value === null) forget.run(account, name)
      else keep.run(account, name, value)
    }
    return {
      transaction: (work) => database.transaction(() => work({ add: (row) => writeRow(account, row), set })),
      read(name) {
        const value = read.get(account, name)?.['value']
        return typeof value === 'string' ? value : null
      },
      list(prefix) {
        // The greatest character there is: past all that begin so.
        const rows = list.all(account, prefix, `${prefix}\u{10ffff}`)
        return new Map(rows.map(({ name, value }) => [String(name).slice(prefix.length), String(value)]))
      },
      knows: (key) => known.get(account, key) !== undefined,
    }
  }
}
