import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type WaitingRow, albumPauseMs, createLanes } from '../../../companion/spool/lanes.ts'

let nextId = 0
function waiting(more: Partial<WaitingRow> = {}): WaitingRow {
  nextId += 1
  return { id: nextId, kind: 'item', isMessage: true, bytes: 100, album: null, group: null, addedAt: 0, ...more }
}
const idsOf = (units: readonly { rows: readonly WaitingRow[] }[]) =>
  units.flatMap(({ rows }) => rows.map(({ id }) => id))

describe('lanes', () => {
  it('give a lane in its order and never twice', () => {
    const lanes = createLanes()
    const rows = [waiting(), waiting(), waiting()]
    for (const row of rows) lanes.push('a', row)
    expect(idsOf(lanes.take(0))).toEqual(rows.map(({ id }) => id))
    expect(lanes.take(0)).toEqual([])
  })

  it('hold what came later in a lane back until what is under way has settled, and no other lane', () => {
    const lanes = createLanes()
    const [first, second, other] = [waiting(), waiting(), waiting()]
    lanes.push('a', first)
    lanes.take(0)
    lanes.push('a', second)
    lanes.push('b', other)
    expect(idsOf(lanes.take(0))).toEqual([other.id])
    lanes.settle('a', [first.id])
    expect(idsOf(lanes.take(0))).toEqual([second.id])
  })

  it('give fifty rows at once, of as many lanes as it takes, and begin with another lane the next time', () => {
    const lanes = createLanes()
    const long = Array.from({ length: 120 }, () => waiting())
    for (const row of long) lanes.push('long', row)
    const short = waiting()
    lanes.push('short', short)
    const first = lanes.take(0)
    expect(idsOf(first)).toEqual(long.slice(0, 50).map(({ id }) => id))
    lanes.settle('long', idsOf(first))
    expect(idsOf(lanes.take(0))).toContain(short.id)
  })

  it('keep to the bytes of a batch, and let a row that is larger by itself go alone', () => {
    const lanes = createLanes()
    const [big, huge, small] = [waiting({ bytes: 2_000_000 }), waiting({ bytes: 9_000_000 }), waiting()]
    lanes.push('a', big)
    lanes.push('a', huge)
    lanes.push('b', small)
    expect(idsOf(lanes.take(0))).toEqual([big.id, small.id])
    lanes.settle('a', [big.id])
    lanes.settle('b', [small.id])
    expect(idsOf(lanes.take(0))).toEqual([huge.id])
  })

  it('give a mail by itself', () => {
    const lanes = createLanes()
    const [item, mail, after] = [waiting(), waiting({ kind: 'mail' }), waiting()]
    lanes.push('a', item)
    lanes.push('b', mail)
    lanes.push('b', after)
    expect(idsOf(lanes.take(0))).toEqual([item.id])
    expect(idsOf(lanes.take(0))).toEqual([mail.id])
    lanes.settle('b', [mail.id])
    expect(idsOf(lanes.take(0))).toEqual([after.id])
  })

  it('wait until an album is whole, and hold only its lane', () => {
    const lanes = createLanes()
    const [part, second, other] = [
      waiting({ album: 'x', addedAt: 0 }),
      waiting({ album: 'x', addedAt: 500 }),
      waiting(),
    ]
    lanes.push('a', part)
    lanes.push('a', second)
    lanes.push('b', other)
    expect(idsOf(lanes.take(600))).toEqual([other.id])
    expect(lanes.take(1100)).toEqual([])
    expect(lanes.nextAt(1100)).toBe(500 + albumPauseMs)
    const [album] = lanes.take(500 + albumPauseMs)
    expect(album?.rows).toEqual([part, second])
  })

  it('know that an album is whole as soon as something else follows', () => {
    const lanes = createLanes()
    const [part, second, text] = [waiting({ album: 'x' }), waiting({ album: 'x' }), waiting()]
    lanes.push('a', part)
    lanes.push('a', second)
    expect(lanes.take(10)).toEqual([])
    lanes.push('a', text)
    expect(lanes.take(20).map(({ rows }) => rows.length)).toEqual([2, 1])
  })

  it('pass over what is no message between the parts of an album, and give it after them', () => {
    const lanes = createLanes()
    const reaction = () => waiting({ isMessage: false })
    const [first, between, second, after] = [waiting({ album: 'x' }), reaction(), waiting({ album: 'x' }), reaction()]
    const text = waiting()
    const rows = [first, between, second, after, text].map((row) => ({ lane: 'a', row }))
    lanes.load(rows)
    const taken = lanes.take(10)
    expect(taken.map((unit) => unit.rows)).toEqual([[first, second], [between], [after], [text]])
    // Known again while they are under way, and when they were given back.
    lanes.load(rows)
    lanes.putBack(taken, 20)
    lanes.load(rows)
    expect(lanes.take(20)).toEqual(taken)
    lanes.settle('a', idsOf(taken))
    expect(lanes.nextAt(20)).toBeNull()
  })

  it('wait for the rest of an album though a reaction to its first part has come', () => {
    const lanes = createLanes()
    const [first, second] = [waiting({ album: 'x', addedAt: 0 }), waiting({ album: 'x', addedAt: 400 })]
    lanes.push('a', first)
    lanes.push('a', waiting({ isMessage: false, addedAt: 0 }))
    expect(lanes.take(300)).toEqual([])
    lanes.push('a', second)
    expect(lanes.take(400 + albumPauseMs).map(({ rows }) => rows.length)).toEqual([2, 1])
  })

  it('make two messages of parts that came too far apart', () => {
    const lanes = createLanes()
    lanes.push('a', waiting({ album: 'x', addedAt: 0 }))
    lanes.push('a', waiting({ album: 'x', addedAt: albumPauseMs }))
    expect(lanes.take(5_000).map(({ rows }) => rows.length)).toEqual([1, 1])
  })

  it('do not hold an album for hours when the clock is set back', () => {
    const lanes = createLanes()
    lanes.push('a', waiting({ album: 'x', addedAt: 10_000_000 }))
    expect(lanes.take(1_000)).toHaveLength(1)
  })

  it('take rows of any age in at their places, each once, behind what is under way', () => {
    const lanes = createLanes()
    const rows = Array.from({ length: 6 }, () => waiting())
    const [first, second, third, fourth, ...late] = rows
    if (first === undefined || second === undefined || third === undefined || fourth === undefined) return
    for (const row of [second, fourth]) lanes.push('a', row)
    expect(idsOf(lanes.take(0))).toEqual([second.id, fourth.id])
    const elsewhere = waiting()
    const loaded = [...[first, second, third, fourth, ...late].map((row) => ({ lane: 'a', row }))]
    lanes.load([...loaded, ...loaded, { lane: 'b', row: elsewhere }])
    expect(idsOf(lanes.take(0))).toEqual([elsewhere.id])
    lanes.settle('a', [second.id, fourth.id])
    expect(idsOf(lanes.take(0))).toEqual([first.id, third.id, ...late.map(({ id }) => id)])
  })

  it('look no row of a long lane up in all the others while they are loaded', () => {
    const lanes = createLanes()
    let looks = 0
    const rows = Array.from({ length: 5_000 }, () => {
      const row = waiting()
      const { id } = row
      return Object.defineProperty(row, 'id', {
        get() {
          looks += 1
          return id
        },
      })
    })
    const loaded = rows.map((row) => ({ lane: 'a', row }))
    lanes.load(loaded)
    // Known ones, and as many again that have come back from the dead.
    lanes.load(loaded)
    lanes.settle('a', idsOf(lanes.take(0)))
    lanes.load(loaded)
    expect(looks).toBeLessThan(rows.length * 40)
  })

  it('never give rows of one lane out of order, whatever is settled, put back or added', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('push' as const),
        lane: fc.integer({ min: 0, max: 3 }),
        album: fc.constantFrom(null, 'x', 'y'),
      }),
      fc.record({ do: fc.constantFrom('take' as const, 'settle' as const, 'back' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const lanes = createLanes()
        const pushed = new Map<string, number[]>()
        const settled = new Map<string, number[]>()
        let out: ReturnType<typeof lanes.take> = []
        let now = 0
        const settle = () => {
          for (const { lane, rows } of out) {
            const ids = rows.map(({ id }) => id)
            settled.set(lane, [...(settled.get(lane) ?? []), ...ids])
            lanes.settle(lane, ids)
          }
          out = []
        }
        for (const one of steps) {
          now += 100
          if (one.do === 'push') {
            const row = waiting({ album: one.album, addedAt: now })
            const lane = `lane ${one.lane}`
            pushed.set(lane, [...(pushed.get(lane) ?? []), row.id])
            lanes.push(lane, row)
          } else if (one.do === 'take' && out.length === 0) out = lanes.take(now)
          else if (one.do === 'settle') settle()
          else if (one.do === 'back') {
            lanes.putBack(out, now + 50)
            out = []
          }
        }
        for (let guard = 0; guard < 500; guard++) {
          settle()
          now += 1_000
          out = lanes.take(now)
        }
        for (const [lane, ids] of pushed) expect(settled.get(lane)).toEqual(ids)
      }),
      { numRuns: 200 },
    )
  })
})
