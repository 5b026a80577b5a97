import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { addrSpec, splitPlusAddress } from '../../src/lib/addr-spec.ts'
import {
  address,
  displayName,
  encodeHeader,
  headerValue,
  messageIdHeader,
  referencesHeader,
  subjectValue,
} from '../../src/lib/mail-headers.ts'

const breaks = ['\r', '\n', '\r\n', '\0', '\u0085', '\u2028', '\u2029', '\v', '\f', '\x1b', '\x7f', '\t']

describe('an address', () => {
  test.each([
    'olena@customer.example',
    'o@c.ex',
    "o.l+tag_1-x!#$%&'*/=?^`{|}~@sub.customer.example",
    `${'a'.repeat(64)}@customer.example`,
    '1@xn--80ak6aa92e.com',
  ])('may be %s', (text) => {
    expect(address(text)).toBe(text)
  })

  test('has no case in its domain', () => {
    expect(address('Olena@Customer.EXAMPLE')).toBe('Olena@customer.example')
  })

  test.each([
    ...[
      '',
      ' ',
      '@',
      'a',
      'a@',
      '@b.example',
      'a@b',
      'a@b.',
      'a@.b.example',
      'a@b..example',
      'a@-b.example',
      'a@b-.example',
    ],
    ...[
      'a@b.123',
      'a@127.0.0.1',
      'a@[127.0.0.1]',
      'a@[IPv6:::1]',
      'a@b_c.example',
      'a@b.example.',
      `a@${'b'.repeat(64)}.example`,
    ],
    ...[
      '.a@b.example',
      'a.@b.example',
      'a..b@c.example',
      `${'a'.repeat(65)}@b.example`,
      `a@${'b.'.repeat(130)}example`,
    ],
    ...[
      '"a b"@c.example',
      '"a@x b"@c.example',
      '"a\\"@evil.example,"@c.example',
      'a(comment)@b.example',
      '(x)a@b.example',
      'a@b.example(x)',
    ],
    ...[
      'Olena <a@b.example>',
      '<a@b.example>',
      'a@b.example, c@d.example',
      'a@b.example;c@d.example',
      'Team: a@b.example;',
      'a@b@c.example',
    ],
    ...[
      'a @b.example',
      'a@ b.example',
      ' a@b.example',
      'a@b.example ',
      'a\u00a0@b.example',
      'аdmin@b.example',
      'a@bücher.example',
      'ä@b.example',
    ],
    ...[
      'a@b.example\r\nBcc: c@d.example',
      'a\n@b.example',
      'a@b.example\0',
      'a\0b@c.example',
      'a@b.exa\u200bmple',
      'mailto:a@b.example',
      'a%0a@b.example\n',
    ],
    ...[
      '=?utf-8?q?a?=@b.example ',
      'a@b.example?cc=c@d.example',
      'a@b.example#x',
      'a:b@c.example',
      'a\\@b.example',
      'a,b@c.example',
      '[a]@b.example',
    ],
  ])('is never %j', (text) => {
    expect(address(text)).toBeNull()
  })

  test('that passes has one @, no blank and nothing that a header could break at', () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary' }), fc.string()), (text) => {
        const passed = addrSpec(text)
        if (passed !== null) expect(passed).toMatch(/^[!-~]{1,64}@[a-z0-9.-]{4,250}$/)
      }),
    )
  })

  test.each([
    ['a+b@c.example', { local: 'a', detail: 'b', domain: 'c.example' }],
    ['a+b+c@D.example', { local: 'a', detail: 'b+c', domain: 'd.example' }],
    ['a@c.example', { local: 'a', detail: null, domain: 'c.example' }],
    ['+b@c.example', { local: '+b', detail: null, domain: 'c.example' }],
    ['a+@c.example', { local: 'a', detail: '', domain: 'c.example' }],
    ['c.example', null],
  ])('%s is taken apart', (text, parts) => {
    expect(splitPlusAddress(text)).toEqual(parts)
  })
})

