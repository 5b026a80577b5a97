import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import type { TelegramAccountConfig } from '../companion/accounts-config.ts'
import { accountFolder } from '../companion/data-folder.ts'
import { type Sealer, createSealer } from '../companion/sealer.ts'
import { writeCheckpoint } from '../companion/telegram/checkpoint.ts'
import { restoreLogin } from '../companion/telegram/restore-login.ts'
import { request } from '../scripts/lib/http.ts'
import { root } from '../scripts/lib/paths.ts'
import { stopChild } from '../scripts/lib/run.ts'
import type { CompanionInbox } from './companion-inbox.ts'
import { type CompanionStatus, Status, peakBytes } from './companion-status.ts'
import type { Telegram } from './companion-telegram.ts'
import { type Usage, usageOf } from './process-usage.ts'

/** The companion as an operator starts it, its accounts signed in before. */
export type RunningCompanion = {
  /** Null while it does not answer. */
  status: () => Promise<CompanionStatus | null>
  usage: () => Usage
  /** The most memory it had at any moment, in bytes. */
  peak: () => number
  /** Throws when it has ended by itself, with what it said last. */
  requireAlive: () => void
  stop: () => Promise<void>
}
type Place = { workDir: string; telegram: Telegram; inbox: CompanionInbox; ids: readonly number[] }

const HealthPort = z.object({ health_port: z.number() })
const graceMs = 15_000

/** Signs the accounts in on an empty folder; nothing runs before `start`. */
export async function prepareCompanion({ workDir, telegram, inbox, ids }: Place) {
  const dataDir = mkdtempSync(join(workDir, 'companion-'))
  const key = randomBytes(32)
  const sealer = createSealer(key, (count) => randomBytes(count))
  for (const id of ids) await signIn(telegram, id, { dataDir, sealer })
  const env = {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    EDGE_INBOX_URL: inbox.url,
    SERVICE_KEY: inbox.serviceKey,
    COMPANION_KEY: key.toString('base64'),
    DATA_DIR: dataDir,
    HEALTH_PORT: '0',
    ACCOUNTS: JSON.stringify(ids.map((id) => accountOf(telegram, id))),
  }
  return { start: (): RunningCompanion => start(env, dataDir) }
}

/** Leaves a login in the account's folder, as `companion login` does. */
async function signIn(telegram: Telegram, id: number, { dataDir, sealer }: { dataDir: string; sealer: Sealer }) {
  const { port, publicKey } = telegram
  const dcs = { id: 2, host: '127.0.0.1', port, publicKey }
  const config: TelegramAccountConfig = {
    platform: 'telegram',
    externalId: String(id),
    name: null,
    apiId: 1,
    apiHash: 'bench',
    dcs,
    proxy: null,
  }
  const { session, state } = await telegram.login(id)
  await restoreLogin(config, {
    restored: writeCheckpoint({ session, state: { ...state, channels: {} } }),
    directory: accountFolder(dataDir, { platform: 'telegram', external_id: String(id) }),
    sealer,
    log: pino({ level: 'silent' }),
  })
}

function accountOf({ port, publicKey }: Telegram, id: number): Record<string, unknown> {
  const dcs = { id: 2, host: '127.0.0.1', port, public_key: publicKey }
  return { platform: 'telegram', external_id: String(id), api_id: 1, api_hash: 'bench', dcs }
}

function start(env: Record<string, string>, dataDir: string): RunningCompanion {
  const child = spawn(process.execPath, [join(root, 'companion/main.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const pid = child.pid ?? 0
  const output = readOutput(child)
  return {
    async status() {
      const port = output.healthPort()
      if (port === null) return null
      // Whoever asks looks next whether it still runs.
      const answer = await request(`http://127.0.0.1:${port}/status`).catch(() => null)
      return answer === null ? null : Status.parse(answer.body)
    },
    usage: () => usageOf(pid) ?? { cpuSeconds: Number.NaN, residentBytes: Number.NaN },
    peak: () => peakBytes(readFileSync(`/proc/${pid}/status`, 'utf8')),
    requireAlive() {
      if (child.exitCode === null && child.signalCode === null) return
      throw new Error(`The companion ended by itself (${child.exitCode ?? child.signalCode}):\n${output.tail()}`)
    },
    async stop() {
      await stopChild(child, graceMs)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const keptLines = 20

/** Reads the log to its end, so that the companion never waits for us; keeps the port and the last lines. */
function readOutput(child: ChildProcess) {
  let rest = ''
  let port: number | null = null
  const last: string[] = []
  const take = (line: string) => {
    last.push(line)
    if (last.length > keptLines) last.shift()
    if (port === null && line.includes('health_port')) port = HealthPort.parse(JSON.parse(line)).health_port
  }
  const read = (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
  child.stdout?.setEncoding('utf8').on('data', read)
  child.stderr?.setEncoding('utf8').on('data', read)
  return { healthPort: () => port, tail: () => [...last, rest].join('\n') }
}
