import type { ImapFlow } from 'imapflow'
import type { MailFolder } from '../accounts-config.ts'
import { pause } from '../link/backoff.ts'
import { connectImap, type ImapDeps, leave } from './connect-imap.ts'
import { failureOf } from './imap-failure.ts'
import { LoginHeld } from './login-gate.ts'
import type { ReportPart } from './account-report.ts'
import { createBell } from './bell.ts'
import { syncFolder, type SyncDeps } from './sync-folder.ts'
import { jitteredMs } from './timing.ts'

export type WatchDeps = Omit<SyncDeps, 'onPending' | 'onTaken' | 'signal'> &
  ImapDeps & {
    random: () => number
    report: ReportPart
  }
export type FolderWatch = { stop(): Promise<void> }

/** So many at once are told as catching up. */
const backlog = 50
/** What is under way when all ends may take this long. */
const graceMs = 2500

/** Follows one folder over a connection of its own until it is stopped: takes in what is there, waits for more. */
export function watchFolder(folder: MailFolder, deps: WatchDeps): FolderWatch {
  const stopping = new AbortController()
  const running = run(folder, deps, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function run(folder: MailFolder, deps: WatchDeps, signal: AbortSignal): Promise<void> {
  const trouble = createTroubleTimer(deps)
  let failures = 0
  while (!signal.aborted) {
    trouble.begin()
    try {
      await follow(folder, deps, {
        signal,
        onPending(count) {
          trouble.found()
          if (count >= backlog) deps.report({ session: 'catching_up', code: '', message: '' })
        },
        onTaken() {
          trouble.end()
          trouble.begin()
        },
        onSynced() {
          failures = 0
          trouble.end()
          deps.report({ session: 'connected', code: '', message: '' })
        },
      })
    } catch (error) {
      if (signal.aborted) break
      failures += 1
      await pause(afterFailure(error, folder, { deps, failures, trouble }), signal)
    }
  }
  trouble.end()
}

type AfterFailure = { deps: WatchDeps; failures: number; trouble: TroubleTimer }

/** Tells what is wrong, where that is certain, and says how long to wait. */
function afterFailure(error: unknown, { role }: MailFolder, { deps, failures, trouble }: AfterFailure): number {
  const { report, timing, gate, log, random } = deps
  const isHeld = error instanceof LoginHeld
  const { kind, code } = failureOf(isHeld ? error.cause : error)
  if (!isHeld) log.warn({ event: 'imap.failed', role, code, failures })
  // What is certain must not be told otherwise while nothing is tried.
  if (kind === 'login' || kind === 'folder') trouble.end()
  if (kind === 'login') {
    const message = 'The mailbox refuses the login. Check its password, or connect it again.'
    report({ session: 'needs_login', code, message })
    return gate.waitMs() + jitteredMs(timing.reconnect, 1, random)
  }
  if (kind === 'folder') {
    report({ session: 'unreachable', code, message: 'A folder of this mailbox cannot be opened.' })
  }
  return jitteredMs(timing.reconnect, failures, random)
}

const unreachable = {
  session: 'unreachable',
  code: 'imap.unreachable',
  message: 'The mail server cannot be reached.',
} as const
const unreadable = {
  session: 'unreachable',
  code: 'imap.unreadable',
  message: 'There is new mail that the mail server does not hand over.',
} as const

type TroubleTimer = ReturnType<typeof createTroubleTimer>

/** A connection that is gone for a moment is nobody's business; one that stays away, or brings nothing, is. */
function createTroubleTimer({ timing, report }: WatchDeps) {
  let timer: NodeJS.Timeout | null = null
  let hasFound = false
  return {
    begin() {
      hasFound = false
      timer ??= setTimeout(() => report(hasFound ? unreadable : unreachable), timing.unreachableAfterMs)
    },
    found() {
      hasFound = true
    },
    end() {
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}

type Following = Pick<SyncDeps, 'signal' | 'onPending' | 'onTaken'> & { onSynced: () => void }

async function follow(folder: MailFolder, deps: WatchDeps, { onSynced, ...more }: Following): Promise<void> {
  const { signal } = more
  const client = await connectImap(deps, signal)
  const bell = createBell()
  client.on('exists', bell.ring)
  client.on('close', bell.ring)
  // A server that does not answer must not keep us either.
  const leaveNow = () => {
    bell.ring()
    setTimeout(() => client.close(), graceMs).unref()
  }
  signal.addEventListener('abort', leaveNow, { once: true })
  try {
    while (!signal.aborted) {
      bell.reset()
      const startedAt = deps.now()
      const taken = await syncFolder(client, folder, { ...deps, ...more })
      if (taken > 0) deps.log.info({ event: 'imap.synced', role: folder.role, taken, ms: deps.now() - startedAt })
      onSynced()
      await waitForMore(client, { bell, signal, ms: deps.timing.syncEveryMs })
    }
    await leave(client)
  } finally {
    signal.removeEventListener('abort', leaveNow)
    client.close()
  }
}

type Waiting = { bell: ReturnType<typeof createBell>; signal: AbortSignal; ms: number }

/**
 * Idles at once: what comes in the moment between is told as soon as IDLE begins. The next command ends it. However
 * quiet it is, the folder is looked at again after a while, since a push may be lost and a dead link says nothing.
 */
async function waitForMore(client: ImapFlow, { bell, signal, ms }: Waiting): Promise<void> {
  if (bell.isRung()) return
  // It ends with the next command or the connection, and either is seen elsewhere.
  client.idle().catch(() => undefined)
  await bell.wait(ms, signal)
}
