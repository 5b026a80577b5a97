import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cutPage, decodeCursor, encodeCursor } from '../../src/http/cursor.ts'

const Form = z.tuple([z.number(), z.string()])

describe('a cursor', () => {
  it('gives back what it was made of, in letters that an address takes as they are', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string({ unit: 'binary' }), (at, id) => {
        const cursor = encodeCursor([at, id.toWellFormed()])
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(decodeCursor(cursor, Form)).toEqual([at, id.toWellFormed()])
      }),
    )
  })

  it('that was not made here is refused, whatever it is', () => {
    const made = (parts: (string | number)[]) => encodeCursor(parts)
    const foreign = [
      '',
      'x',
      '%',
      made([]),
      made(['a', 'b']),
      made([1]),
      made([1, 'a', 'b']),
      btoa('[1e999,"a"]'),
      btoa('{}'),
    ]
    for (const cursor of foreign) {
      expect(() => decodeCursor(cursor, Form)).toThrowError(
        expect.objectContaining({ code: 'cursor.invalid', status: 400 }),
      )
    }
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        expect(() => decodeCursor(cursor, Form)).toThrowError(expect.objectContaining({ code: 'cursor.invalid' }))
      }),
    )
  })

  it('is absent on the first page', () => {
    expect(decodeCursor(undefined, Form)).toBeNull()
  })
})

describe('a page', () => {
  it('ends with the row to go on from, if there are more', () => {
    expect(cutPage([1, 2, 3], 2)).toEqual({ page: [1, 2], last: 2 })
    expect(cutPage([1, 2], 2)).toEqual({ page: [1, 2], last: null })
    expect(cutPage([], 2)).toEqual({ page: [], last: null })
  })
})
