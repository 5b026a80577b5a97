import type { CommittedEvent } from '../ingest/items.ts'

/** How many recent events a hub keeps near its sockets, for clients that were away for a moment. */
export const ringSize = 512

/**
 * The journal's recent end in memory: consecutive events, the last one the newest that was sent. A cache (G4); whoever
 * asks for more than it holds reads the journal.
 */
export type Ring = { head: number; events: CommittedEvent[] }

/** Adds the next events. They must follow the head directly. */
export function appendToRing(ring: Ring, events: readonly CommittedEvent[]): void {
  for (const event of events) {
    if (event.seq !== ring.head + 1) throw new Error(`Event ${event.seq} does not follow ${ring.head}`)
    ring.head = event.seq
    ring.events.push(event)
  }
  if (ring.events.length > ringSize * 2) ring.events = ring.events.slice(-ringSize)
}

/** Puts older events before those there are, as far as they join up. */
export function fillRing(ring: Ring, older: readonly CommittedEvent[]): void {
  const first = ring.events[0]?.seq ?? ring.head + 1
  const missing = older.filter((event) => event.seq < first)
  const last = missing.at(-1)
  if (last !== undefined && last.seq === first - 1) ring.events = [...missing, ...ring.events]
}

/** The events after `since`, or null when the ring does not reach that far back. */
export function eventsSince(ring: Ring, since: number): CommittedEvent[] | null {
  if (since === ring.head) return []
  const first = ring.events[0]?.seq
  if (first === undefined || since < first - 1 || since > ring.head) return null
  return ring.events.slice(since + 1 - first)
}
