import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classify } from '../../../src/channels/email/automation.ts'
import { visibleText } from '../../../src/channels/email/answer-text.ts'
import { mailLimits } from '../../../src/channels/email/mail.ts'
import { parseMail } from '../../../src/channels/email/parse-mail.ts'
import { cpuMs, mailText, multipart, parse, parsed, rawMail } from './builders.ts'

const megabytes25 = 25 * 1024 * 1024
const sources = resolve(import.meta.dirname, '../../../src/channels/email')
const mixed = { 'Content-Type': 'multipart/mixed; boundary=b' }

/** A mail of about `size` bytes that repeats something. */
const repeated = (piece: string, size: number, headers = {}) =>
  new TextEncoder().encode(mailText(piece.repeat(Math.floor(size / piece.length)), headers))

describe('a mail over a limit', () => {
  const levels = Array.from({ length: 300 }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`)

  test.each([
    ['size', mailText('x'.repeat(5000)), { bytes: 4000 }],
    ['headers', mailText('x', { 'X-Long': 'y'.repeat(70_000) }), {}],
    [
      'headers',
      mailText(
        multipart(
          'b',
          Array.from({ length: 90 }, () => `X-Long: ${'y'.repeat(1000)}\n\nx`),
        ),
        mixed,
      ),
      {},
    ],
    ['depth', mailText('', { 'Content-Type': `multipart/mixed; boundary=a\n\n--a\n${levels.join('')}x` }), {}],
    [
      'parts',
      mailText(
        multipart(
          'b',
          Array.from({ length: 20_000 }, () => '\nhi'),
        ),
        mixed,
      ),
      {},
    ],
    ['text', mailText('x'.repeat(3_000_000)), {}],
    [
      'text',
      mailText(
        multipart(
          'b',
          Array.from({ length: 50 }, () => `\n${'x'.repeat(60_000)}`),
        ),
        mixed,
      ),
      {},
    ],
  ] as const)('of %s is still shown by its header', async (reason, raw, limits) => {
    expect(await parse(raw, limits)).toMatchObject({
      kind: 'oversized',
      reason,
      from: { name: 'Olena', address: 'olena@customer.example' },
      to: [{ name: '', address: 'office@bureau.example' }],
      subject: 'Translation',
      messageId: 'one@customer.example',
      sentAt: Date.UTC(2026, 0, 5, 8),
    })
  })

  test('is one and the same when it comes again by another way', async () => {
    const body = 'x'.repeat(3_000_000)
    const first = await parse(mailText(body))
    const second = await parse(mailText(body, { Received: 'by another.example', 'X-Spam': 'no' }))
    const other = await parse(mailText(`${body}y`))
    expect(second.fingerprint).toBe(first.fingerprint)
    expect(other.fingerprint).not.toBe(first.fingerprint)
  })

  test('of nothing but a header has what comes first in it', async () => {
    const raw = rawMail(`Subject: First\nFrom: a@b.example\nX-Long: ${'y'.repeat(200_000)}`)
    expect(await parse(raw)).toMatchObject({
      kind: 'oversized',
      reason: 'headers',
      subject: 'First',
      from: { address: 'a@b.example' },
    })
  })

  test('just within every limit is taken apart', async () => {
    const parts = Array.from({ length: 99 }, (_, at) => `\npart ${at}`)
    const many = await parsed(mailText(multipart('b', parts), mixed))
    expect(many.text.split('\n')).toHaveLength(99)
    const deep = Array.from(
      { length: 31 },
      (_, at) => `--b${at}\nContent-Type: multipart/mixed; boundary=b${at + 1}\n\n`,
    )
    const nested = await parsed(
      mailText(`${deep.join('')}--b31\n\nHello`, { 'Content-Type': 'multipart/mixed; boundary=b0' }),
    )
    expect(nested.text).toBe('Hello')
    expect((await parsed(mailText('x'.repeat(2_097_152)))).text).toHaveLength(2_097_152)
  })
})

describe('a mail made to be expensive', () => {
  const attached = `${'A'.repeat(76)}\r\n`
  const mails: [string, Uint8Array][] = [
    ['25 MB of text', repeated('hello world, this is a line of text\r\n', megabytes25)],
    ['25 MB of one line', repeated('a', megabytes25)],
    ['25 MB of line breaks', repeated('\n', megabytes25)],
    [
      '25 MB in an attachment',
      repeated(attached, megabytes25, { 'Content-Type': 'application/pdf', 'Content-Transfer-Encoding': 'base64' }),
    ],
    [
      '25 MB of escapes',
      repeated('=41', megabytes25, { 'Content-Type': 'x/y', 'Content-Transfer-Encoding': 'quoted-printable' }),
    ],
    ['25 MB of what might be delimiters', repeated('--aaaa\n', megabytes25, mixed)],
    ['25 MB of header', rawMail('a: b\r\n'.repeat(4_000_000))],
    ['20,000 parts', repeated('--b\n\nhi\n', 160_000, mixed)],
    [
      '20,000 parts behind a boundary in pieces',
      repeated('--b\n\nhi\n', 160_000, { 'Content-Type': "multipart/mixed; boundary*0*=''b" }),
    ],
    [
      '300 levels',
      rawMail(
        Array.from({ length: 300 }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`).join(''),
      ),
    ],
    ['2 MB of unclosed tags beside a text', repeated('<a href="', 2_000_000, { 'Content-Type': 'text/html' })],
    ['2 MB of tags inside one another', repeated('<b>', 2_000_000, { 'Content-Type': 'text/html' })],
    ['2 MB of flowed lines', repeated('a \n', 2_000_000, { 'Content-Type': 'text/plain; format=flowed' })],
    ['2 MB of announced quotations', repeated('On 5 Jan 2026 at 10:00 a@b.example wrote:\n', 2_000_000)],
    ['2 MB of empty lines in a bounce', repeated('\n', 2_000_000, { 'X-Failed-Recipients': 'a@b.example' })],
    ['2 MB of quotation marks in a bounce', repeated('>\n', 2_000_000, { 'X-Failed-Recipients': 'a@b.example' })],
    ['64 KB of brackets for a sender', rawMail(`From: ${'('.repeat(60_000)}\n\nx`)],
    ['64 KB of groups for a sender', rawMail(`From: ${'a:'.repeat(30_000)}\n\nx`)],
    ['64 KB of encoded words for a subject', rawMail(`Subject: ${'=?utf-8?q?a?= '.repeat(4000)}\n\nx`)],
    ['64 KB of answers to answers for a subject', rawMail(`Subject: ${'Re: '.repeat(15_000)}\n\nx`)],
    ['64 KB of parameters', rawMail(`Content-Type: text/plain${';a*0*=b'.repeat(8000)}\n\nx`)],
    ['64 KB of comments in a date', rawMail(`Date: ${'('.repeat(60_000)}\n\nx`)],
  ]

  test.each(mails)('costs seconds at most, and is shown: %s', async (_, raw) => {
    let kind = ''
    const ms = await cpuMs(async () => {
      const mail = await parseMail(raw, mailLimits)
      classify(mail)
      kind = mail.kind
      if (mail.kind === 'parsed') visibleText(mail.text, mail.subject)
    })
    expect(['parsed', 'oversized']).toContain(kind)
    expect(ms).toBeLessThan(4000)
  })
})

