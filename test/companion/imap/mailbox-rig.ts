import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Account, AccountDeps, Report } from '../../../companion/account.ts'
import type { EmailAccountConfig } from '../../../companion/accounts-config.ts'
import { createMailboxAccount } from '../../../companion/imap/mailbox-account.ts'
import { type MailTiming, mailTiming } from '../../../companion/imap/timing.ts'
import { createSealer } from '../../../companion/sealer.ts'
import { openSpool } from '../../../companion/spool/open-spool.ts'
import { until as waitUntil } from '../until.ts'

/** Waits of a test: everything that takes minutes takes a second. */
export const quickTiming: MailTiming = {
  ...mailTiming,
  maxIdleMs: 20_000,
  socketTimeoutMs: 2000,
  connectMs: 2000,
  syncEveryMs: 1000,
  patienceMs: 500,
  unreachableAfterMs: 800,
  reconnect: { firstMs: 50, mostMs: 400 },
  login: { firstMs: 2000, mostMs: 4000 },
  errandIdleMs: 500,
  smtp: { ...mailTiming.smtp, socketTimeoutMs: 3000, retry: { firstMs: 200, mostMs: 1000 }, settleMs: 300 },
}

export function mailboxConfig(imapPort: number, changes: Partial<EmailAccountConfig> = {}): EmailAccountConfig {
  const auth = { kind: 'password', password: 'secret' } as const
  return {
    platform: 'email',
    externalId: 'office@example.com',
    name: null,
    imap: { host: '127.0.0.1', port: imapPort, tls: 'none', user: 'office@example.com', auth },
    smtp: null,
    folders: [
      { path: 'INBOX', role: 'inbox' },
      { path: 'Sent', role: 'sent' },
    ],
    authservId: null,
    appendToSent: false,
    since: null,
    ...changes,
  }
}

export type SpooledMail = { key: string; lane: string; direction: string; text: string }
export type MailboxRig = {
  account: Account
  reports: Report[]
  mails(): Promise<SpooledMail[]>
  /** How often a row was added, also where it was there already. */
  adds(): number
  kept(name: string): string | null
  directory: string
  /** Another account on the same disk, as after a restart of the process. */
  restart(changes?: Partial<EmailAccountConfig>, others?: Partial<AccountDeps>): Promise<void>
  close(): Promise<void>
}

type RigOptions = { timing?: MailTiming; restored?: string; deps?: Partial<AccountDeps> }

/** An account with the real spool, on a disk of its own. Nobody drains it. */
export async function openMailbox(config: EmailAccountConfig, options: RigOptions = {}): Promise<MailboxRig> {
  const directory = mkdtempSync(join(tmpdir(), 'edge-inbox-mailbox-'))
  const crash = (error: unknown): never => {
    throw error
  }
  const spool = openSpool(directory, { now: Date.now, crash })
  const reports: Report[] = []
  let adds = 0
  const identity = { platform: 'email', external_id: config.externalId }
  const ours = spool.forAccount(identity)
  const deps: AccountDeps = {
    account: identity,
    spool: {
      ...ours,
      transaction: (work) =>
        ours.transaction((write) =>
          work({
            set: write.set,
            add(row) {
              adds += 1
              write.add(row)
            },
          }),
        ),
    },
    directory,
    sealer: createSealer(new Uint8Array(32).fill(7), randomBytes),
    restored: options.restored ?? null,
    log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
    now: Date.now,
    random: Math.random,
    report: (report) => void reports.push(report),
    openFile: () => Promise.reject(new Error('there are no files')),
    crash,
    ...options.deps,
  }
  const timing = options.timing ?? quickTiming
  const rig: MailboxRig = {
    account: createMailboxAccount(config, deps, timing),
    reports,
    directory,
    adds: () => adds,
    kept: (name) => ours.read(name),
    async mails() {
      const rows = spool.database.sql.prepare('SELECT key, lane, payload FROM spooled ORDER BY id').all()
      return await Promise.all(
        rows.map(async ({ key, lane, payload }) => {
          const { file, direction } = JSON.parse(String(payload)) as { file: string; direction: string }
          const text = Buffer.from(await spool.mails.read(file)).toString('latin1')
          return { key: String(key), lane: String(lane), direction, text }
        }),
      )
    },
    async restart(changes = {}, others = {}) {
      await rig.account.stop()
      rig.account = createMailboxAccount({ ...config, ...changes }, { ...deps, ...others }, timing)
      await rig.account.start()
    },
    async close() {
      await rig.account.stop()
      spool.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  await rig.account.start()
  return rig
}

export function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 8_000): Promise<void> {
  return waitUntil(isSo, withinMs, what)
}

export async function untilConnected({ reports }: MailboxRig): Promise<void> {
  await until('connected', () => reports.at(-1)?.session_state === 'connected')
}

let counter = 0

/** A mail as a customer writes it. `id` null: it has no Message-ID. */
export function mailOf(subject: string, { id, body = 'Hello' }: { id?: string | null; body?: string } = {}): string {
  counter += 1
  const messageId = id === undefined ? `${counter}.${process.pid}@customer.example` : id
  return [
    'From: Olena <olena@customer.example>',
    'To: office@example.com',
    `Subject: ${subject}`,
    'Date: Mon, 23 Nov 2026 08:00:00 +0000',
    ...(messageId === null ? [] : [`Message-ID: <${messageId}>`]),
    '',
    body,
    '',
  ].join('\r\n')
}

export const subjectsOf = (mails: readonly SpooledMail[]): string[] =>
  mails.map(({ text }) => /^Subject: (.*?)\r?$/m.exec(text)?.[1] ?? '')