describe('a value', () => {
  test('of ordinary text passes', () => {
    expect(headerValue(' Ціна: 100 € ')).toBe('Ціна: 100 €')
    expect(subjectValue('Re: Ціна')).toBe('Re: Ціна')
  })

  test.each(breaks)('with %j in it does not', (character) => {
    expect(headerValue(`a${character}Bcc: b@c.example`)).toBeNull()
    expect(subjectValue(`a${character}`)).toBeNull()
    expect(messageIdHeader(`<a@b${character}c.example>`)).toBeNull()
    expect(encodeHeader('Subject', `a${character}b`)).toBeNull()
    expect(encodeHeader(`X${character}Y`, 'a')).toBeNull()
    expect(displayName(`a${character}b`)).toBe('a b')
  })

  test('that is too long or no text does not either', () => {
    expect(headerValue('a'.repeat(2048))).not.toBeNull()
    expect(headerValue('a'.repeat(2049))).toBeNull()
    expect(headerValue('я'.repeat(1025))).toBeNull()
    expect(headerValue('\ud800')).toBeNull()
    expect(subjectValue('a'.repeat(999))).toBeNull()
  })

  test('that is a name holds no address and no list', () => {
    expect(displayName('Boss" <boss@corp.example>, x')).toBe('Boss boss corp.example x')
    expect(displayName('Олена Ш.')).toBe('Олена Ш.')
  })
})

describe('message ids', () => {
  test('are written in brackets', () => {
    expect(messageIdHeader('a@b.example')).toBe('<a@b.example>')
    expect(messageIdHeader('<a@b.example>')).toBe('<a@b.example>')
  })

  test.each(['', 'a', '@', 'a@', '@b', 'a@b@c', 'ä@b.example', 'a"b@c.example', 'a(b)@c.example', 'a,b@c.example'])(
    'are never %j',
    (id) => {
      expect(messageIdHeader(id)).toBeNull()
    },
  )

  test('of a thread are its first and the latest that there is room for', () => {
    const ids = Array.from({ length: 300 }, (_, at) => `message-${at}@customer.example`)
    const header = referencesHeader(ids) ?? ''
    const kept = header.split(' ')
    expect(header.length).toBeLessThanOrEqual(2048)
    expect(kept.length).toBeLessThanOrEqual(100)
    expect(kept[0]).toBe('<message-0@customer.example>')
    expect(kept.at(-1)).toBe('<message-299@customer.example>')
    expect(kept.slice(1)).toEqual(ids.slice(-(kept.length - 1)).map((id) => `<${id}>`))
  })

  test('of a thread are at most a hundred, however short', () => {
    const ids = Array.from({ length: 300 }, (_, at) => `${at}@b.c`)
    expect(referencesHeader(ids)?.split(' ')).toHaveLength(100)
  })

  test('of a thread are left out where they could not stand in a header', () => {
    expect(referencesHeader(['a@b.example', 'c\r\nBcc: d@e.example', 'a@b.example', 'f g@h.example'])).toBe(
      '<a@b.example> <fg@h.example>',
    )
    expect(referencesHeader(['x'])).toBeNull()
    expect(referencesHeader([])).toBeNull()
  })
})

describe('an encoded header', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('=?utf-8?q?Bcc:_x?=', 'a: b', '=?', ' ', 'я'.repeat(300), 'a'.repeat(1500), 'x\r\nBcc: y'),
  )

  test('is read back as exactly what went in, and as nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const header = encodeHeader('Subject', value)
        fc.pre(header !== null)
        const mail = await PostalMime.parse(`${header}From: a@b.example\r\n\r\nx`)
        expect(mail.headers.map(({ key }) => key)).toEqual(['subject', 'from'])
        expect(mail.subject ?? '').toBe(value.trim())
      }),
      { numRuns: 400 },
    )
  })

  test('has lines that mail allows, of ASCII alone', () => {
    fc.assert(
      fc.property(text, (value) => {
        const header = encodeHeader('X-Test', value)
        fc.pre(header !== null)
        expect(header).toMatch(/^(?:[\x20-\x7e]{0,998}\r\n)+$/)
        expect(header).not.toMatch(/\r\n(?! |$)/)
      }),
    )
  })
})
