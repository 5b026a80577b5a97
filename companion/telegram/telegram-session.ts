import type { BaseTelegramClient, PeersIndex, TelegramClient, tl } from '@mtcute/node'
import type { AccountDeps } from '../account.ts'
import type { TelegramAccountConfig } from '../accounts-config.ts'
import type { AccountHealth } from './account-health.ts'
import { beat, every, pauseUntil, within } from './clockwork.ts'
import { writeCheckpoint } from './checkpoint.ts'
import { openClient } from './connect.ts'
import { isNewMessage, openHoles, type Holes } from './holes.ts'
import { bridgeLogins, followedBefore, keepFollowed } from './login-change.ts'
import type { Memory } from './map-memory.ts'
import { askForTopics, createTopicReader, type TopicReader } from './map-topics.ts'
import { toSpoolRows } from './map-updates.ts'
import { createReconciler, nameOf, type Reconciler } from './reconcile.ts'
import { openSessionStorage, type SessionStorage } from './session-storage.ts'
import { signIn } from './sign-in.ts'
import type { Timing } from './timing.ts'
import { forgottenKey, tellOfChannels, updatesGuard, type Death } from './updates-guard.ts'

export type SessionDeps = AccountDeps & {
  health: AccountHealth
  memory: Memory
  timing: Timing
  /** Ends it from outside. */
  closing: AbortSignal
}

/** One client, from its connection to its end. */
export type TelegramSession = {
  client: TelegramClient
  /** Logged in as who it should be, and somebody answers. */
  isReady(): boolean
  /**
   * The login, and where the count stands on the disk. Null when that is no longer open, and while something is missed
   * that was not found: only this disk knows of it, and the count is past it.
   */
  checkpoint(): string | null
  /** Resolves when it cannot go on: with the reason, or null when it was stopped. */
  ended: Promise<Death | null>
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>
}

const stopWithinMs = 4_000
const sinceName = 'telegram.since'
const abandonedName = 'telegram.abandoned'

/** Opens the stored login and begins to connect. Throws when the disk or the key that seals it does not fit. */
export async function runSession(config: TelegramAccountConfig, deps: SessionDeps): Promise<TelegramSession> {
  const { log, health, timing } = deps
  const { promise: ended, resolve: end } = Promise.withResolvers<Death | null>()
  const closing = new AbortController()
  const died = (death: Death) => {
    health.died(death)
    end(death)
  }
  const { sealer, directory } = deps
  const storage = openSessionStorage(directory, { sealer, keepsLogin: true, onForgotten: () => died(forgottenKey) })
  const { base, client } = openClient(config, {
    storage,
    log,
    middlewares: [updatesGuard({ ...health, died, ...missing(storage, () => parts) })],
    onChannelTooLong: (channelId) => missing(storage, () => parts).missed(channelId),
  })
  let parts: Parts | null = null
  const session = await openLogin(base)
  parts = assemble(base, { ...deps, storage, closing: closing.signal })
  base.onError.add((error) => log.warn({ event: 'telegram.error', reason: nameOf(error) }))
  parts.begin(config.externalId, died)
  const beats = [every(timing.tickMs, health.tick), beat(deps, parts)]
  const close = async () => {
    closing.abort()
    for (const clear of beats) clear()
    end(null)
    keepPlace(deps, storage)
    // mtcute's loop may ask once more, which on a client that was destroyed ends as a rejection that nobody can catch.
    base.call = () => Promise.reject(new Error('the session is closed'))
    await within(stopWithinMs, client.destroy()).catch((error: unknown) => {
      log.warn({ event: 'telegram.stop_failed', reason: nameOf(error) })
    })
  }
  let closed: Promise<void> | null = null
  const stop = () => (closed ??= close())
  if (deps.closing.aborted) void stop()
  else deps.closing.addEventListener('abort', () => void stop(), { once: true })
  const isReady = () => parts.isReady() && health.isReachable() && !closing.signal.aborted
  const checkpoint = () => {
    const state = closed === null && parts.isWhole() ? storage.storedState() : null
    return state && writeCheckpoint({ session, state }, storage.recentChannels())
  }
  return { client, ended, stop, isReady, checkpoint }
}

/** The next login may come before the next start. */
function keepPlace({ spool, log }: SessionDeps, storage: SessionStorage): void {
  try {
    const [mark, state] = [storage.loginMark(), storage.storedState()]
    if (mark !== null && state !== null) keepFollowed(spool, { mark, state })
  } catch (error) {
    // What was kept at the start is older: then more is searched than is needed.
    log.warn({ event: 'telegram.place_not_kept', reason: nameOf(error) })
  }
}

/** What the guard finds goes to whoever searches; before there is one, nothing can be missed. */
function missing(storage: SessionStorage, parts: () => Parts | null) {
  return {
    missed(channelId: number | null) {
      const since = storage.storedState()?.date ?? 0
      parts()?.reconciler.missed(channelId === null ? 'common' : `${channelId}`, since)
    },
    hasNews(channelId: number, joinedAt: number) {
      parts()?.reconciler.hasNews(channelId, joinedAt)
    },
    doubted() {
      parts()?.catchUp()
    },
  }
}

