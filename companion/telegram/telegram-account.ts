import { join } from 'node:path'
import type { Account, AccountDeps, AttemptOutcome } from '../account.ts'
import type { TelegramAccountConfig } from '../accounts-config.ts'
import { createHealth } from './account-health.ts'
import { pauseUntil } from './clockwork.ts'
import { keepFollowed } from './login-change.ts'
import { openMemory, type Memory } from './map-memory.ts'
import { openTelegramFile } from './media-open.ts'
import { nameOf } from './reconcile.ts'
import { restoreLogin } from './restore-login.ts'
import { sendCommand } from './send.ts'
import { lockSession } from './session-lock.ts'
import { usableLogin } from './session-storage.ts'
import { runSession, type TelegramSession } from './telegram-session.ts'
import { usualTiming, type Timing } from './timing.ts'
import { deathReport, type Death } from './updates-guard.ts'

const loginRequired = (externalId: string): Death => ({
  code: 'login.required',
  message: `This account is not logged in. Run: npm run companion -- login --account ${externalId}`,
  isBan: false,
})
const unreadable: Death = {
  code: 'session.unreadable',
  message: 'The stored login cannot be opened with this COMPANION_KEY. Put the old key back, or log in again.',
  isBan: false,
}
const inUse: Death = {
  code: 'session.in_use',
  message: 'Another process uses the login of this account. Only one may.',
  isBan: false,
}
/** Of what is older, nothing is known any more that an edit or a reaction would need. */
const rememberMs = 400 * 86_400_000
const waitWhileOfflineMs = 30_000

/** A Telegram account that listens as long as it is logged in, and waits for a login where it is not. */
export function createTelegramAccount(
  config: TelegramAccountConfig,
  deps: AccountDeps,
  timing: Timing = usualTiming,
): Account {
  const closing = new AbortController()
  let memory: Memory | null = null
  let running: TelegramSession | null = null
  let life: Promise<void> | null = null
  const live = async (): Promise<void> => {
    const kept = openMemory(join(deps.directory, 'memory.db'))
    memory = kept
    kept.forgetBefore(deps.now() - rememberMs)
    const restored = await restoreLogin(config, deps)
    if (restored !== null) keepFollowed(deps.spool, restored)
    await keepListening({ config, deps, timing, memory: kept, closing: closing.signal }, (session) => {
      running = session
    })
  }
  return {
    async start() {
      life = live().catch((error: unknown) => deps.crash(error))
    },
    async stop() {
      closing.abort()
      await life
      memory?.close()
      memory = null
    },
    isReady: () => running?.isReady() === true,
    async send(attempt): Promise<AttemptOutcome> {
      if (running === null || memory === null) return notNow(deps.now())
      return sendCommand(running.client, attempt, { memory, openFile: deps.openFile, now: deps.now })
    },
    async openSpooledFile(locator) {
      if (running === null) throw new Error('the account is not connected')
      return openTelegramFile(running.client, locator)
    },
    checkpoint: () => running?.checkpoint() ?? null,
  }
}

type Life = {
  config: TelegramAccountConfig
  deps: AccountDeps
  timing: Timing
  memory: Memory
  closing: AbortSignal
}

/** One session after the other. A login that ended is not tried again: only a new one is. */
async function keepListening(life: Life, onSession: (session: TelegramSession | null) => void): Promise<void> {
  const { config, deps, timing, closing } = life
  let ended: string | null = null
  let told: Death | null = null
  const tell = (reason: Death) => {
    if (reason.code !== told?.code) deps.report(deathReport(reason))
    told = reason
  }
  do {
    const login = usableLogin(deps.directory)
    if (login === null) tell(loginRequired(config.externalId))
    if (login === null || login === ended) continue
    const lock = lockSession(deps.directory)
    if (lock === null) {
      tell(inUse)
      continue
    }
    told = null
    await listenOnce(life, onSession, () => tell(unreadable))
    lock.release()
    ended = login
  } while (await pauseUntil(timing.loginCheckMs, closing))
}

async function listenOnce(
  { config, deps, timing, memory, closing }: Life,
  onSession: (session: TelegramSession | null) => void,
  onUnreadable: () => void,
): Promise<void> {
  const health = createHealth({ report: deps.report, now: deps.now, unreachableMs: timing.unreachableMs })
  try {
    const session = await runSession(config, { ...deps, health, memory, timing, closing })
    onSession(session)
    const death = await session.ended
    if (death !== null) deps.log.error({ event: 'telegram.session_ended', code: death.code })
    await session.stop()
  } catch (error) {
    if (isDiskFailure(error)) deps.crash(error)
    deps.log.error({ event: 'telegram.session_unreadable', reason: nameOf(error) })
    onUnreadable()
  } finally {
    onSession(null)
  }
}

const isDiskFailure = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'

function notNow(now: number): AttemptOutcome {
  const until = new Date(now + waitWhileOfflineMs).toISOString()
  const title = 'The account is not connected'
  const error = { kind: 'unreachable', code: 'account.offline', title, details: null } as const
  return { kind: 'waiting', until, error }
}
