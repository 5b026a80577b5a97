import type { BaseTelegramClient, PeersIndex, tl } from '@mtcute/node'
import { toggleChannelIdMark } from '@mtcute/node/utils.js'
import type { Logger } from 'pino'
import { backfill, isShut, type Receive } from './backfill.ts'
import { boxOf, isNewMessage, type BoxName, type Hole, type Holes, type NewMessageUpdate } from './holes.ts'

export type ReconcileDeps = {
  base: BaseTelegramClient
  holes: Holes
  /** Hands an update on to the inbox, at once and for good. */
  tell: Receive
  log: Logger
  /** Waits, and says whether to go on. */
  pause(ms: number): Promise<boolean>
  busy(isBusy: boolean): void
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

/** Fills one hole after the other, and lets go of what waited behind it. */
function createSearch({ base, holes, tell, log, pause, busy }: ReconcileDeps, release: (box: BoxName) => void) {
  /** Boxes in which more was missed since their search began: what was read by then is not all. */
  const again = new Set<BoxName>()
  const failures = new Map<BoxName, number>()
  let isRunning = false

  const fill = async ({ box, hole }: { box: BoxName; hole: Hole }): Promise<void> => {
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
  const run = async (): Promise<void> => {
    // What told of it also told who it is, and that is stored only after it passed here.
    if (!(await pause(startMs))) return
    const failed = new Set<BoxName>()
    let wait = firstPauseMs
    for (let gap = holes.next(failed); gap !== null; gap = holes.next(failed)) {
      const { box } = gap
      try {
        await fill(gap)
        failures.delete(box)
        wait = firstPauseMs
      } catch (error) {
        const count = (failures.get(box) ?? 0) + 1
        failures.set(box, count)
        log.warn({ event: 'telegram.hole_open', box, count, reason: nameOf(error) })
        failed.add(box)
        // Better some messages missing, and said so, than none ever again.
        if (count >= maxFailures) abandon(box)
      }
      if (holes.next(failed) !== null || failed.size === 0) continue
      if (!(await pause(wait))) return
      failed.clear()
      wait = Math.min(wait * 2, maxPauseMs)
    }
  }
  const abandon = (box: BoxName): void => {
    log.error({ event: 'telegram.hole_abandoned', box })
    failures.delete(box)
    release(box)
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
    if (!isShut(error)) throw error
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
