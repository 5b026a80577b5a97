import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { OpenAccount } from '../../companion/accounts.ts'
import { loadConfig } from '../../companion/config.ts'
import { type Companion, runCompanion } from '../../companion/run.ts'
import type { Timing } from '../../companion/timing.ts'
import { createEchoOpener } from './echo-account.ts'
import { type EchoPlatform, startEchoPlatform } from './echo-platform.ts'
import { type FakeWorker, startFakeWorker } from './fake-worker.ts'

export type RigOptions = {
  env?: Record<string, string>
  openAccount?: OpenAccount
  dataDir?: string
  now?: () => number
}
/** A companion, its Worker and its platform in the test's own process. */
export type Rig = {
  worker: FakeWorker
  platform: EchoPlatform
  dataDir: string
  /** Log lines as they were written. */
  logs: string[]
  start(more?: RigOptions): Promise<Companion>
  ask(path: string): Promise<{ status: number; body: Record<string, unknown> }>
  end(): Promise<void>
}

/** The waits between attempts are short ones. */
const random = () => Math.random() * 0.2
const timing: Timing = {
  renewMs: 1_000,
  renewSoonMs: 500,
  pullMs: 2_000,
  checkpointMs: 200,
  refreshMs: 200,
  pruneMs: 3_600_000,
}
export const companionKey = Buffer.alloc(32, 7).toString('base64')

export async function makeRig(accounts: readonly string[] = ['1001']): Promise<Rig> {
  const worker = await startFakeWorker()
  const platform = await startEchoPlatform()
  const folders = [mkdtempSync(join(tmpdir(), 'edge-inbox-rig-'))]
  const running = new Set<Companion>()
  let port = 0
  const rig: Rig = {
    worker,
    platform,
    dataDir: folders[0] ?? '',
    logs: [],
    async start({
      env = {},
      openAccount = createEchoOpener(platform.url),
      dataDir = rig.dataDir,
      now = Date.now,
    } = {}) {
      const config = loadConfig(
        {
          EDGE_INBOX_URL: worker.url,
          SERVICE_KEY: worker.serviceKey,
          COMPANION_KEY: companionKey,
          DATA_DIR: dataDir,
          HEALTH_PORT: '0',
          SEND_PACE_MS: '0',
          ACCOUNTS: JSON.stringify(
            accounts.map((external_id) => ({ platform: 'telegram', external_id, api_id: 1, api_hash: 'none' })),
          ),
          ...env,
        },
        () => '',
      )
      const log = pino({ level: 'debug' }, { write: (line: string) => void rig.logs.push(line) })
      const crash = (error: unknown): never => {
        rig.logs.push(`CRASH ${String(error)}`)
        throw error
      }
      const companion = await runCompanion({
        config,
        log,
        now,
        random,
        crash,
        openAccount,
        timing,
      })
      const { stop } = companion
      port = companion.healthPort
      const stoppable = {
        ...companion,
        async stop() {
          running.delete(stoppable)
          await stop()
        },
      }
      running.add(stoppable)
      return stoppable
    },
    async ask(path) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    },
    async end() {
      await Promise.all([...running].map((companion) => companion.stop()))
      await Promise.all([worker.close(), platform.close()])
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
  return rig
}