describe('a mail of 25 MB', () => {
  // The most memory that a process of its own ever had, in KB.
  const peakOf = (work: string) => {
    const [limits, parser] = ['mail.ts', 'parse-mail.ts'].map((name) => resolve(sources, name))
    const script = `
      import { mailLimits } from ${JSON.stringify(limits)}
      import { parseMail } from ${JSON.stringify(parser)}
      const text = new TextEncoder()
      const header = text.encode('From: a@b.example\\nContent-Type: x/y\\nContent-Transfer-Encoding: ENCODING\\n\\n')
      const raw = new Uint8Array(${megabytes25}).fill(0x41)
      raw.set(header)
      ${work}
      process.stdout.write(String(process.resourceUsage().maxRSS))`
    return (encoding: string) =>
      Number(execFileSync(process.execPath, ['--input-type=module', '-e', script.replace('ENCODING', encoding)]))
  }

  test.each(['base64', '8bit'])('takes less memory than an isolate has, the mail itself included: %s', (encoding) => {
    const without = peakOf('')(encoding) - megabytes25 / 1024
    const peak = peakOf('if ((await parseMail(raw, mailLimits)).kind !== "parsed") throw new Error()')(encoding)
    expect((peak - without) / 1024).toBeLessThan(128)
  })
})

describe('whatever comes in', () => {
  const pieces = [
    '\r\n',
    '\n',
    '\r\n\r\n',
    '--b',
    '--b--',
    ': ',
    ';',
    '"',
    '(',
    ')',
    '<',
    '>',
    '@',
    '=',
    '=?utf-8?q?',
    '?=',
    '\0',
  ]
    .concat([
      'From: ',
      'Subject: ',
      'Date: ',
      'Message-ID: ',
      'References: ',
      'Content-Type: multipart/mixed; boundary=b',
    ])
    .concat([
      'Content-Type: text/html',
      'Content-Type: message/delivery-status',
      'Content-Transfer-Encoding: base64',
      'charset=utf-16',
      ' ',
    ])
    .concat([
      'Content-Disposition: attachment; filename=',
      "boundary*0*=utf-8''%62",
      'Action: failed',
      'Mon, 5 Jan 2026 10:00',
      '-- ',
      '> ',
    ])
  const part = fc.oneof(
    fc.constantFrom(...pieces),
    fc.string({ maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )

  test('never throws and always gives an id', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 60 }), async (parts) => {
        const mail = await parse(new TextEncoder().encode(parts.join('')))
        classify(mail)
        expect(mail.messageId).toMatch(/^[^\s<>]+$/)
        expect(mail.messageId.length + mail.fingerprint.length).toBeLessThan(500)
        expect(JSON.stringify([mail.subject, mail.from, mail.headers]).isWellFormed()).toBe(true)
        if (mail.kind === 'parsed') expect(mail.text.isWellFormed() && !mail.text.includes('\0')).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })

  test('as bytes of any kind neither', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect((await parse(bytes)).fingerprint).toHaveLength(36)
      }),
      { numRuns: 500 },
    )
  })

  test('no file name climbs, breaks a line or turns around', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (name) => {
        const header = `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name.toWellFormed())}`
        const mail = await parsed(mailText('x', { 'Content-Type': `x/y\n${header}` }))
        const [file] = mail.attachments
        // eslint-disable-next-line no-control-regex -- what must not be there
        expect(file?.filename).toMatch(/^[^\u0000-\u001f\u007f/\\\u202a-\u202e\u2066-\u2069]+$/)
        expect(file?.filename).not.toMatch(/^\.|\.$/)
      }),
    )
  })
})
