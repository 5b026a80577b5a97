import { randomUUID } from 'node:crypto'
import type { AccountDeps } from '../account.ts'
import type { TelegramAccountConfig } from '../accounts-config.ts'
import { readCheckpoint } from './checkpoint.ts'
import { openClient } from './connect.ts'
import type { Login } from './login-change.ts'
import { openSessionStorage, usableLogin } from './session-storage.ts'

type RestoreDeps = Pick<AccountDeps, 'restored' | 'directory' | 'sealer' | 'log'>

/**
 * On an empty disk: the login and the count come from the last checkpoint, so that nothing between is missed. Gives the
 * login; null where there is nothing to restore.
 */
export async function restoreLogin(config: TelegramAccountConfig, deps: RestoreDeps): Promise<Login | null> {
  if (deps.restored === null || usableLogin(deps.directory) !== null) return null
  const checkpoint = readCheckpoint(deps.restored)
  if (checkpoint === null) {
    deps.log.error({ event: 'telegram.checkpoint_unreadable' })
    return null
  }
  const storage = openSessionStorage(deps.directory, { sealer: deps.sealer, keepsLogin: false })
  const { base, client } = openClient(config, { storage, log: deps.log, isListening: false })
  await base.importSession(checkpoint.session, true)
  storage.putState(checkpoint.state)
  const dcs = await base.mt.storage.dcs.fetch()
  const mark = randomUUID()
  storage.completeLogin({ mark, dc: dcs?.main.id ?? 0 })
  await client.destroy()
  deps.log.info({ event: 'telegram.restored', channels: Object.keys(checkpoint.state.channels).length })
  return { mark, state: checkpoint.state }
}
