import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FakeWorker } from './fake-worker.ts'

/** A companion as a process of its own, to be killed and started again on the same folder. */
export type CompanionProcess = {
  dataDir: string
  env: Record<string, string>
  start(): void
  /** No handler runs. Resolves when it is gone. */
  kill(): Promise<void>
  /** Asks it to end; answers its exit code. */
  stop(): Promise<number | null>
  /** Resolves with the exit code when it ends by itself. */
  exited(): Promise<number | null>
  isRunning(): boolean
  /** Everything it wrote so far, of all its lives. */
  output(): string
  /** Its own answers; null while it does not listen. */
  ask(path: string): Promise<{ status: number; body: unknown } | null>
  remove(): Promise<void>
}

export type CompanionProcessOptions = {
  /** The program; `companion/main.ts` unless told. */
  main?: string
  accounts: unknown
  env?: Record<string, string>
}

const root = join(import.meta.dirname, '../..')

/** Makes the folder and the settings; nothing runs before `start`. */
export function prepareCompanion(
  worker: Pick<FakeWorker, 'url' | 'serviceKey'>,
  options: CompanionProcessOptions,
): CompanionProcess {
  const dataDir = mkdtempSync(join(tmpdir(), 'edge-inbox-companion-'))
  let child: ChildProcess | null = null
  let ended: Promise<number | null> = Promise.resolve(null)
  let output = ''
  const env = {
    EDGE_INBOX_URL: worker.url,
    SERVICE_KEY: worker.serviceKey,
    COMPANION_KEY: randomBytes(32).toString('base64'),
    DATA_DIR: dataDir,
    HEALTH_PORT: '0',
    SEND_PACE_MS: '0',
    ACCOUNTS: JSON.stringify(options.accounts),
    ...options.env,
  }
  const companion: CompanionProcess = {
    dataDir,
    env,
    start() {
      const started = spawn(process.execPath, [join(root, options.main ?? 'companion/main.ts')], {
        env: { PATH: process.env['PATH'] ?? '', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child = started
      const take = (chunk: Buffer) => {
        output += chunk.toString()
      }
      started.stdout.on('data', take)
      started.stderr.on('data', take)
      ended = new Promise((resolve) => started.on('close', (code) => resolve(code)))
    },
    async kill() {
      child?.kill('SIGKILL')
      await ended
    },
    stop() {
      child?.kill('SIGTERM')
      return ended
    },
    exited: () => ended,
    isRunning: () => child !== null && child.exitCode === null && child.signalCode === null,
    output: () => output,
    async ask(path) {
      const port = [...output.matchAll(/"health_port":(\d+)/g)].at(-1)?.[1]
      const response = port === undefined ? null : await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null)
      return response === null ? null : { status: response.status, body: await response.json() }
    },
    async remove() {
      if (companion.isRunning()) await companion.kill()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return companion
}
