import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CompanionAccount } from '../src/protocol/companion.ts'

/** Makes a folder that only this user may look into. */
export function makePrivateFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
  return path
}

/** Where an account keeps what is its own. Ids are people's addresses: the folder's name does not show them. */
export function accountFolder(dataDir: string, { platform, external_id }: CompanionAccount): string {
  const name = `${platform}-${digestOf({ platform, external_id }).slice(0, 24)}`
  makePrivateFolder(dataDir)
  makePrivateFolder(join(dataDir, 'accounts'))
  return makePrivateFolder(join(dataDir, 'accounts', name))
}

/** An account in the logs, where nobody's address stands. `/status` says which one it is. */
export function accountLabel(account: CompanionAccount): string {
  return `${account.platform}-${digestOf(account).slice(0, 8)}`
}

function digestOf({ platform, external_id }: CompanionAccount): string {
  return createHash('sha256').update(`${platform} ${external_id}`).digest('hex')
}

/** An account in one word, as the spool knows it. */
export function accountKey({ platform, external_id }: CompanionAccount): string {
  return `${platform}:${external_id}`
}
