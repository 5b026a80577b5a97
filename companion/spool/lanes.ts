/** What the order of sending needs to know of a waiting row. `group`: the album it was made part of, for good. */
export type WaitingRow = {
  id: number
  kind: 'item' | 'mail'
  bytes: number
  album: string | null
  group: number | null
  addedAt: number
}
/** Rows of one lane that go out as one thing: an album, or a single row. */
export type Unit = { lane: string; rows: readonly WaitingRow[] }

/** So long after its last part an album is taken to be whole, in ms. */
export const albumPauseMs = 700
const maxAlbumParts = 30
export const batchLimits = { rows: 50, bytes: 3 * 1024 * 1024 }

type Lane = { rows: WaitingRow[]; out: number; heldUntil: number }
type Budget = { rows: number; bytes: number }

/**
 * What waits, in the order it came, lane by lane. A lane has rows of one batch under way at a time; what follows them
 * waits, and no lane waits for another.
 */
export type Lanes = {
  push(lane: string, row: WaitingRow): void
  /** The same for rows of any age, which may be there already: quick also for many in one lane. */
  load(rows: Iterable<{ lane: string; row: WaitingRow }>): void
  /** The next units, all items or one mail; empty when nothing can go. They are under way until `settle`. */
  take(now: number): Unit[]
  /** Rows that were taken are done with, one way or the other. */
  settle(lane: string, ids: readonly number[]): void
  /** Gives taken rows back: they are the head of their lane again, and it waits until then. */
  putBack(units: readonly Unit[], until: number): void
  /** When `take` may find more than it does now; null when only a new row can change that. */
  nextAt(now: number): number | null
}

export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>()
  return {
    push: (name, row) => push(lanes, name, row),
    load: (rows) => load(lanes, rows),
    take: (now) => take(lanes, now),
    settle(name, ids) {
      const lane = lanes.get(name)
      if (lane === undefined) return
      const settled = new Set(ids)
      const left = lane.rows.slice(0, lane.out).filter(({ id }) => !settled.has(id))
      lane.rows.splice(0, lane.out, ...left)
      lane.out = left.length
      if (lane.rows.length === 0) lanes.delete(name)
    },
    putBack(units, until) {
      for (const { lane: name, rows } of units) {
        const lane = lanes.get(name)
        if (lane === undefined) continue
        lane.out -= rows.length
        lane.heldUntil = until
      }
    },
    nextAt(now) {
      let next: number | null = null
      for (const lane of lanes.values()) {
        if (lane.out === 0) next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(lane.heldUntil, now))
      }
      return next
    },
  }
}

function push(lanes: Map<string, Lane>, name: string, row: WaitingRow): void {
  const lane = lanes.get(name)
  if (lane === undefined) {
    lanes.set(name, { rows: [row], out: 0, heldUntil: 0 })
    return
  }
  // What follows may be what an unfinished album waited for.
  if (row.album !== lane.rows.at(-1)?.album) lane.heldUntil = 0
  lane.rows.push(row)
}

function load(lanes: Map<string, Lane>, rows: Iterable<{ lane: string; row: WaitingRow }>): void {
  const known = new Map<Lane, Set<number>>()
  const late = new Map<Lane, WaitingRow[]>()
  for (const { lane: name, row } of rows) {
    const lane = lanes.get(name)
    if (lane === undefined || (lane.rows.at(-1)?.id ?? 0) < row.id) {
      push(lanes, name, row)
      if (lane !== undefined) known.get(lane)?.add(row.id)
      continue
    }
    const ids = known.get(lane) ?? new Set(lane.rows.map(({ id }) => id))
    known.set(lane, ids)
    if (ids.has(row.id)) continue
    ids.add(row.id)
    late.set(lane, late.get(lane) ?? [])
    late.get(lane)?.push(row)
  }
  for (const [lane, added] of late) insertInto(lane, added)
}

