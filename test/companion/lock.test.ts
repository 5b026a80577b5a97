import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from '../../companion/lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edge-inbox-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the lock of a data folder', () => {
  it('is had by one of two that ask at once, and by the other when that one ends', async () => {
    const [first, second] = await Promise.all([lockFolder(folder, Math.random), lockFolder(folder, Math.random)])
    const held = first ?? second
    expect([first, second].filter((lock) => lock !== null)).toHaveLength(1)
    held?.release()
    const next = await lockFolder(folder, Math.random)
    expect(next).not.toBeNull()
    next?.release()
  })

  it('is had although another one that begins is in the way for a moment', async () => {
    const other = new DatabaseSync(join(folder, 'lock.db'))
    other.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
    setTimeout(() => other.close(), 500)
    const lock = await lockFolder(folder, Math.random)
    expect(lock).not.toBeNull()
    lock?.release()
  })
})
