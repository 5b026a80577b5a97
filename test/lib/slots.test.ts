import { describe, expect, it } from 'vitest'
import { createSlots } from '../../src/lib/slots.ts'

/** Work that ends when it is told to. */
function heldWork() {
  const started: number[] = []
  const ends: PromiseWithResolvers<number>[] = []
  const begin = (at: number) => {
    const end = Promise.withResolvers<number>()
    ends[at] = end
    return () => {
      started.push(at)
      return end.promise
    }
  }
  const settle = () => new Promise((resolve) => setTimeout(resolve))
  return { started, ends, begin, settle }
}

describe('slots', () => {
  it('are as many as there are, and given in the order of asking', async () => {
    const { started, ends, begin, settle } = heldWork()
    const inSlot = createSlots(2)
    const results = [0, 1, 2, 3].map((at) => inSlot(begin(at)))
    await settle()
    expect(started).toEqual([0, 1])
    ends[1]?.resolve(1)
    await settle()
    expect(started).toEqual([0, 1, 2])
    ends[0]?.resolve(0)
    ends[2]?.resolve(2)
    await settle()
    ends[3]?.resolve(3)
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3])
  })

  it('are free again when the work has failed', async () => {
    const inSlot = createSlots(1)
    await expect(inSlot(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await inSlot(() => Promise.resolve(5))).toBe(5)
  })

  it('are never more than there are, whoever comes while one is handed on', async () => {
    const inSlot = createSlots(1)
    let running = 0
    let most = 0
    const work = async () => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
    }
    const first = inSlot(work).then(() => inSlot(work))
    await Promise.all([first, inSlot(work), inSlot(work)])
    expect(most).toBe(1)
  })
})
