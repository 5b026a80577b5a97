/** What the order of sending needs to know of a waiting row. `group`: the album it was made part of, for good. */
export type WaitingRow = {
  id: number
  kind: 'item' | 'mail'
  /** False for what only tells of messages: an edit, a reaction, a file. */
  isMessage: boolean
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

/** `rows`: what waits, by age. `out`: what is under way. `newest`: the highest id that ever came at the end. */
type Lane = { rows: WaitingRow[]; out: WaitingRow[]; newest: number; heldUntil: number }
type Budget = { rows: number; bytes: number }

/**
 * What waits, in the order it came, lane by lane; only an album is kept together. A lane has rows of one batch under way
 * at a time; what follows them waits, and no lane waits for another.
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
      lane.out = lane.out.filter(({ id }) => !settled.has(id))
      if (lane.rows.length === 0 && lane.out.length === 0) lanes.delete(name)
    },
    putBack(units, until) {
      for (const { lane: name, rows } of units) {
        const lane = lanes.get(name)
        if (lane === undefined) continue
        lane.out = lane.out.filter((row) => !rows.includes(row))
        insertInto(lane, rows)
        lane.heldUntil = until
      }
    },
    nextAt(now) {
      let next: number | null = null
      for (const lane of lanes.values()) {
        if (lane.out.length === 0) next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(lane.heldUntil, now))
      }
      return next
    },
  }
}

function push(lanes: Map<string, Lane>, name: string, row: WaitingRow): void {
  const lane = lanes.get(name)
  if (lane === undefined) {
    lanes.set(name, { rows: [row], out: [], newest: row.id, heldUntil: 0 })
    return
  }
  // What follows may be what an unfinished album waited for.
  if (row.album !== lane.rows.at(-1)?.album) lane.heldUntil = 0
  lane.rows.push(row)
  lane.newest = row.id
}

function load(lanes: Map<string, Lane>, rows: Iterable<{ lane: string; row: WaitingRow }>): void {
  const known = new Map<Lane, Set<number>>()
  const late = new Map<Lane, WaitingRow[]>()
  for (const { lane: name, row } of rows) {
    const lane = lanes.get(name)
    if (lane === undefined || lane.newest < row.id) {
      push(lanes, name, row)
      if (lane !== undefined) known.get(lane)?.add(row.id)
      continue
    }
    const ids = known.get(lane) ?? new Set([...lane.out, ...lane.rows].map(({ id }) => id))
    known.set(lane, ids)
    if (ids.has(row.id)) continue
    ids.add(row.id)
    late.set(lane, late.get(lane) ?? [])
    late.get(lane)?.push(row)
  }
  for (const [lane, added] of late) insertInto(lane, added)
}

function insertInto(lane: Lane, added: readonly WaitingRow[]): void {
  lane.rows = [...lane.rows, ...added].toSorted((one, other) => one.id - other.id)
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
    if (budget.rows <= 0 || budget.bytes <= 0 || taken[0]?.rows[0]?.kind === 'mail') break
  }
  return units
}

function takeFrom(name: string, lane: Lane, { now, budget }: { now: number; budget: Budget }): Unit[] {
  if (lane.out.length > 0 || lane.heldUntil > now) return []
  const { runs, waitUntil } = takeRuns(lane.rows, now, budget)
  if (runs.length === 0) lane.heldUntil = waitUntil ?? lane.heldUntil
  lane.out = runs.flat()
  takeOut(lane.rows, new Set(lane.out))
  return runs.map((rows) => ({ lane: name, rows }))
}

/** Removes rows from the head of a lane, and leaves what they passed over. */
function takeOut(rows: WaitingRow[], taken: Set<WaitingRow>): void {
  const left: WaitingRow[] = []
  let reach = 0
  for (; taken.size > 0 && reach < rows.length; reach++) {
    const row = rows[reach]
    if (row !== undefined && !taken.delete(row)) left.push(row)
  }
  rows.splice(0, reach, ...left)
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
  const ahead = new Set<WaitingRow>()
  for (const [at, head] of rows.entries()) {
    // It went ahead with the first part of its album.
    if (ahead.has(head)) continue
    const { run, follower } = runAt(rows, at)
    if (head.kind === 'mail') return { runs: runs.length > 0 ? runs : [run], waitUntil: null }
    const waitUntil = openUntil(run, follower, now)
    if (waitUntil !== null) return { runs, waitUntil }
    const bytes = run.reduce((sum, row) => sum + row.bytes, 0)
    const isFirst = isFresh && runs.length === 0
    if (!isFirst && (run.length > rowsLeft || bytes > bytesLeft)) break
    runs.push(run)
    for (const row of run.slice(1)) ahead.add(row)
    rowsLeft -= run.length
    bytesLeft -= bytes
  }
  return { runs, waitUntil: null }
}

type Run = { run: WaitingRow[]; follower: WaitingRow | undefined }

/**
 * The row at `at` and those that are one message with it, and the message that follows them. What only tells of messages
 * may lie between the parts of an album: it is passed over, and goes after them.
 */
function runAt(rows: readonly WaitingRow[], at: number): Run {
  const head = rows[at]
  if (head === undefined) return { run: [], follower: undefined }
  const run = [head]
  let last = head
  for (let next = at + 1; head.album !== null && next < rows.length && run.length < maxAlbumParts; next++) {
    const row = rows[next]
    if (row?.isMessage !== true) continue
    const isTogether =
      row.album === head.album && row.group === head.group && (head.group !== null || isSoon(last, row))
    if (!isTogether) return { run, follower: row }
    run.push(row)
    last = row
  }
  return { run, follower: undefined }
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
