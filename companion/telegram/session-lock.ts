import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Holds an account's login for one user of it: two clients of one key end it for good. The lock goes with the process,
 * however that ends. Null: somebody else has it.
 */
export function lockSession(directory: string): { release(): void } | null {
  const path = join(directory, 'session.lock')
  const db = new DatabaseSync(path)
  try {
    chmodSync(path, 0o600)
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (at TEXT)')
    return { release: () => db.close() }
  } catch {
    db.close()
    return null
  }
}
