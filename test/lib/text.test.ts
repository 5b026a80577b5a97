import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { capCodePoints, cleanText } from '../../src/lib/text.ts'

describe('cleanText', () => {
  test('removes NUL and replaces lone surrogates', () => {
    expect(cleanText('a\0b\0')).toBe('ab')
    expect(cleanText('\ud83c x \udf93 🎓')).toBe('\ufffd x \ufffd 🎓')
  })

  test('leaves every other character as it is', () => {
    const text = '\ufeffשלום\u202e\u200b e\u0301 \t\n👩‍🎓'
    expect(cleanText(text)).toBe(text)
  })

  test('gives text that survives UTF-8, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, max) => {
        const cleaned = cleanText(text, max)
        expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(cleaned))).toBe(cleaned)
        expect(cleaned).not.toContain('\0')
        expect([...cleaned].length).toBeLessThanOrEqual(max)
        expect(cleanText(cleaned, max)).toBe(cleaned)
      }),
    )
  })
})

describe('capCodePoints', () => {
  test.each([
    ['abc', 5, 'abc'],
    ['abc', 3, 'abc'],
    ['abc', 2, 'ab'],
    ['🎓🎓🎓', 2, '🎓🎓'],
    ['a🎓b', 2, 'a🎓'],
    ['abc', 0, ''],
  ])('cuts %s to %d', (text, max, expected) => {
    expect(capCodePoints(text, max)).toBe(expected)
  })
})
