import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dataDirOf } from './config.ts'
import { forgetCheckpoint } from './link/checkpoints.ts'
import { createAccountSpools } from './spool/account-spool.ts'
import { openDatabase } from './spool/database.ts'

type Deps = { env: Readonly<Record<string, string | undefined>>; write: (text: string) => void }

/** `forget-checkpoint <platform>:<external_id>`, also while a companion runs. Answers the exit code. */
export function runForgetCheckpoint([account = '']: readonly string[], { env, write }: Deps): number {
  if (!/^(telegram|email):./.test(account)) {
    write('Usage: forget-checkpoint telegram:<user id>, or forget-checkpoint email:<address>\n')
    return 64
  }
  const path = join(dataDirOf(env), 'spool.db')
  if (!existsSync(path)) {
    write(`There is no spool in ${dataDirOf(env)}.\n`)
    return 66
  }
  const fail = (error: unknown): never => {
    throw error
  }
  const database = openDatabase(path, { crash: fail })
  try {
    forgetCheckpoint(createAccountSpools(database, () => fail(new Error('no rows are written here')))(account))
    write(`${account} begins without its checkpoint, and writes over it.\n`)
    return 0
  } finally {
    database.close()
  }
}
