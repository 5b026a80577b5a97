import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import type { TelegramAccountConfig } from '../../companion/accounts-config.ts'
import { createSealer } from '../../companion/sealer.ts'
import { logIn } from '../../companion/telegram/login.ts'
import { ScriptError } from '../lib/terminal.ts'
import { accountIds } from './accounts.ts'
import { demoLogin, type TelegramStage } from './telegram-stage.ts'

type Login = { dataDir: string; companionKey: string }

/** How a client finds the demo's data centre. The api id and hash are Telegram's to give; this one takes any. */
function configOf({ dc }: TelegramStage): TelegramAccountConfig {
  const dcs = { id: 2, host: '127.0.0.1', port: dc.port, publicKey: dc.publicKey }
  const own = { platform: 'telegram', externalId: accountIds.telegram, name: null } as const
  return { ...own, apiId: 1, apiHash: 'demo', dcs, proxy: null }
}

/** The same, as the companion reads it from its environment. */
export function accountsFor(stage: TelegramStage): string {
  const { platform, externalId, apiId, apiHash, dcs } = configOf(stage)
  const { id, host, port, publicKey } = dcs ?? { id: 0, host: '', port: 0, publicKey: '' }
  const account = { platform, external_id: externalId, api_id: apiId, api_hash: apiHash }
  return JSON.stringify({ accounts: [{ ...account, dcs: { id, host, port, public_key: publicKey } }] })
}

/** Signs the account in, as `companion login` does, with the demo in the place of whoever would sit there. */
export async function logInDemoAccount(stage: TelegramStage, { dataDir, companionKey }: Login): Promise<void> {
  const result = await logIn(configOf(stage), {
    sealer: createSealer(Buffer.from(companionKey, 'base64'), (count) => randomBytes(count)),
    dataDir,
    log: pino({ level: 'silent' }),
    ask: async (question) => (question.startsWith('Code') ? demoLogin.code : demoLogin.phone),
    say: () => undefined,
    showQr: () => undefined,
    isQr: false,
  })
  if (result.kind === 'in_use') throw new ScriptError(`Another companion still runs on ${dataDir}: end it first.`)
  if (result.kind !== 'done') throw new ScriptError(`The demo's Telegram account could not sign in: ${result.kind}.`)
}
