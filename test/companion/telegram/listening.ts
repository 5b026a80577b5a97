import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { afterEach, beforeEach, expect } from 'vitest'
import type { BroadcastItem } from '../../../src/protocol/api.ts'
import type { Account, AccountDeps, Report, SpoolRow } from '../../../companion/account.ts'
import type { TelegramAccountConfig } from '../../../companion/accounts-config.ts'
import { accountFolder } from '../../../companion/data-folder.ts'
import { createSealer, type Sealer } from '../../../companion/sealer.ts'
import { openSpool, type Spool } from '../../../companion/spool/open-spool.ts'
import { writeCheckpoint } from '../../../companion/telegram/checkpoint.ts'
import { createTelegramAccount } from '../../../companion/telegram/telegram-account.ts'
import type { Timing } from '../../../companion/telegram/timing.ts'
import { FakeDataCenter } from '../fake-dc/fake-data-center.ts'
import { until as waitUntil } from '../until.ts'

/** Everything a minute long takes less here. */
export const quick: Timing = {
  catchUpMs: 300,
  channelCheckMs: 500,
  unreachableMs: 1_000,
  loginCheckMs: 200,
  tickMs: 50,
}
/** Nothing is asked for by the clock. */
export const patient: Timing = { ...quick, catchUpMs: 600_000, channelCheckMs: 600_000, unreachableMs: 600_000 }

export type Message = Extract<BroadcastItem, { message: { direction: unknown } }>
export type Listening = {
  account: Account
  spool: Spool
  reports: Report[]
  folder: string
  /** What was told, in the order of the spool. */
  items(): BroadcastItem[]
  messages(): Message[]
  texts(): string[]
  crashes: unknown[]
  /** Ends it and leaves the folder. */
  stop(): Promise<void>
}

export const sealer: Sealer = createSealer(new Uint8Array(32).fill(7), (count) => randomBytes(count))
export const logLines: string[] = []
export const quietLog = pino({ level: 'debug' }, { write: (line) => void logLines.push(line) })

export function telegramConfig(dc: FakeDataCenter, id: number): TelegramAccountConfig {
  const dcs = { id: 2, host: '127.0.0.1', port: dc.port, publicKey: dc.publicKey }
  return { platform: 'telegram', externalId: String(id), name: null, apiId: 1, apiHash: 'hash', dcs, proxy: null }
}

/** A login of an account as a checkpoint: where `dc` stands at this moment. */
export function checkpointOf(dc: FakeDataCenter, id: number): string {
  const channels = [...dc.world.channels.values()].filter(({ members }) => members.has(id))
  const counts = Object.fromEntries(channels.map((channel) => [String(channel.id), channel.box.pts]))
  return writeCheckpoint({ session: dc.sessionOf(id), state: { ...dc.stateOf(id), channels: counts } })
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'edge-inbox-telegram-'))
}

export type ListenOptions = {
  folder?: string
  restored?: string | null
  timing?: Timing
  change?: (deps: AccountDeps) => Partial<AccountDeps>
}

/** An account that listens to `dc`, with a spool of its own on the disk. */
export async function listen(dc: FakeDataCenter, id: number, options: ListenOptions = {}): Promise<Listening> {
  const { folder = newFolder(), timing = quick, change } = options
  const restored = options.restored === undefined ? checkpointOf(dc, id) : options.restored
  const name = { platform: 'telegram', external_id: String(id) }
  const crashes: unknown[] = []
  const crash = (error: unknown): never => {
    crashes.push(error)
    throw error
  }
  const spool = openSpool(folder, { now: Date.now, crash })
  const reports: Report[] = []
  const deps: AccountDeps = {
    account: name,
    spool: spool.forAccount(name),
    directory: accountFolder(folder, name),
    sealer,
    restored,
    log: quietLog,
    now: Date.now,
    random: Math.random,
    report: (report) => void reports.push(report),
    openFile: () => Promise.reject(new Error('no files here')),
    crash,
  }
  const account = createTelegramAccount(telegramConfig(dc, id), { ...deps, ...change?.(deps) }, timing)
  await account.start()
  const items = () => readRows(spool).flatMap((row) => (row.kind === 'item' ? [row.item] : []))
  const messages = () => items().filter((item): item is Message => 'message' in item && 'direction' in item.message)
  return {
    account,
    spool,
    reports,
    folder,
    items,
    messages,
    texts: () => messages().map(({ message }) => message.content),
    crashes,
    stop: async () => {
      await account.stop()
      spool.close()
    },
  }
}

function readRows(spool: Spool): SpoolRow[] {
  const rows = spool.database.sql.prepare('SELECT kind, payload FROM spooled ORDER BY id').all()
  return rows.map(({ kind, payload }) => {
    const body = JSON.parse(String(payload)) as Record<string, unknown>
    return { kind, item: body } as SpoolRow
  })
}

/** Where the count of private chats and groups stands on the disk. */
export function countOnDisk({ folder }: Listening, id: number): number {
  const db = new DatabaseSync(
    join(accountFolder(folder, { platform: 'telegram', external_id: String(id) }), 'session.db'),
  )
  const value = db.prepare(`SELECT value FROM key_value WHERE key = 'updates_pts'`).get()?.['value']
  db.close()
  return Buffer.from(value as Uint8Array).readInt32LE()
}

export const removeFolder = (folder: string) => rmSync(folder, { recursive: true, force: true })

/** `describe`: what it looks like, for when it does not become true. */
export function until(check: () => boolean, describe: () => unknown = () => '', withinMs = 10_000): Promise<void> {
  return waitUntil(check, withinMs, describe)
}

/** A data centre for each test of a file, and accounts that end with it. */
export type Stage = {
  dc: FakeDataCenter
  start(id: number, options?: ListenOptions): Promise<Listening>
  /** Begun, and logged in. */
  started(id: number, options?: ListenOptions): Promise<Listening>
  stop(listening: Listening): Promise<void>
}

export function onStage(): Stage {
  const open = new Set<Listening>()
  const folders = new Set<string>()
  const stage: Stage = {
    dc: new FakeDataCenter(),
    async start(id, options = {}) {
      const folder = options.folder ?? newFolder()
      folders.add(folder)
      const listening = await listen(stage.dc, id, { ...options, folder })
      open.add(listening)
      return listening
    },
    async started(id, options = {}) {
      const listening = await stage.start(id, options)
      await until(
        () => listening.account.isReady(),
        () => [listening.reports, logLines.slice(-20), stage.dc.notes],
      )
      return listening
    },
    async stop(listening) {
      open.delete(listening)
      await listening.stop()
    },
  }
  beforeEach(async () => {
    stage.dc = await new FakeDataCenter().listen()
    logLines.length = 0
  })
  afterEach(async () => {
    for (const one of open) await one.stop()
    open.clear()
    await stage.dc.close()
    for (const folder of folders) removeFolder(folder)
    folders.clear()
    // What the data centre could not read or answer is a fault of its own.
    expect(stage.dc.notes).toEqual([])
  })
  return stage
}

export const last = ({ reports }: Listening): Report | undefined => reports.at(-1)

export function heard(listening: Listening, ...texts: string[]): Promise<void> {
  return until(
    () => texts.every((text) => listening.texts().includes(text)),
    () => [listening.texts(), logLines.slice(-20)],
  )
}

export const numbered = (count: number) => Array.from({ length: count }, (_, at) => `m${at}`)