/** What is under way stays in front. */
function insertInto(lane: Lane, added: readonly WaitingRow[]): void {
  const waiting = [...lane.rows.slice(lane.out), ...added].toSorted((one, other) => one.id - other.id)
  lane.rows = [...lane.rows.slice(0, lane.out), ...waiting]
}

function take(lanes: Map<string, Lane>, now: number): Unit[] {
  const budget = { ...batchLimits }
  const units: Unit[] = []
  for (const [name, lane] of [...lanes]) {
    // A mail goes by itself.
    if (lane.rows[0]?.kind === 'mail' && units.length > 0) continue
    const taken = takeFrom(name, lane, { now, budget })
    if (taken.length === 0) continue
    // Served lanes go to the end, so that a long one does not come first every time.
    lanes.delete(name)
    lanes.set(name, lane)
    units.push(...taken)
    for (const row of taken.flatMap((unit) => unit.rows)) {
      budget.rows -= 1
      budget.bytes -= row.bytes
    }
    if (budget.rows <= 0 || budget.bytes <= 0 || lane.rows[0]?.kind === 'mail') break
  }
  return units
}

function takeFrom(name: string, lane: Lane, { now, budget }: { now: number; budget: Budget }): Unit[] {
  if (lane.out > 0 || lane.heldUntil > now) return []
  const { runs, waitUntil } = takeRuns(lane.rows, now, budget)
  if (runs.length === 0) lane.heldUntil = waitUntil ?? lane.heldUntil
  lane.out = runs.reduce((sum, run) => sum + run.length, 0)
  return runs.map((rows) => ({ lane: name, rows }))
}

/** The runs at the head of a lane that can go now, within the budget; the first run goes however big it is. */
function takeRuns(
  rows: readonly WaitingRow[],
  now: number,
  budget: Budget,
): { runs: WaitingRow[][]; waitUntil: number | null } {
  const runs: WaitingRow[][] = []
  let { rows: rowsLeft, bytes: bytesLeft } = budget
  const isFresh = rowsLeft === batchLimits.rows
  for (let at = 0; at < rows.length;) {
    const run = runAt(rows, at)
    const [head] = run
    if (head === undefined) break
    if (head.kind === 'mail') return { runs: runs.length > 0 ? runs : [run], waitUntil: null }
    const waitUntil = openUntil(run, rows[at + run.length], now)
    if (waitUntil !== null) return { runs, waitUntil }
    const bytes = run.reduce((sum, row) => sum + row.bytes, 0)
    const isFirst = isFresh && runs.length === 0
    if (!isFirst && (run.length > rowsLeft || bytes > bytesLeft)) break
    runs.push(run)
    at += run.length
    rowsLeft -= run.length
    bytesLeft -= bytes
  }
  return { runs, waitUntil: null }
}

/** The row at `at` and those that are one message with it. */
function runAt(rows: readonly WaitingRow[], at: number): WaitingRow[] {
  const head = rows[at]
  if (head === undefined) return []
  const run = [head]
  if (head.album === null) return run
  for (let next = rows[at + 1]; next !== undefined && run.length < maxAlbumParts; next = rows[at + run.length]) {
    const last = run.at(-1) ?? head
    const isTogether =
      next.album === head.album && next.group === head.group && (head.group !== null || isSoon(last, next))
    if (!isTogether) break
    run.push(next)
  }
  return run
}

/** By the time at which they were stored, so that a crash in between changes nothing. */
function isSoon(last: WaitingRow, next: WaitingRow): boolean {
  return next.addedAt - last.addedAt < albumPauseMs
}

/** Until when an album may still grow; null when it is whole. */
function openUntil(run: readonly WaitingRow[], follower: WaitingRow | undefined, now: number): number | null {
  const last = run.at(-1)
  if (last === undefined || last.album === null || last.group !== null) return null
  if (follower !== undefined || run.length >= maxAlbumParts) return null
  const until = last.addedAt + albumPauseMs
  // A clock that was set back does not hold an album for hours.
  return now < until && now >= last.addedAt - albumPauseMs ? until : null
}
