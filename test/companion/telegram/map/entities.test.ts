import type { tl } from '@mtcute/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readText } from '../../../../companion/telegram/entities.ts'

const bold = (offset: number, length: number): tl.TypeMessageEntity => ({ _: 'messageEntityBold', offset, length })

describe('readText', () => {
  it('counts as Telegram does, in UTF-16 units', () => {
    const { content, entities } = readText('👍 ok', [bold(3, 2)])
    expect(content.slice(entities[0]?.offset)).toBe('ok')
  })
  it('moves marks along when a NUL goes', () => {
    expect(readText('a\0bc', [bold(2, 2)])).toEqual({
      content: 'abc',
      entities: [{ type: 'bold', offset: 1, length: 2 }],
    })
  })
  it('lets no mark cut a character in two', () => {
    expect(readText('a👍b', [bold(2, 2)]).entities).toEqual([{ type: 'bold', offset: 1, length: 3 }])
  })
  it('leaves out marks of nothing', () => {
    expect(readText('ab', [bold(5, 2), bold(0, 0), bold(-1, 1), bold(Number.NaN, 1)]).entities).toEqual([])
    expect(readText(undefined)).toEqual({ content: '', entities: [] })
  })
  it('names every kind, and keeps what belongs to it', () => {
    const { entities } = readText('abcdef', [
      { _: 'messageEntityTextUrl', offset: 0, length: 1, url: 'https://a.example/' },
      { _: 'messageEntityPre', offset: 1, length: 1, language: 'ts' },
      { _: 'messageEntityMentionName', offset: 2, length: 1, userId: 7 },
      { _: 'messageEntityCustomEmoji', offset: 3, length: 1, documentId: 1 as never },
    ])
    expect(entities.map(({ offset, length, ...rest }) => ({ ...rest, at: `${offset}+${length}` }))).toEqual([
      { type: 'text_url', url: 'https://a.example/', at: '0+1' },
      { type: 'pre', language: 'ts', at: '1+1' },
      { type: 'mention_name', user_id: '7', at: '2+1' },
      { type: 'custom_emoji', at: '3+1' },
    ])
  })

  it('gives only marks that lie within the text and between characters, whatever it is given', () => {
    const piece = fc.constantFrom('a', '👍', '\0', '\ud83d', '\udc4d', 'й', '\n', '👩‍👩‍👧')
    const numeral = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constantFrom(2 ** 31, Number.NaN, 1.5))
    const mark = fc.record({ _: fc.constantFrom('messageEntityBold', 'x', ''), offset: numeral, length: numeral })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.oneof(mark, fc.constant(null))), (pieces, marks) => {
        const given = pieces.join('')
        const { content, entities } = readText(given, marks as never)
        expect(content.isWellFormed()).toBe(true)
        expect(content).not.toContain('\0')
        for (const { offset, length } of entities) {
          expect(length).toBeGreaterThan(0)
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(offset + length).toBeLessThanOrEqual(content.length)
          expect(content.slice(offset, offset + length).isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('keeps a mark on the very characters it was on', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '👍', '\0', 'b')), fc.nat(30), fc.nat(30), (pieces, from, length) => {
        const start = pieces.slice(0, from).join('').length
        const marked = pieces.slice(from, from + length).join('')
        const { content, entities } = readText(pieces.join(''), [bold(start, marked.length)])
        const kept = marked.replaceAll('\0', '')
        const [entity] = entities
        expect(entity === undefined ? '' : content.slice(entity.offset, entity.offset + entity.length)).toBe(kept)
      }),
    )
  })
})
