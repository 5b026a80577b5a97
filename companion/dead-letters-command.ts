import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dataDirOf } from './config.ts'
import { openDatabase } from './spool/database.ts'
import { listDeadLetters, reviveDeadLetters } from './spool/dead-letters.ts'

type Deps = { env: Readonly<Record<string, string | undefined>>; now: () => number; write: (text: string) => void }

const maxListed = 1_000

/** `dead-letters [list]` and `dead-letters retry [<row>]`, also while a companion runs. Answers the exit code. */
export function runDeadLetters([action = 'list', row]: readonly string[], { env, now, write }: Deps): number {
  const path = join(dataDirOf(env), 'spool.db')
  if (!existsSync(path)) {
    write(`There is no spool in ${dataDirOf(env)}.\n`)
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
        if (row !== undefined && !/^\d+$/.test(row)) break
        const count = reviveDeadLetters(database, row === undefined ? null : Number(row))
        write(`${count} row(s) go out again.\n`)
        return 0
      }
    }
    write('Usage: dead-letters [list], or dead-letters retry [<row>]\n')
    return 64
  } finally {
    database.close()
  }
}
