import { describe, expect, it } from 'vitest'
import { countReceipt, faultsOf, findEvents, markerOf, openLedger } from '../../../bench/load/events.ts'
import { deliveryText, frameText } from '../../../bench/sample.ts'

function idsIn(text: string): number[] {
  const ids: number[] = []
  const buffer = Buffer.from(text)
  findEvents(buffer, 0, buffer.length, (id) => ids.push(id))
  return ids
}

describe('findEvents', () => {
  it('finds each event of a frame once, in order', () => {
    expect(idsIn(`[${frameText(7, 0)},${frameText(8, 0)}]`)).toEqual([7, 8])
  })

  it('finds nothing outside of the frame it was given', () => {
    const buffer = Buffer.from(`${markerOf(1)} ${markerOf(2)}`)
    const ids: number[] = []
    findEvents(buffer, 0, markerOf(1).length, (id) => ids.push(id))
    expect(ids).toEqual([1])
  })

  it('finds every message of a delivery', () => {
    expect(idsIn(deliveryText(100, 50, { at: 0 }))).toEqual(Array.from({ length: 50 }, (_, at) => 100 + at))
  })
})

describe('the ledger', () => {
  it('calls an event complete when its last socket has it, and no sooner', () => {
    const ledger = openLedger(10, 1, 3)
    expect([1, 2, 3].map((now) => countReceipt(ledger, 10, now))).toEqual([false, false, true])
    expect([ledger.firstAt[0], ledger.lastAt[0], ledger.deliveries]).toEqual([1, 3, 3])
  })

  it('does not count events of other runs', () => {
    const ledger = openLedger(10, 2, 1)
    expect([9, 12].map((id) => countReceipt(ledger, id, 1))).toEqual([false, false])
    expect(ledger.deliveries).toBe(0)
  })

  it('tells what is missing and what came twice', () => {
    const ledger = openLedger(0, 2, 2)
    for (const id of [0, 0, 0, 1]) countReceipt(ledger, id, 1)
    expect(faultsOf(ledger)).toEqual({ missing: 1, repeated: 1 })
  })
})
