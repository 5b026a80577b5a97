import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText } from '../../../src/ui/text/clean.ts'
import { linkify } from '../../../src/ui/text/linkify.ts'

const links = (text: string) => linkify(text).filter((part) => part.kind === 'link')
const shown = (text: string) =>
  linkify(text)
    .map((part) => part.text)
    .join('')

describe('linkify', () => {
  it('finds http and https addresses in the middle of a text', () => {
    expect(linkify('see https://example.com/a?b=1#c and http://example.org now')).toEqual([
      { kind: 'text', text: 'see ' },
      { kind: 'link', href: 'https://example.com/a?b=1#c', text: 'https://example.com/a?b=1#c' },
      { kind: 'text', text: ' and ' },
      { kind: 'link', href: 'http://example.org/', text: 'http://example.org' },
      { kind: 'text', text: ' now' },
    ])
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'https://',
    'https://[not-an-ip]/',
    'https://bank.example@evil.example/',
    'https://user:secret@evil.example/',
  ])('makes no link of %j', (text) => {
    expect(links(text)).toEqual([])
    expect(shown(text)).toBe(text)
  })

  it('shows a foreign host in punycode, and leaves the path as written', () => {
    expect(links('https://аррӏе.com/шлях')).toEqual([
      {
        kind: 'link',
        href: 'https://xn--80ak6aa92e.com/%D1%88%D0%BB%D1%8F%D1%85',
        text: 'https://xn--80ak6aa92e.com/шлях',
      },
    ])
  })

  it('shows the host that a backslash really leads to', () => {
    const [link] = links('https://evil.example\\@bank.example/')
    expect(link?.href).toMatch(/^https:\/\/evil\.example\//)
    expect(link?.text).toMatch(/^https:\/\/evil\.example\\/)
  })

  it('ends a link where an invisible character begins', () => {
    expect(links('https://example.com/\u200Bhidden')[0]?.href).toBe('https://example.com/')
  })

  it('lets no override reorder what is shown', () => {
    expect(shown('https://example.com/\u202Egpj.exe')).toBe('https://example.com/gpj.exe')
  })

  it.each([
    ['(https://example.com/a)', 'https://example.com/a'],
    ['https://en.wikipedia.org/wiki/Kyiv_(disambiguation)', 'https://en.wikipedia.org/wiki/Kyiv_(disambiguation)'],
    ['Look: https://example.com/a, or not.', 'https://example.com/a'],
    ['https://example.com/a?!…', 'https://example.com/a'],
    ['«https://example.com/a»', 'https://example.com/a'],
  ])('leaves the punctuation around the address in %j outside', (text, href) => {
    expect(links(text).map((part) => part.href)).toEqual([href])
    expect(shown(text)).toBe(text)
  })

  it('makes no link of an address of 100 KB, and is quick about it', () => {
    const started = performance.now()
    const text = `https://example.com/${')'.repeat(100_000)} ${'https://'.repeat(12_000)} ${'h'.repeat(100_000)}`
    expect(shown(text)).toBe(text)
    expect(links(text)).toEqual([])
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('never loses or adds a character of a text without links, and every link is http or https', () => {
    const piece = fc.constantFrom(
      'https://',
      'http://',
      'a.example',
      'javascript:',
      '/',
      '@',
      ' ',
      '\u202E',
      '(',
      ')',
      '.',
      'ж',
      '<b>',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 6 })), { maxLength: 30 }), (pieces) => {
        const text = pieces.join('')
        for (const link of links(text)) expect(link.href).toMatch(/^https?:\/\/[^@/]+\//)
        const expected = links(text).length === 0 ? cleanText(text) : shown(text)
        expect(shown(text)).toBe(expected)
      }),
    )
  })
})
