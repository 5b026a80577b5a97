import { tl, type BaseTelegramClient, type PeersIndex } from '@mtcute/node'
import { toggleChannelIdMark } from '@mtcute/node/utils.js'
import type { Logger } from 'pino'
import { backfill, isRefused, type Receive } from './backfill.ts'
import { boxOf, isNewMessage, type BoxName, type Hole, type Holes, type NewMessageUpdate } from './holes.ts'
import { secondsOf } from './send-failure.ts'

export type ReconcileDeps = {
  base: BaseTelegramClient
  holes: Holes
  /** Hands an update on to the inbox, at once and for good. */
  tell: Receive
  log: Logger
  /** Waits, and says whether to go on. */
  pause(ms: number): Promise<boolean>
  busy(isBusy: boolean): void
  /** What was missed in a box is given up. Called before that is so on the disk. */
  abandoned(box: BoxName): void
  /** Nothing from before this time (epoch seconds) is news. */
  since: number
  /** Channels whose count was known at the start: mtcute itself sees what is missing in them. */
  counted: ReadonlySet<string>
}

/** Fills what Telegram does not tell by itself, and keeps the order of each chat while it does. */
export type Reconciler = {
  /** Every update passes here: it is told, or, where something before it is missing, kept until that is found. */
  receive: Receive
  /** Something was missed in a box; to be called before anything newer can arrive. */
  missed(box: BoxName, since: number): void
  /** A channel is said to have news. One whose count is not known would be taken from where it is by now. */
  hasNews(channelId: number, joinedAt: number): void
  /** Goes on with what an earlier run left open. */
  start(): void
  /** Asks which channels have moved without our hearing of it: the common difference need not say so. */
  checkChannels(): Promise<void>
}

const startMs = 20
const firstPauseMs = 2_000
const maxPauseMs = 60_000
/** About half an hour of answers that are no answers. */
const maxFailures = 30
/** Longer than a timer can wait would be no wait at all. */
const maxWaitMs = 24 * 60 * 60_000
const dialogsAtOnce = 100

export function createReconciler(deps: ReconcileDeps): Reconciler {
  const { base, holes, tell, log, since, counted } = deps
  const held = new Map<BoxName, [NewMessageUpdate, PeersIndex][]>()
  const search = createSearch(deps, (box) => {
    // In one go: what arrives from now on follows behind it.
    const waiting = held.get(box) ?? []
    held.delete(box)
    for (const [update, peers] of waiting) tell(update, peers)
    holes.close(box)
  })
  const missed = (box: BoxName, from: number): void => {
    log.warn({ event: 'telegram.missed', box })
    holes.open(box, from)
    search.begin(box)
  }
  /** Of a channel that is new to us, mtcute takes the count as it finds it, whatever was said before. */
  const isNew = (box: BoxName) => !counted.has(box) && holes.mark(box) === null && holes.get(box) === null
  return {
    missed,
    hasNews(channelId, joinedAt) {
      if (isNew(`${channelId}`)) missed(`${channelId}`, Math.max(since, joinedAt))
    },
    start() {
      const gap = holes.next(new Set())
      if (gap !== null) search.begin(gap.box)
    },
    receive(update, peers) {
      if (!isNewMessage(update)) return tell(update, peers)
      const box = boxOf(update)
      if (box !== 'common' && isNew(box)) missed(box, Math.max(since, joinedAt(box, peers)))
      if (holes.get(box) === null) return tell(update, peers)
      const waiting = held.get(box)
      if (waiting) waiting.push([update, peers])
      else held.set(box, [[update, peers]])
    },
    checkChannels: () => checkChannels(base),
  }
}

type Gap = { box: BoxName; hole: Hole }

/** Fills one hole after the other, and lets go of what waited behind it. */
function createSearch(deps: ReconcileDeps, release: (box: BoxName) => void) {
  const { base, holes, tell, log, pause, busy } = deps
  /** Boxes in which more was missed since their search began: what was read by then is not all. */
  const again = new Set<BoxName>()
  let isRunning = false

  const fill = async ({ box, hole }: Gap): Promise<void> => {
    let found = 0
    again.delete(box)
    await backfill(base, { box, hole }, (update, peers) => {
      found += 1
      tell(update, peers)
    })
    if (again.has(box)) return
    release(box)
    log.info({ event: 'telegram.hole_filled', box, found })
  }
  const attempt = createAttempts(deps, fill, release)
  const run = async (): Promise<void> => {
    // What told of it also told who it is, and that is stored only after it passed here.
    if (!(await pause(startMs))) return
    const failed = new Set<BoxName>()
    let wait = firstPauseMs
    for (let gap = holes.next(failed); gap !== null; gap = holes.next(failed)) {
      const outcome = await attempt(gap)
      if (outcome.kind === 'wait') {
        // It holds for whatever else would be read now.
        if (!(await pause(outcome.ms))) return
        continue
      }
      if (outcome.kind === 'filled') wait = firstPauseMs
      else failed.add(gap.box)
      if (holes.next(failed) !== null || failed.size === 0) continue
      if (!(await pause(wait))) return
      failed.clear()
      wait = Math.min(wait * 2, maxPauseMs)
    }
  }
  return {
    begin(box: BoxName): void {
      again.add(box)
      if (isRunning) return
      isRunning = true
      busy(true)
      void run().finally(() => {
        isRunning = false
        busy(false)
      })
    },
  }
}

