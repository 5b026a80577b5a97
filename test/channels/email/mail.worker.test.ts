import { describe, expect, test } from 'vitest'
import { visibleText } from '../../../src/channels/email/answer-text.ts'
import { type MailLimits, mailLimits } from '../../../src/channels/email/mail.ts'
import { parseMail } from '../../../src/channels/email/parse-mail.ts'
import { makeReplyToken, verifyReplyToken } from '../../../src/channels/email/reply-token.ts'
import { sanitizeMailHtml } from '../../../src/channels/email/sanitize-html.ts'

// The rules are tested in Node. Here: that the runtime they are for decodes, hashes and parses as Node does.

const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
const parse = (text: string, limits: Partial<MailLimits> = {}) => parseMail(bytesOf(text), { ...mailLimits, ...limits })

describe('mail in workerd', () => {
  test.each([
    ['windows-1251', '\xcf\xf0\xe8\xe2\xb3\xf2', 'Привіт'],
    ['koi8-u', '\xf0\xd2\xc9\xd7\xa6\xd4', 'Привіт'],
    ['ibm866', '\x8f\xe0\xa8\xa2\xa5\xe2', 'Привет'],
    ['iso-8859-2', 'Za\xbf\xf3\xb3\xe6', 'Zażółć'],
    ['shift_jis', '\x82\xb1\x82\xf1', 'こん'],
    ['iso-2022-jp', '\x1b$B$3$s\x1b(B', 'こん'],
    ['gb18030', '\xc4\xe3\xba\xc3', '你好'],
    ['euc-kr', '\xbe\xc8\xb3\xe7', '안녕'],
    ['no-such-charset', 'caf\xe9', 'café'],
    ['us-ascii', '\xd0\x9f\xd1\x80\xd0\xb8', 'При'],
  ])('is read in %s', async (charset, bytes, text) => {
    const mail = await parse(`From: a@b.example\r\nContent-Type: text/plain; charset=${charset}\r\n\r\n${bytes}`)
    expect(mail).toMatchObject({ kind: 'parsed', text })
  })

  test('is taken apart with its files, and has the identity it has everywhere', async () => {
    const mail = await parse(
      'From: =?koi8-u?B?79TFzsE=?= <a@b.example>\r\nSubject: Re: x\r\nMessage-ID: <one@b.example>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0200\r\n' +
        'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYes.\r\n\r\nOn Jan 4, 2026, at 10:00, Office wrote:\r\n> Shall we?\r\n' +
        '--b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n--b--\r\n',
    )
    if (mail.kind !== 'parsed') throw new Error(mail.reason)
    expect(visibleText(mail.text, mail.subject)).toBe('Yes.')
    expect(new TextDecoder().decode(mail.attachments[0]?.bytes)).toBe('Hello')
    expect(mail.fingerprint).toBe('3be62844-fda8-8e0b-b16d-5280eb837e13')
  })

  test('over a limit is told apart by its bytes', async () => {
    const [first, second, other] = await Promise.all(
      ['x', 'x', 'y'].map((end) => parse(`From: a@b.example\r\n\r\n${'x'.repeat(500)}${end}`, { bytes: 100 })),
    )
    expect(first).toMatchObject({ kind: 'oversized', reason: 'size', from: { address: 'a@b.example' } })
    expect(second?.fingerprint).toBe(first?.fingerprint)
    expect(other?.fingerprint).not.toBe(first?.fingerprint)
  })

  test('of 25 MB and 20,000 parts is handled', async () => {
    const large = await parse(
      `Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${`${'A'.repeat(76)}\r\n`.repeat(330_000)}`,
    )
    expect(large).toMatchObject({ kind: 'parsed', attachments: [{ mimeType: 'application/pdf' }] })
    const parts = await parse(
      `From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nhi\r\n'.repeat(20_000)}--b--\r\n`,
    )
    expect(parts).toMatchObject({ kind: 'oversized', reason: 'parts' })
  })

  test('loses what is dangerous in its HTML', () => {
    const html =
      '<style>p{}</style><p onclick="a">Hello <svg onload=b><img src="https://a.example/b.png" onerror=c></p>'
    expect(sanitizeMailHtml(html, [])).toEqual({
      ...{ html: '<p>Hello <img data-blocked-src="https://a.example/b.png" alt="" /></p>', blockedImages: 1 },
      ...{ inlineIds: [], isText: false },
    })
  })

  test('comes back to its conversation by its token', async () => {
    const owner = { channelId: crypto.randomUUID(), conversationId: crypto.randomUUID() }
    const token = await makeReplyToken('secret', owner)
    expect(await verifyReplyToken(['secret'], owner.channelId, token)).toBe(owner.conversationId)
    expect(await verifyReplyToken(['other'], owner.channelId, token)).toBeNull()
  })
})
