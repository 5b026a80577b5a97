import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { makePrivateFolder } from './data-folder.ts'

export type FolderLock = { release(): void }

/** Of two that begin in one instant each may be in the other's way; one that runs stays there. */
const patienceMs = 2_000
const pauseMs = 200

/**
 * Makes this process the only one that runs on a data folder; the system takes the lock back when the process ends,
 * however it does. Null: another one has it, and keeps it.
 */
export async function lockFolder(dataDir: string, random: () => number): Promise<FolderLock | null> {
  makePrivateFolder(dataDir)
  const path = join(dataDir, 'lock.db')
  for (let waitedMs = 0; ;) {
    const lock = tryLock(path)
    if (lock !== null || waitedMs >= patienceMs) return lock
    const ms = Math.ceil(pauseMs * (0.1 + random()))
    await sleep(ms)
    waitedMs += ms
  }
}

function tryLock(path: string): FolderLock | null {
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
