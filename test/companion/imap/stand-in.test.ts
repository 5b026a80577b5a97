import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { standInFor, type StandInMail } from '../../../companion/imap/stand-in.ts'

const big: StandInMail = {
  reason: 'too_large',
  header: Buffer.from(
    [
      'From: olena@customer.example',
      'Subject: =?utf-8?B?0J/Qu9Cw0L0=?=',
      'Message-ID: <big@x.example>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed;',
      '\tboundary="outer"',
      'Authentication-Results: mx.example; dkim=pass',
      '',
      '',
    ].join('\r\n'),
  ),
  text: {
    header: Buffer.from('Content-Type: text/plain; charset=koi8-u\r\n\r\n'),
    body: Buffer.from([0xf0, 0xcc, 0xc1, 0xce]),
  },
  files: [{ filename: 'plan.pdf', bytes: 31_457_280 }],
  bytes: 43_000_000,
  receivedAt: null,
}

describe('a mail that stands in for another', () => {
  test('keeps its header but for what described its body, its text as it was, and says what is missing', async () => {
    const parsed = await PostalMime.parse(standInFor(big))
    expect(parsed).toMatchObject({
      subject: 'План',
      messageId: '<big@x.example>',
      from: { address: 'olena@customer.example' },
    })
    expect(parsed.headers.map(({ key }) => key)).toContain('authentication-results')
    expect(parsed.headers.filter(({ key }) => key === 'content-type')).toHaveLength(1)
    expect(parsed.text).toContain(
      '[This mail (41.0 MB) is too large to be shown here. It is in the mailbox itself, whole.]',
    )
    expect(parsed.text).toContain('[File: plan.pdf, 30.0 MB]')
    expect(parsed.text).toContain('План')
  })

  test('is the same each time, so that it is known again', () => {
    expect(standInFor(big)).toEqual(standInFor(big))
  })

  test('no name of a file becomes a part or a header of it', async () => {
    const filename = 'a\r\n--=_stand-in_of_edge-inbox--\r\nBcc: x@y.example'
    const parsed = await PostalMime.parse(standInFor({ ...big, files: [{ filename, bytes: 1 }] }))
    expect(parsed.bcc).toBeUndefined()
    expect(parsed.text).toContain('План')
  })

  test('is a mail even where nothing is known', async () => {
    const receivedAt = new Date('2026-11-23T08:00:00Z')
    const raw = standInFor({
      ...big,
      reason: 'withheld',
      header: new Uint8Array(),
      text: null,
      files: [],
      bytes: 0,
      receivedAt,
    })
    const parsed = await PostalMime.parse(raw)
    expect(parsed).toMatchObject({ subject: 'A mail that could not be fetched', date: '2026-11-23T08:00:00.000Z' })
    expect(parsed.text).toContain('not even its header')
  })
})
