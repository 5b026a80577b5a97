import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makePrivateFolder } from './data-folder.ts'

/**
 * Makes this process the only one that runs on a data folder; the system takes the lock back when the process ends,
 * however it does. Null: another one has it.
 */
export function lockFolder(dataDir: string): { release(): void } | null {
  makePrivateFolder(dataDir)
  const path = join(dataDir, 'lock.db')
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    chmodSync(path, 0o600)
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return { release: () => lock.close() }
  } catch (error) {
    lock.close()
    const isTaken = error instanceof Error && /locked|busy/.test(error.message)
    if (isTaken) return null
    throw error
  }
}
