import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sanitizeMailHtml } from '../../../src/channels/email/sanitize-html.ts'
import { hostileHtml } from './hostile-html.ts'
import { openLinks, problemsOf } from './html-judge.ts'

const clean = (html: string, contentIds: string[] = []) => sanitizeMailHtml(html, contentIds)

function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

describe('hostile HTML', () => {
  test('comes in more than sixty forms, each once', () => {
    expect(hostileHtml.length).toBeGreaterThanOrEqual(60)
    expect(new Set(hostileHtml.map(({ name }) => name)).size).toBe(hostileHtml.length)
  })

  test.each([...hostileHtml])('$name comes out harmless', ({ html }) => {
    const { html: once } = clean(html)
    expect(problemsOf(once)).toEqual([])
    expect(openLinks(once)).toEqual([])
    expect(clean(once).html).toBe(once)
  })

  test.each([...hostileHtml])('$name stays harmless inside a mail that is not', ({ html }) => {
    const { html: once } = clean(`<html><body><div><p>Hello ${html} world</p></div></body></html>`)
    expect(problemsOf(once)).toEqual([])
    expect(clean(once).html).toBe(once)
  })

  test('and two of them together as well, whole or cut off anywhere', () => {
    const one = fc.constantFrom(...hostileHtml.map(({ html }) => html))
    fc.assert(
      fc.property(one, one, fc.nat(400), (first, second, cut) => {
        const { html } = clean(first.slice(0, cut) + second)
        expect(problemsOf(html)).toEqual([])
        expect(clean(html).html).toBe(html)
      }),
      { numRuns: 500 },
    )
  })

  test('leaves no half of a character', () => {
    const { html } = clean('</cid:x 😀', [])
    expect(html.isWellFormed()).toBe(true)
  })

  test('nor does anything made of the pieces of HTML get through', () => {
    const pieces = [
      '<',
      '>',
      '</',
      '/>',
      '"',
      "'",
      '=',
      ' ',
      '\n',
      '\0',
      '&',
      '&#',
      ';',
      '<!--',
      '-->',
      '<a href=',
      'cid:x',
      '&lt;',
    ]
      .concat([
        'javascript:',
        'https://a.example/',
        '<img src=',
        '<svg',
        '<math',
        '<style>',
        '<p title="',
        'onerror=',
        '<table>',
        '\ud800',
        ' constructor=x',
        ' __proto__=x',
      ])
      .concat([
        '<noscript>',
        '</noscript>',
        '<textarea>',
        '<td',
        '<b>',
        '</b>',
        '<blockquote>',
        '<br',
        '<title>',
        '<xmp>',
        'é',
        '😀',
      ])
    const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
        const { html, blockedImages, inlineIds } = clean(parts.join(''), ['x'])
        expect(problemsOf(html)).toEqual([])
        expect(html.isWellFormed()).toBe(true)
        const again = clean(html, ['x'])
        expect(again).toEqual({ html, blockedImages, inlineIds, isText: false })
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the judge', () => {
  test.each([
    ['<script>', 'tag script'],
    ['<p onclick="a">', 'attribute onclick'],
    ['<a href="javascript:a">', 'href javascript:a'],
    ['<img src="https://a.example/b.png" />', 'src https://a.example/b.png'],
    ['<p style="a">', 'attribute style'],
    ['<img data-blocked-src="https://127.0.0.1/a" />', 'blocked https://127.0.0.1/a'],
    ['<td width="99999">', 'size 99999'],
    ['a < b', 'unreadable at 2: < b'],
    ["<p title='a'>", `unreadable at 0: <p title='a'>`],
    ['<!-- a -->', 'unreadable at 0: <!-- a -->'],
  ])('finds what is wrong with %s', (html, problem) => {
    expect(problemsOf(html)).toEqual([problem])
  })

  test('finds a link that leaves the way back open', () => {
    expect(openLinks('<p><a href="https://a.example/" target="_blank">a</a></p>')).toHaveLength(1)
  })
})

describe('ordinary mail', () => {
  test('keeps its text, its tables, its lists and its emphasis', () => {
    const html =
      '<table width="600" align="center"><tbody><tr><td colspan="2"><h1>Invoice</h1><p>Dear <b>Olena</b>,<br />thank you.</p>' +
      '<ul><li>One</li><li>Two</li></ul></td></tr></tbody></table>'
    expect(clean(html)).toEqual({ html, blockedImages: 0, inlineIds: [], isText: false })
  })

  test('loses styles, classes, ids and names, but none of its words', () => {
    expect(clean('<div class="x" id="y" style="color:red" name="z">Hello <o:p>there</o:p></div>').html).toBe(
      '<div>Hello there</div>',
    )
  })

  test('shows no title and no style sheet as text', () => {
    expect(clean('<head><title>T</title><style>p{}</style></head><body><p>Hello</p></body>').html).toBe('<p>Hello</p>')
  })

  test('opens its links elsewhere, without a way back', () => {
    expect(clean('<a href="https://a.example/?x=1&amp;y=2" target="_top">a</a>').html).toBe(
      '<a href="https://a.example/?x=1&amp;y=2" target="_blank" rel="noopener noreferrer nofollow">a</a>',
    )
    expect(clean('<a href="mailto:a@b.example">a</a>').html).toContain('href="mailto:a@b.example"')
    expect(clean('<a href="/path">a</a>').html).toBe('<a>a</a>')
  })
})

describe('pictures', () => {
  test('of other servers are counted, and their address is kept where it may be fetched when somebody asks', () => {
    const { html, blockedImages } = clean('<img src="https://cdn.example.com/a.png" alt="A" width="300">')
    expect(blockedImages).toBe(1)
    expect(html).toBe('<img data-blocked-src="https://cdn.example.com/a.png" alt="A" width="300" />')
  })

  test.each([
    'http://cdn.example.com/a.png',
    '//cdn.example.com/a.png',
    'https://127.0.0.1/a.png',
    'https://[::1]/a.png',
    'https://localhost/a.png',
    'https://printer.local/a.png',
    'https://intranet/a.png',
    'https://db.internal/a.png',
    'https://cdn.example.com:8443/a.png',
    'https://bank.example@evil.example/a.png',
    'https://2130706433/a.png',
    'https://0x7f.1/a.png',
    'data:image/png;base64,AAAA',
    'file:///etc/passwd',
    '/a.png',
    `https://cdn.example.com/${'a'.repeat(2100)}.png`,
  ])('stay blocked for good at %s', (src) => {
    const { html, blockedImages } = clean(`<img src="${src}">`)
    expect(blockedImages).toBe(1)
    expect(html).toBe('<img data-blocked-src alt="" />')
  })

  test('of this machine may be shown where somebody develops on it, and nowhere else', () => {
    const own = ['http://localhost:8787/a.png', 'http://127.0.0.1/a.png']
    const others = [
      'http://localhost.evil.example/a.png',
      'http://localhost:80@evil.example/a',
      'http://10.0.0.1/a.png',
    ]
    const pictures = [...own, ...others].map((src) => `<img src="${src}">`).join('')
    expect(clean(pictures).html).not.toContain('http')
    const { html } = sanitizeMailHtml(pictures, [], { isLocal: true })
    expect([...html.matchAll(/data-blocked-src="([^"]+)"/g)].map(([, src]) => src)).toEqual(own)
  })

  test('of one pixel are there to count readers, and are never fetched', () => {
    expect(clean('<img src="https://cdn.example.com/a.png" width="1" height="1">').html).not.toContain('https:')
  })

  test('of the mail itself are shown by their content id, others are not', () => {
    const { html, inlineIds, blockedImages } = clean(
      '<img src="cid:logo%40a.example" alt="Logo"><img src="cid:other" alt="Other"><img src="CID:second">',
      ['logo@a.example', 'second'],
    )
    expect(html).toBe('<img src="cid:logo%40a.example" alt="Logo" /><img alt="Other" /><img src="cid:second" alt="" />')
    expect(inlineIds).toEqual(['logo@a.example', 'second'])
    expect(blockedImages).toBe(0)
  })
})

describe('HTML beyond measure', () => {
  const size = 512 * 1024
  const fill = (piece: string) => piece.repeat(Math.floor(size / piece.length))

  test('is shown as text where it is too long', () => {
    const { html, isText } = clean(`<p>Hello</p>${fill('<p>x</p>')} `)
    expect(isText).toBe(true)
    expect(html.startsWith('<div>Hello<br />')).toBe(true)
    expect(problemsOf(html)).toEqual([])
    expect(clean(html).html).toBe(html)
  })

  test('keeps its words where tags stand deeper than a hundred inside one another', () => {
    const { html, isText } = clean(`${'<div>'.repeat(200)}Hello${'</div>'.repeat(200)}`)
    expect(isText).toBe(false)
    expect(html).toContain('Hello')
    expect(html.match(/<div>/g)).toHaveLength(100)
  })

  test('is shown as text where they stand twenty thousand deep', () => {
    const { html, isText } = clean(`${'<b>'.repeat(20_000)}Hello`)
    expect({ html, isText }).toEqual({ html: '<div>Hello</div>', isText: true })
  })

  const pieces = [
    '<',
    '&',
    '<b>',
    '<div>',
    '<a href="',
    '<p>x',
    '<b></i>',
    '<table><tr><td>',
    '<svg>',
    '<!--',
    '<p><b>',
  ].concat([
    '<iframe>',
    '<noscript><p>',
    '&lt;',
    '<img src=x>',
    '<blockquote>',
    '<a title="&quot;">',
    '<li>',
    '</p>',
    '<o:p>',
  ])

  test.each(pieces)('costs little, made of nothing but %s', (piece) => {
    const html = fill(piece)
    let result = clean('')
    const ms = cpuMs(() => (result = clean(html)))
    expect(problemsOf(result.html)).toEqual([])
    expect(result.html.length).toBeLessThanOrEqual(2 * size)
    // 250 ms on a machine that has nothing else to do; the parsers' own worst cases take minutes.
    expect(ms).toBeLessThan(2500)
  })
})
