import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from '../lib/paths.ts'
import { red, say } from '../lib/terminal.ts'
import type { DemoTenant } from './seed.ts'
import { type Supervised, supervise } from './supervise.ts'
import { accountsFor, logInDemoAccount } from './telegram-login.ts'
import type { TelegramStage } from './telegram-stage.ts'
import { pause } from './traffic.ts'

/** What the companion keeps, and what it says, in the folder of the state. */
export const companionFolder = 'companion'
export const companionLog = 'companion.log'

export type DemoCompanion = Supervised & {
  /** Where its log is, as a person at this checkout would call it. */
  log: string
}
export type DemoCompanionOptions = {
  workerUrl: string
  tenant: DemoTenant
  stage: TelegramStage
  stateDir: string
  aborted: AbortSignal
}

/** Signs the Telegram account in and starts the companion, which is started again should it end. */
export async function startDemoCompanion(options: DemoCompanionOptions): Promise<DemoCompanion> {
  const { stateDir, stage, tenant, aborted } = options
  const dataDir = join(stateDir, companionFolder)
  const logFile = join(stateDir, companionLog)
  mkdirSync(stateDir, { recursive: true })
  await logInDemoAccount(stage, { dataDir, companionKey: tenant.companion.sealingKey })
  const env = companionEnv(options, dataDir)
  const log = logFile.startsWith(root) ? relative(root, logFile) : logFile
  const onEnd = (reason: string) => say(red(`✗ The companion ended (${reason}) and is started again; ${log} says why.`))
  const start = () => spawnCompanion(env, logFile)
  return { log, ...supervise({ start, onEnd, wait: pause, now: Date.now, aborted }) }
}

/** Nothing of ours but the path: another companion's settings may stand in this shell. */
function companionEnv({ workerUrl, tenant, stage }: DemoCompanionOptions, dataDir: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'development',
    EDGE_INBOX_URL: workerUrl,
    SERVICE_KEY: tenant.companion.serviceKey,
    COMPANION_KEY: tenant.companion.sealingKey,
    ACCOUNTS: accountsFor(stage),
    DATA_DIR: dataDir,
    HEALTH_PORT: '0',
  }
}

function spawnCompanion(env: NodeJS.ProcessEnv, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a')
  try {
    const main = join(root, 'companion/main.ts')
    const lifeline = join(root, 'scripts/demo/end-with-parent.ts')
    return spawn(process.execPath, ['--import', lifeline, main], { cwd: root, env, stdio: ['pipe', log, log] })
  } finally {
    closeSync(log)
  }
}
