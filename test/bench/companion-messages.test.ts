import { describe, expect, it } from 'vitest'
import { idIn, inChunks, messagesOf, textOf } from '../../bench/companion-messages.ts'

describe('messagesOf', () => {
  const cast = { accounts: [1, 2], customers: [11, 12, 13] }

  it('lets each customer write to each account before anybody writes again', () => {
    const pairs = messagesOf(cast, 100, 6).map(({ from, to }) => `${from}>${to}`)
    expect(new Set(pairs).size).toBe(6)
    expect(messagesOf(cast, 100, 7).at(-1)).toMatchObject({ from: 11, to: 1 })
  })

  it('numbers them on from the first', () => {
    expect(messagesOf(cast, 100, 3).map(({ text }) => idIn(text ?? ''))).toEqual([100, 101, 102])
  })
})

describe('idIn', () => {
  it('finds the number again, and none in what others wrote', () => {
    expect(idIn(textOf(4711))).toBe(4711)
    expect(idIn('order #12 please')).toBeNull()
  })
})

describe('inChunks', () => {
  it('keeps order, and the rest of the division', () => {
    expect(inChunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
    expect(inChunks([], 2)).toEqual([])
  })
})
