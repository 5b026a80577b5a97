import type { JournalEvent, SkipFrame } from '../protocol/frames.ts'

/** A place in a tenant's journal: everything up to `seq` has been seen. Numbers of another `epoch` do not compare. */
export type Cursor = { seq: number; epoch: string }

/** What moves a cursor: one event, or a stretch of the journal that holds nothing for this socket. */
export type Sequenced = JournalEvent | SkipFrame

const firstOf = (item: Sequenced): number => (item.type === 'skip' ? item.from : item.seq)

/** Whether `item` comes next after `seq`, was seen before, or leaves something out. */
export function judge(seq: number, item: Sequenced): 'next' | 'seen' | 'gap' {
  if (item.seq <= seq) return 'seen'
  return firstOf(item) <= seq + 1 ? 'next' : 'gap'
}

/** `waiting` with `item` at its place: by first number, then by last. */
export function hold(waiting: readonly Sequenced[], item: Sequenced): Sequenced[] {
  const follower = waiting.findIndex((other) => firstOf(other) - firstOf(item) > 0 || isLonger(other, item))
  return follower === -1 ? [...waiting, item] : waiting.toSpliced(follower, 0, item)
}

function isLonger(other: Sequenced, item: Sequenced): boolean {
  return firstOf(other) === firstOf(item) && other.seq > item.seq
}

/** What can be delivered at `seq` without leaving anything out, and what still has to wait. */
export function release(seq: number, waiting: readonly Sequenced[]): { ready: Sequenced[]; waiting: Sequenced[] } {
  const ready: Sequenced[] = []
  let reached = seq
  for (const [index, item] of waiting.entries()) {
    const verdict = judge(reached, item)
    if (verdict === 'gap') return { ready, waiting: waiting.slice(index) }
    if (verdict === 'seen') continue
    ready.push(item)
    reached = item.seq
  }
  return { ready, waiting: [] }
}