type AttemptOutcome = { kind: 'filled' } | { kind: 'failed' } | { kind: 'wait'; ms: number }

/** One attempt at one hole. What fails time and again is given up; a wait that Telegram asks for is no failure. */
function createAttempts(
  { log, abandoned }: Pick<ReconcileDeps, 'log' | 'abandoned'>,
  fill: (gap: Gap) => Promise<void>,
  release: (box: BoxName) => void,
): (gap: Gap) => Promise<AttemptOutcome> {
  const failures = new Map<BoxName, number>()
  return async (gap) => {
    const { box } = gap
    try {
      await fill(gap)
      failures.delete(box)
      return { kind: 'filled' }
    } catch (error) {
      const ms = waitOf(error)
      const count = (failures.get(box) ?? 0) + (ms === null ? 1 : 0)
      failures.set(box, count)
      log.warn({ event: 'telegram.hole_open', box, count, reason: nameOf(error), ...(ms !== null && { ms }) })
      if (ms !== null) return { kind: 'wait', ms }
      if (count < maxFailures) return { kind: 'failed' }
      // Better some messages missing, and said so, than none ever again.
      log.error({ event: 'telegram.hole_abandoned', box })
      failures.delete(box)
      abandoned(box)
      release(box)
      return { kind: 'failed' }
    }
  }
}

/** How long Telegram wants us to wait before we read on; null where that is not what it says. */
function waitOf(error: unknown): number | null {
  if (!tl.RpcError.is(error) || error.code !== tl.RpcError.FLOOD || error.text.startsWith('FROZEN_')) return null
  const seconds = secondsOf(error)
  return seconds === null ? null : Math.min(seconds * 1000, maxWaitMs)
}

/** A member's channel carries the time of joining: what was said before is none of ours. */
function joinedAt(box: BoxName, peers: PeersIndex): number {
  const channel = peers.chats.get(Number(box))
  return channel?._ === 'channel' ? channel.date : 0
}

async function checkChannels(base: BaseTelegramClient): Promise<void> {
  const known = [...(base.updates?.cpts.keys() ?? [])]
  for (let at = 0; at < known.length; at += dialogsAtOnce) {
    const found = await Promise.all(
      known.slice(at, at + dialogsAtOnce).map((id) => base.storage.peers.getById(toggleChannelIdMark(id))),
    )
    for (const dialog of await channelDialogs(
      base,
      found.filter((peer) => peer !== null),
    ))
      follow(base, dialog)
  }
}

/** One channel that shut us out spoils the answer for all: then each is asked by itself. */
async function channelDialogs(base: BaseTelegramClient, inputs: readonly tl.TypeInputPeer[]): Promise<tl.TypeDialog[]> {
  if (inputs.length === 0) return []
  try {
    const peers = inputs.map((peer): tl.RawInputDialogPeer => ({ _: 'inputDialogPeer', peer }))
    return (await base.call({ _: 'messages.getPeerDialogs', peers })).dialogs
  } catch (error) {
    if (!isRefused(error)) throw error
    if (inputs.length === 1) return []
    const answers: tl.TypeDialog[] = []
    for (const input of inputs) answers.push(...(await channelDialogs(base, [input])))
    return answers
  }
}

function follow({ updates }: BaseTelegramClient, dialog: tl.TypeDialog): void {
  if (!updates || dialog._ !== 'dialog' || dialog.peer._ !== 'peerChannel' || dialog.pts === undefined) return
  const { channelId } = dialog.peer
  if (dialog.pts <= (updates.cpts.get(channelId) ?? 0)) return
  const news: tl.TypeUpdate = { _: 'updateChannelTooLong', channelId, pts: dialog.pts }
  updates.handleUpdate({ _: 'updates', updates: [news], users: [], chats: [], date: 0, seq: 0 })
}

/** An error's kind. Its text may hold what it failed over. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { text } = error as { text?: unknown }
  return typeof text === 'string' ? text : error.name
}
