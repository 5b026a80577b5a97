import { z } from 'zod'
import type { tl } from '@mtcute/node'
import type { AccountSpool, SpoolWriter } from '../account.ts'

/**
 * Where something was missed that Telegram will not tell by itself. `after`: the last message that is known to have been
 * told before it; null where none is known, then `since` (epoch seconds) is where the search begins.
 */
const Hole = z.object({ after: z.number().nullable(), since: z.number() })
export type Hole = z.infer<typeof Hole>
const Holes = z.record(z.string(), Hole)

/** Messages are numbered per channel, and together for everything else. */
export type BoxName = 'common' | `${number}`
export type NewMessageUpdate = tl.RawUpdateNewMessage | tl.RawUpdateNewChannelMessage

/**
 * The holes of one account, on the disk: a crash forgets none. While one is open, new messages of its box are not told
 * but left for the search, which brings them in their order.
 */
export type Holes = {
  open(box: BoxName, since: number): void
  /** Opens several, in the transaction of `write`. Whatever fails in that ends the process. */
  openAll(write: SpoolWriter, since: ReadonlyMap<BoxName, number>): void
  get(box: BoxName): Hole | null
  /** One that is open and not among these; null where there is none. */
  next(besides: ReadonlySet<BoxName>): { box: BoxName; hole: Hole } | null
  close(box: BoxName): void
  /** The newest message of a box that was told; null where none was. */
  mark(box: BoxName): number | null
  /** Keeps the mark of a message that is told in this transaction. */
  passMark(write: SpoolWriter, update: NewMessageUpdate): void
}

const holesName = 'telegram.holes'
const markName = (box: BoxName) => `telegram.mark.${box}`

export function openHoles(spool: AccountSpool): Holes {
  const stored = spool.read(holesName)
  let holes = new Map(Object.entries(stored === null ? {} : Holes.parse(JSON.parse(stored))) as [BoxName, Hole][])
  const marks = new Map<BoxName, number>()
  const save = (write: SpoolWriter, next: Map<BoxName, Hole>) => {
    write.set(holesName, next.size === 0 ? null : JSON.stringify(Object.fromEntries(next)))
    holes = next
  }
  const mark = (box: BoxName): number | null => {
    const known = marks.get(box)
    if (known !== undefined) return known
    const text = spool.read(markName(box))
    if (text !== null) marks.set(box, Number(text))
    return text === null ? null : Number(text)
  }
  const openAll: Holes['openAll'] = (write, missed) => {
    const next = new Map(holes)
    for (const [box, since] of missed) {
      // A hole that is open already begins earlier: what was told since may lie behind it.
      const known = holes.get(box) ?? { after: mark(box), since }
      next.set(box, { ...known, since: Math.min(known.since, since) })
    }
    save(write, next)
  }
  return {
    mark,
    get: (box) => holes.get(box) ?? null,
    next(besides) {
      const first = [...holes].find(([box]) => !besides.has(box))
      return first === undefined ? null : { box: first[0], hole: first[1] }
    },
    open(box, since) {
      spool.transaction((write) => openAll(write, new Map([[box, since]])))
    },
    openAll,
    close(box) {
      const rest = new Map(holes)
      rest.delete(box)
      spool.transaction((write) => save(write, rest))
    },
    passMark(write, update) {
      const box = boxOf(update)
      const { id } = update.message
      if (id <= (mark(box) ?? 0)) return
      marks.set(box, id)
      write.set(markName(box), String(id))
    },
  }
}

/** The box a new message belongs to. */
export function boxOf({ message }: NewMessageUpdate): BoxName {
  return message.peerId?._ === 'peerChannel' ? `${message.peerId.channelId}` : 'common'
}

export function isNewMessage(update: tl.TypeUpdate): update is NewMessageUpdate {
  return update._ === 'updateNewMessage' || update._ === 'updateNewChannelMessage'
}
