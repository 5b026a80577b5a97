import { describe, expect, it } from 'vitest'
import { cleanText, clip, initialsOf, oneLine, toneOf } from '../../../src/ui/text/clean.ts'

describe('oneLine', () => {
  it('takes out what could make a file name read as another one', () => {
    expect(oneLine('invoice\u202Efdp.exe')).toBe('invoicefdp.exe')
  })
  it('puts several lines, tabs and control characters on one', () => {
    expect(oneLine('  Olena\n\tKovalenko\u0000\u0007 ')).toBe('Olena Kovalenko')
  })
  it('cuts a very long line without reading all of it', () => {
    expect(oneLine('x'.repeat(2_000_000), 20)).toBe(`${'x'.repeat(20)}…`)
  })
})

describe('cleanText', () => {
  it('drops overrides and keeps the isolates that right-to-left text needs', () => {
    expect(cleanText('a\u202Eb\u2067ש\u2069')).toBe('ab\u2067ש\u2069')
  })
})

describe('clip', () => {
  it('never leaves half an emoji', () => {
    expect(clip('ab🚀cd', 3)).toBe('ab…')
  })
  it('leaves a short text alone', () => {
    expect(clip('short', 5)).toBe('short')
  })
})

describe('initialsOf', () => {
  it.each([
    ['Олена Коваленко', 'ОК'],
    ['Anna Maria von Berg', 'AB'],
    ['наталія', 'Н'],
    ['Андрій 🚀 Мельник', 'АМ'],
    ['+380501234567', ''],
    ['🚀', ''],
    ['', ''],
  ])('of %j are %j', (name, initials) => {
    expect(initialsOf(name)).toBe(initials)
  })
})

describe('toneOf', () => {
  it('gives the same text the same colour, within the range', () => {
    expect(toneOf('abc', 8)).toBe(toneOf('abc', 8))
    for (const text of ['', 'a', '🚀', 'x'.repeat(1000)]) expect([0, 1, 2, 3, 4, 5, 6, 7]).toContain(toneOf(text, 8))
  })
})
