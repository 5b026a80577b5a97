import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AccountSpool } from '../../../companion/account.ts'
import { createAccountSpools } from '../../../companion/spool/account-spool.ts'
import { openDatabase } from '../../../companion/spool/database.ts'
import { openMailFiles } from '../../../companion/spool/mail-files.ts'
import { createRowWriter } from '../../../companion/spool/write-rows.ts'
import { makeFolder } from './setup.ts'

const raw = new TextEncoder().encode('Message-ID: <a@b>\r\n\r\nhello')
const mail = (n: number) => ({ kind: 'mail', key: `${n}`, lane: `${n}`, raw, direction: 'inbound' }) as const

/** The real files and database, and in which order they were used. */
function openWatched() {
  const folder = makeFolder()
  const steps: string[] = []
  const crash = (error: unknown): never => {
    throw error
  }
  const database = openDatabase(join(folder, 'spool.db'), { crash })
  const files = openMailFiles(join(folder, 'mail'))
  const mails: typeof files = {
    ...files,
    write(account, key, bytes) {
      steps.push('write')
      return files.write(account, key, bytes)
    },
    sync() {
      steps.push(database.sql.isTransaction ? 'sync' : 'sync too late')
      files.sync()
    },
  }
  const added = () => void steps.push('added')
  const writeRow = createRowWriter({ database, mails, now: () => 0, added })
  const spool: AccountSpool = createAccountSpools(database, writeRow)('email:a@example.com')
  return { spool, steps, close: () => database.close() }
}

describe('the folder of mails', () => {
  it('is put on the disk once for a transaction, after its files and before its commit', () => {
    const { spool, steps, close } = openWatched()
    spool.transaction((write) => [1, 2, 3].forEach((n) => write.add(mail(n))))
    expect(steps).toEqual(['write', 'write', 'write', 'sync', 'added', 'added', 'added'])
    spool.transaction((write) => write.add(mail(4)))
    expect(steps.slice(7)).toEqual(['write', 'sync', 'added'])
    close()
  })

  it('is left alone where no mail was added', () => {
    const { spool, steps, close } = openWatched()
    spool.transaction((write) => write.set('cursor', '1'))
    expect(steps).toEqual([])
    close()
  })
})
