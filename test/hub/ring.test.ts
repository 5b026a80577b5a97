import { describe, expect, it } from 'vitest'
import { type Ring, appendToRing, eventsSince, fillRing, ringSize } from '../../src/hub/ring.ts'
import type { CommittedEvent } from '../../src/ingest/items.ts'

const events = (from: number, to: number): CommittedEvent[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    seq: from + n,
    type: 'new_message',
    platform: null,
    conversationId: null,
    data: '',
    at: 0,
  }))
const seqs = (list: CommittedEvent[] | null) => list?.map(({ seq }) => seq) ?? null

describe('the ring', () => {
  it('gives what came after a cursor, nothing at the head, and null where it does not reach', () => {
    const ring: Ring = { head: 10, events: [] }
    appendToRing(ring, events(11, 13))
    expect(seqs(eventsSince(ring, 11))).toEqual([12, 13])
    expect(eventsSince(ring, 13)).toEqual([])
    expect(seqs(eventsSince(ring, 10))).toEqual([11, 12, 13])
    expect(eventsSince(ring, 9)).toBeNull()
    expect(eventsSince(ring, 14)).toBeNull()
  })

  it('takes no event out of order', () => {
    const ring: Ring = { head: 10, events: [] }
    expect(() => appendToRing(ring, events(12, 12))).toThrow('does not follow')
    expect(() => appendToRing(ring, events(10, 10))).toThrow('does not follow')
  })

  it('stays bounded', () => {
    const ring: Ring = { head: 0, events: [] }
    for (let n = 1; n <= ringSize * 5; n++) appendToRing(ring, events(n, n))
    expect(ring.events.length).toBeLessThanOrEqual(ringSize * 2)
    expect(eventsSince(ring, ringSize * 4)).toHaveLength(ringSize)
  })

  it('is filled from the journal only where the two join', () => {
    const ring: Ring = { head: 13, events: events(12, 13) }
    fillRing(ring, events(5, 9))
    expect(eventsSince(ring, 5)).toBeNull()
    fillRing(ring, events(5, 13))
    expect(seqs(eventsSince(ring, 4))).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13])
  })
})
