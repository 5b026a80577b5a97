import { randomBytes, randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { CompanionAccount } from '../src/protocol/companion.ts'
import type { Account } from './account.ts'
import type { OpenAccount } from './accounts.ts'
import { type CommandStore, createCommandStore, toNonce } from './commands/command-store.ts'
import type { Config } from './config.ts'
import { accountKey } from './data-folder.ts'
import { type Access, createAccess } from './link/access.ts'
import { type AccountLink, createAccountLink } from './link/account-link.ts'
import { type DoorbellSocket, createDoorbell } from './link/doorbell.ts'
import { type Drain, createDrain } from './link/drain.ts'
import { type Courier, createCourier } from './link/file-courier.ts'
import { type Leases, createLeases } from './link/leases.ts'
import { type States, createStates } from './link/states.ts'
import { type WorkerApi, createWorkerApi } from './link/worker-api.ts'
import { type Room, createRoom } from './room.ts'
import { type Sealer, createSealer } from './sealer.ts'
import type { Spool } from './spool/open-spool.ts'
import type { Timing } from './timing.ts'

export type Surroundings = {
  config: Config
  openAccount: OpenAccount
  timing: Timing
  log: Logger
  now: () => number
  /** A clock that nobody sets. */
  ticks: () => number
  random: () => number
  crash: (error: unknown) => never
  /** The process ends: nothing new is begun. */
  ending: AbortSignal
  /** What is still under way is broken off. */
  breaking: AbortSignal
}
export type Parts = {
  spool: Spool
  companionId: string
  access: Access
  api: WorkerApi
  states: States
  leases: Leases
  links: ReadonlyMap<string, AccountLink>
  drain: Drain
  courier: Courier
  doorbell: DoorbellSocket
  room: Room
}

/** Everything that makes up a companion, put together and at rest. */
export function assemble(surroundings: Surroundings, spool: Spool): Parts {
  const { config, log, now, ticks, random, crash, ending: signal } = surroundings
  const companionId = keptOrMade(spool, 'companion_id', randomUUID)
  const access = createAccess({
    now,
    changed: (isOpen, code) =>
      isOpen ? log.info({ event: 'link.authorised' }) : log.error({ event: 'link.unauthorised', code }),
  })
  const { url, serviceKey } = config
  const api = createWorkerApi({ url, serviceKey, access, signal: surroundings.breaking, fetch })
  const shared = { api, log, now, ticks, random, crash, signal }
  const links = new Map<string, AccountLink>()
  const states = createStates(shared)
  const leases = createLeases({
    ...shared,
    accounts: config.accounts.map((one) => ({ ...accountOf(one), sends: canSend(one) })),
    companionId,
    instanceId: randomUUID(),
    timing: surroundings.timing,
    sinceOf: (account, token) => leaseSince(spool, { account, token, now: now() }),
    changed(key) {
      links.get(key)?.update()
      if (leases.held(key) !== null) links.get(key)?.pull(true)
    },
    renewed: () => links.forEach((link) => link.tell()),
  })
  const room = createRoom(spool.counts, { maxBytes: config.maxSpoolBytes, accounts: config.accounts.length })
  const sealer = createSealer(config.companionKey, randomBytes)
  const store = openCommands(spool, sealer, now)
  for (const one of config.accounts) {
    const mayRun = () => !signal.aborted && room.lacks(accountKey(accountOf(one))) === null
    const more = { openAccount: surroundings.openAccount, dataDir: config.dataDir, paceMs: config.paceMs, mayRun }
    const link = createAccountLink({ ...shared, ...more, config: one, spool, store, leases, states, sealer })
    links.set(link.key, link)
  }
  const drain = openDrain(spool, config, { ...shared, companionId })
  const courier = createCourier({ ...shared, files: spool.files, ready: () => readyAccounts(links) })
  const rung = (key: string | null) => links.forEach((link) => (key === null || link.key === key) && link.pull(false))
  const doorbell = createDoorbell({ ...shared, url, serviceKey, access, open: openSocket, rung })
  return { spool, companionId, access, api, states, leases, links, drain, courier, doorbell, room }
}

export function accountOf({ platform, externalId }: Config['accounts'][number]): CompanionAccount {
  return { platform, external_id: externalId }
}

/** A mailbox without a server to send by is only read: its replies go out as they did before. */
function canSend(account: Config['accounts'][number]): boolean {
  return account.platform !== 'email' || account.smtp !== null
}

function openCommands(spool: Spool, sealer: Sealer, now: () => number): CommandStore {
  // Made of the command's id: the same after a lost disk, so that a platform knows again what it was sent before.
  const nonceOf = (id: string) => toNonce(sealer.derive(`command|${id}`))
  return createCommandStore({ database: spool.database, now, nonceOf })
}

type DrainParts = Omit<Parameters<typeof createDrain>[0], 'outgoing' | 'readMail' | 'authservIdOf'>

function openDrain({ outgoing, mails }: Spool, { accounts }: Config, parts: DrainParts): Drain {
  const authservIds = new Map(
    accounts.map((one) => [accountKey(accountOf(one)), one.platform === 'email' ? one.authservId : null]),
  )
  const authservIdOf = (key: string) => authservIds.get(key) ?? null
  return createDrain({ ...parts, outgoing, readMail: mails.read, authservIdOf })
}

/** Node's own takes headers, which a browser's, and so its type, does not. */
function openSocket(url: string, headers: Record<string, string>): WebSocket {
  return Reflect.construct(WebSocket, [url, { headers }]) as WebSocket
}

function readyAccounts(links: ReadonlyMap<string, AccountLink>): Map<string, Account> {
  const ready = new Map<string, Account>()
  for (const { key, runner } of links.values()) {
    const account = runner.acting()
    if (account?.isReady() === true) ready.set(key, account)
  }
  return ready
}

function keptOrMade({ own }: Spool, name: string, make: () => string): string {
  const kept = own.read(name)
  if (kept !== null) return kept
  const made = make()
  own.transaction((write) => write.set(name, made))
  return made
}

type LeaseTold = { account: CompanionAccount; token: number; now: number }

/** Since when this folder has been the holder: the token it was given then is written down with the time. */
function leaseSince(spool: Spool, { account, token, now }: LeaseTold): number {
  const kept = spool.forAccount(account)
  if (kept.read('lease.token') === String(token)) return Number(kept.read('lease.since') ?? now)
  kept.transaction((write) => {
    write.set('lease.token', String(token))
    write.set('lease.since', String(now))
  })
  return now
}