/** Loads what is stored, and gives the login as text. */
async function openLogin(base: BaseTelegramClient): Promise<string> {
  try {
    await base.prepare()
    return await base.exportSession()
  } catch (error) {
    await base.destroy()
    throw error
  }
}

type Parts = {
  reconciler: Reconciler
  isReady(): boolean
  /** Nothing is missed that was not found. */
  isWhole(): boolean
  catchUp(): void
  begin(externalId: string, died: (death: Death) => void): void
}
type PartDeps = SessionDeps & { storage: SessionStorage }

/** Puts together what happens to updates, and when more of them are asked for. */
function assemble(base: BaseTelegramClient, deps: PartDeps): Parts {
  const { health, log, storage } = deps
  const holes = openHoles(deps.spool)
  const pause = (ms: number) => pauseUntil(ms, deps.closing)
  const state = storage.storedState()
  // mtcute knows the count of a channel only once it has heard of it; what came before would pass unnoticed.
  const counts = state?.channels ?? {}
  for (const [channel, pts] of Object.entries(counts)) base.updates?.cpts.set(Number(channel), pts)
  const counted = new Set(Object.keys(counts))
  const isWhole = () => holes.next(new Set()) === null
  const busy = (isBusy: boolean) => health.catchingUp(isBusy || !isWhole())
  const since = takeUp(deps, holes)
  const topics = createTopicReader({ ...deps, ask: askForTopics(base) })
  const reconciler = createReconciler({
    base,
    holes,
    tell: teller(deps, holes, topics),
    log,
    pause,
    busy,
    abandoned: () => giveUp(deps),
    since,
    counted,
  })
  let isReady = false
  const catchUp = () => {
    if (isReady) base.updates?.catchUp()
  }
  base.onRawUpdate.add(({ update, peers }) => {
    try {
      reconciler.receive(update, peers)
    } catch (error) {
      // mtcute counts an update as told whatever its listener does: only a new start tells it again.
      deps.crash(error)
    }
  })
  let last = 'offline'
  base.onConnectionState.add((next) => {
    if (next === 'connecting' || next === 'offline') health.disconnected()
    else if (next === 'updating') health.catchingUp(true)
    // After `connecting` it says only that a connection was opened.
    else if (last === 'updating') busy(false)
    last = next
  })
  base.onServerUpdate.add((news) => {
    if ('updates' in news) tellOfChannels(news.updates, news.chats, reconciler)
  })
  // A new connection may have been given a session of its own, to which nobody tells what the old one missed.
  base.mt.onUsable.add(catchUp)
  const begin = (externalId: string, died: (death: Death) => void) => {
    void signIn(base, { externalId, died, pause, log }).then((isIn) => {
      isReady = isIn
      if (isIn) reconciler.start()
    })
  }
  return { reconciler, isReady: () => isReady, isWhole, catchUp, begin }
}

/** Goes on where the account was left, be it under another login. Gives when it was first listened to. */
function takeUp(deps: PartDeps, holes: Holes): number {
  const { spool, storage, restored, log } = deps
  const [mark, state] = [storage.loginMark(), storage.storedState()]
  if (mark === null || state === null) return rememberSince(deps, 0)
  const before = followedBefore(spool, mark, restored)
  const since = rememberSince(deps, before?.date ?? state.date)
  if (before === null) keepFollowed(spool, { mark, state })
  else {
    log.warn({ event: 'telegram.login_changed' })
    bridgeLogins({ spool, holes }, { mark, state, before, since })
  }
  const abandonedAt = spool.read(abandonedName)
  if (abandonedAt !== null) deps.health.incomplete(Number(abandonedAt))
  return since
}

/** That something is lost is shown after the next start as well. */
function giveUp({ spool, health, now }: SessionDeps): void {
  const at = now()
  spool.transaction((write) => write.set(abandonedName, String(at)))
  health.incomplete(at)
}

/** When this account was first listened to: what is older is not news. */
function rememberSince({ spool }: AccountDeps, date: number): number {
  const known = spool.read(sinceName)
  if (known !== null) return Number(known)
  spool.transaction((write) => write.set(sinceName, String(date)))
  return date
}

/** Puts an update into the spool, whole and before anything else happens. */
function teller({ spool, memory, now, log, account }: SessionDeps, holes: Holes, topics: TopicReader) {
  const note = (reason: string, ids: Readonly<Record<string, string | number>>) =>
    log.info({ event: 'telegram.update_skipped', reason, ...ids })
  const context = memory.context({ accountId: Number(account.external_id), now, note })
  return (update: tl.TypeUpdate, peers: PeersIndex): void => {
    memory.learnPeers(peers)
    const rows = toSpoolRows(update, context)
    const isMessage = isNewMessage(update)
    if (rows.length === 0 && !isMessage) return
    spool.transaction((write) => {
      for (const row of rows) write.add(row)
      if (isMessage) holes.passMark(write, update)
    })
    memory.keep(rows)
    void topics.look(rows)
  }
}
