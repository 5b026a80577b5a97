import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dataDirOf } from './config.ts'
import { openDatabase } from './spool/database.ts'
import { dropDeadLetters, listDeadLetters, reviveDeadLetters } from './spool/dead-letters.ts'
import { openMailFiles } from './spool/mail-files.ts'

type Deps = { env: Readonly<Record<string, string | undefined>>; now: () => number; write: (text: string) => void }

const maxListed = 1_000

const usage = `Usage: dead-letters [list]
       dead-letters retry [<row>]
       dead-letters drop <row>|all
`

/** Lists dead letters, lets them go out again or gives them up, also while a companion runs. Answers the exit code. */
export function runDeadLetters([action = 'list', row]: readonly string[], { env, now, write }: Deps): number {
  const dataDir = dataDirOf(env)
  const path = join(dataDir, 'spool.db')
  if (!existsSync(path)) {
    write(`There is no spool in ${dataDir}.\n`)
    return 66
  }
  const crash = (error: unknown): never => {
    throw error
  }
  const database = openDatabase(path, { crash })
  try {
    switch (action) {
      case 'list':
        for (const letter of listDeadLetters(database, maxListed)) {
          const { id, account, kind, key, code, message, diedAt } = letter
          const hours = ((now() - diedAt) / 3_600_000).toFixed(1)
          write(`${id}\t${account}\t${kind}\t${key}\t${code}\t${hours} h ago\t${message}\n`)
        }
        return 0
      case 'retry': {
        if (row !== undefined && !isNumber(row)) break
        const count = reviveDeadLetters(database, row === undefined ? null : Number(row))
        write(`${count} row(s) go out again.\n`)
        return 0
      }
      case 'drop': {
        // What cannot be undone has to be asked for by name.
        if (row === undefined || (row !== 'all' && !isNumber(row))) break
        const mails = openMailFiles(join(dataDir, 'mail'))
        write(`${dropDeadLetters(database, row === 'all' ? null : Number(row), { mails, now })} row(s) dropped.\n`)
        return 0
      }
    }
    write(usage)
    return 64
  } finally {
    database.close()
  }
}

function isNumber(row: string): boolean {
  return /^\d+$/.test(row)
}
