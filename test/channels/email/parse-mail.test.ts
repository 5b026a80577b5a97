import { describe, expect, test } from 'vitest'
import { mailText, multipart, parse, parsed, rawBytes } from './builders.ts'

const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)

describe('the head of a mail', () => {
  test('is read with its names, addresses and ids', async () => {
    const mail = await parsed(
      mailText('Hello', {
        From: '=?utf-8?B?0J7Qu9C10L3QsA==?= <Olena@Customer.EXAMPLE>',
        To: 'Office <office@bureau.example>, "Sales, Bureau" <sales@bureau.example>',
        Cc: 'Team: a@b.example, c@d.example;',
        'Reply-To': 'answers@customer.example',
        Subject: '=?windows-1251?Q?=CF=EE=EF=E8=F2?=',
        'In-Reply-To': '<two@bureau.example>',
        References: '<one@bureau.example>\n <two@bureau.example>',
      }),
    )
    expect(mail).toMatchObject({
      from: { name: 'Олена', address: 'Olena@customer.example' },
      to: [
        { name: 'Office', address: 'office@bureau.example' },
        { name: 'Sales, Bureau', address: 'sales@bureau.example' },
      ],
      cc: [
        { name: '', address: 'a@b.example' },
        { name: '', address: 'c@d.example' },
      ],
      replyTo: [{ name: '', address: 'answers@customer.example' }],
      subject: 'Попит',
      messageId: 'one@customer.example',
      hasOwnMessageId: true,
      inReplyTo: ['two@bureau.example'],
      references: ['one@bureau.example', 'two@bureau.example'],
      sentAt: Date.UTC(2026, 0, 5, 8),
      text: 'Hello',
      warnings: [],
    })
  })

  test.each([
    ['no brackets', 'one@customer.example', 'one@customer.example'],
    ['blanks of a folded line', '<one@\n customer.example>', 'one@customer.example'],
    ['capitals, which count', '<One@Customer.Example>', 'One@Customer.Example'],
    ['a comment after it', '<one@customer.example> (added by relay)', 'one@customer.example'],
    ['the blanks and comments of old mail', '< one (he) @ (it) customer(us)  . example >', 'one@customer.example'],
    ['brackets that are no comment', '<a(1)b@customer.example>', 'a(1)b@customer.example'],
    ['nothing but a comment', '<(one)>', '(one)'],
  ])('has one message id written with %s', async (_, header, id) => {
    expect(await parsed(mailText('x', { 'Message-ID': header }))).toMatchObject({
      messageId: id,
      hasOwnMessageId: true,
    })
  })

  test('gets an id made from what it says where it has none, the same each time', async () => {
    const first = await parsed(mailText('Hello', { 'Message-ID': undefined }))
    const copy = await parsed(mailText('Hello', { 'Message-ID': '<>', 'X-Relay': 'other' }))
    const other = await parsed(mailText('Hello again', { 'Message-ID': undefined }))
    expect(first.hasOwnMessageId).toBe(false)
    expect(first.messageId).toMatch(/^[0-9a-f-]{36}@no-id\.invalid$/)
    expect(copy.messageId).toBe(first.messageId)
    expect(other.messageId).not.toBe(first.messageId)
  })

  test('replaces an id too long to keep by the same one wherever it stands', async () => {
    const long = `${'a'.repeat(900)}@customer.example`
    const mail = await parsed(mailText('x', { 'Message-ID': `<${long}>` }))
    const answer = await parsed(mailText('x', { 'In-Reply-To': `<${long}>` }))
    expect(mail.messageId.length).toBeLessThan(100)
    expect(answer.inReplyTo).toEqual([mail.messageId])
  })

  test.each([
    ['several', '<a@b.example> <c@d.example>', ['a@b.example', 'c@d.example']],
    ['junk around it', 'Your message of Tue, 3 Mar <a@b.example> "so it goes"', ['a@b.example']],
    ['no brackets', 'a@b.example', ['a@b.example']],
    ['none', 'Your message of yesterday', []],
    ['empty brackets', '<> < >', []],
    ['each twice', '<a@b.example><a@b.example>', ['a@b.example']],
    ['a comment inside', '<a(x)@ b.example>', ['a@b.example']],
  ])('names the mail it answers with %s', async (_, header, ids) => {
    expect((await parsed(mailText('x', { 'In-Reply-To': header }))).inReplyTo).toEqual(ids)
  })

  test('keeps the nearest hundred of endless references', async () => {
    const ids = Array.from({ length: 500 }, (_, at) => `m${at}@b.example`)
    const { references } = await parsed(mailText('x', { References: ids.map((id) => `<${id}>`).join(' ') }))
    expect(references).toEqual(ids.slice(-100))
  })

  test('has no sender where there is none, and says so', async () => {
    expect(await parsed(mailText('x', { From: undefined }))).toMatchObject({ from: null, warnings: ['no_sender'] })
    expect(await parsed(mailText('x', { From: '' }))).toMatchObject({ from: null, warnings: ['no_sender'] })
  })

  test('shows the first of two senders, and says so', async () => {
    const twice = await parsed(`From: first@a.example\nFrom: second@b.example\n\nx`)
    expect(twice).toMatchObject({ from: { address: 'first@a.example' }, warnings: ['several_senders'] })
    const listed = await parsed(mailText('x', { From: 'first@a.example, second@b.example' }))
    expect(listed).toMatchObject({ from: { address: 'first@a.example' }, warnings: ['several_senders'] })
  })

  test.each(['"boss@corp.example" <thief@evil.example>', '=?utf-8?Q?boss=40corp.example?= <thief@evil.example>'])(
    'warns of a name that is an address of somebody else: %s',
    async (from) => {
      const mail = await parsed(mailText('x', { From: from }))
      expect(mail.from).toEqual({ name: 'boss@corp.example', address: 'thief@evil.example' })
      expect(mail.warnings).toEqual(['misleading_name'])
    },
  )

  test('does not warn of a name that is the address itself', async () => {
    const mail = await parsed(mailText('x', { From: '"olena@customer.example" <Olena@customer.example>' }))
    expect(mail.warnings).toEqual([])
  })

  test('reads addresses with the comments and blanks of old mail', async () => {
    const mail = await parsed(mailText('x', { From: 'Pete(A nice chap) <pete(his account)@silly.test(his host)>' }))
    expect(mail.from?.address).toBe('pete@silly.test')
    const spaced = await parsed(mailText('x', { From: 'Joe <jdoe@test   . example>' }))
    expect(spaced.from?.address).toBe('jdoe@test.example')
  })

  test('takes control characters, NUL and marks of direction out of names and subjects', async () => {
    const name = '=?utf-8?Q?Ole=00na=0D=0ABcc=3A_x=E2=80=AEgpj?='
    const mail = await parsed(mailText('x', { From: `${name} <olena@customer.example>`, Subject: name }))
    expect(mail.from?.name).toBe('Olena Bcc: xgpj')
    expect(mail.subject).toBe('Olena Bcc: xgpj')
  })

  test.each([
    ['Mon, 05 Jan 2026 10:00:00 +0200 (EET)', Date.UTC(2026, 0, 5, 8)],
    ['5 Jan 26 10:00 GMT', Date.UTC(2026, 0, 5, 10)],
    ['Mon, 5 Jan 2026 10:00:00', Date.UTC(2026, 0, 5, 10)],
    ['Mon, 5 Jan 2026 10:00:00 EST', Date.UTC(2026, 0, 5, 15)],
    ['2026-01-05T10:00:00+02:00', Date.UTC(2026, 0, 5, 8)],
    ['Mon Jan  5 10:00:00 2026', Date.UTC(2026, 0, 5, 10)],
    ['Fri, 21 Nov 1997 09(comment): 55 : 06 -0600', Date.UTC(1997, 10, 21, 15, 55, 6)],
    ['Mon, 05 Jan 2026 25:61:00 +0200', 0],
    ['Mon, 05 Jan 2026 10:00:00 +9900', Date.UTC(2026, 0, 5, 10)],
    ['Thu, 1 Jan 1970 00:00:00 +0000', 0],
    ['Mon, 5 Jan 9999 10:00:00 +0000', 0],
    ['yesterday', 0],
    ['', 0],
  ])('was sent at %s', async (date, at) => {
    expect((await parsed(mailText('x', { Date: date }))).sentAt).toBe(at)
  })

  test('in the bytes of an old charset is guessed at', async () => {
    const mail = await parsed(
      rawBytes('From: a@b.example\r\nSubject: \xcf\xf0\xe8\xe2\xb3\xf2, \xef\xe0\xed\xe5\r\n\r\nx'),
    )
    expect(mail.subject).toBe('Привіт, пане')
  })
})

const inUtf8 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text))

describe('the text of a mail', () => {
  const encoded = (type: string, encoding: string, body: string) =>
    parsed(mailText(body, { 'Content-Type': type, 'Content-Transfer-Encoding': encoding }))

  test('comes out of every transfer encoding', async () => {
    expect((await encoded('text/plain; charset=utf-8', 'base64', '0J/RgNC40LLRltGC')).text).toBe('Привіт')
    expect((await encoded('text/plain; charset=utf-8', 'quoted-printable', 'caf=C3=A9 =\nau lait=')).text).toBe(
      'café au lait',
    )
    expect((await encoded('text/plain; charset=utf-8', '8bit', 'Привіт')).text).toBe('Привіт')
    expect((await encoded('text/plain', 'made-up', 'Hello')).text).toBe('Hello')
  })

  test('is read as it stands where base64 is announced and not meant', async () => {
    expect((await encoded('text/plain', 'base64', 'This is plain text, whatever it says above.')).text).toContain(
      'plain text',
    )
  })

  test.each([
    ['windows-1251', '\xcf\xf0\xe8\xe2\xb3\xf2', 'Привіт'],
    ['koi8-u', '\xf0\xd2\xc9\xd7\xa6\xd4', 'Привіт'],
    ['cp1251', '\xcf\xf0\xe8\xe2\xb3\xf2', 'Привіт'],
    ['win-1251', '\xcf\xf0\xe8\xe2\xb3\xf2', 'Привіт'],
    ['"iso-8859-2"', 'Za\xbf\xf3\xb3\xe6', 'Zażółć'],
    ['x-cp932', '\x82\xb1\x82\xf1', 'こん'],
    ['iso-2022-jp', '\x1b$B$3$s\x1b(B', 'こん'],
    ['no-such-charset', '\xd0\x9f\xd1\x80\xd0\xb8', 'При'],
    ['no-such-charset', 'caf\xe9', 'café'],
    ['us-ascii', '\xd0\x9f\xd1\x80\xd0\xb8', 'При'],
    ['iso-8859-1', 'caf\xc3\xa9', 'café'],
    ['iso-8859-1', 'caf\xe9', 'café'],
    ['utf-8', '\xcf\xf0\xe8\xe2\xb3\xf2, \xef\xe0\xed\xe5', 'Привіт, пане'],
    ['windows-1251', inUtf8('Добрий день'), 'Добрий день'],
    ['koi8-u', inUtf8('Так, це мені підходить'), 'Так, це мені підходить'],
    ['iso-8859-2', inUtf8('Zażółć'), 'Zażółć'],
    ['windows-1251', '\xcd\xb3', 'Ні'],
    ['windows-1251', '\xcd\xb3. \xcd\xb3!', 'Ні. Ні!'],
    ['big5', inUtf8('Вітаю'), 'Вітаю'],
    ['gbk', inUtf8('Добрий день'), 'Добрий день'],
    ['iso-2022-jp', inUtf8('こん'), 'こん'],
    ['big5', '\xa4\xa4\xa4\xe5', '中文'],
    ['gbk', '\xd6\xd0\xce\xc4', '中文'],
    // Flawless UTF-8, and flawless GBK as well: its header decides.
    ['gbk', '\xc4\xa3\xca\xbd', '模式'],
  ])('is read in %s', async (charset, bytes, text) => {
    const mail = await parsed(
      rawBytes(`From: a@b.example\r\nContent-Type: text/plain; charset=${charset}\r\n\r\n${bytes}`),
    )
    expect(mail.text).toBe(text)
  })

  test.each([
    ['windows-1251', '\xc4\xee\xe1\xf0\xe8\xe9 \xe4\xe5\xed\xfc', 'Добрий день'],
    ['koi8-u', '\xe4\xcf\xc2\xd2\xc9\xca \xc4\xc5\xce\xd8', 'Добрий день'],
    ['a Latin charset', 'Forma\xe7\xe3o e ver\xe3o', 'Formação e verão'],
  ])('without a charset is guessed at: %s', async (_, bytes, text) => {
    expect((await parsed(rawBytes(`From: a@b.example\r\n\r\n${bytes}`))).text).toBe(text)
  })

  test('loses NUL and lone surrogates, which no database keeps', async () => {
    const mail = await parsed(
      rawBytes('From: a@b.example\r\nContent-Type: text/plain; charset=utf-16le\r\n\r\na\0\0\0b\0\0\xd8c\0'),
    )
    expect(mail.text).toBe('ab\ufffdc')
  })

  test('joins the lines of flowed text, and no others', async () => {
    const type = 'text/plain; format=flowed'
    const body = 'one \ntwo\n> quoted \n> on\nlast\n-- \nme'
    expect((await encoded(type, '7bit', body)).text).toBe('one two\n> quoted on\nlast\n-- \nme')
    expect((await encoded(`${type}; delsp=yes`, '7bit', 'on \ne')).text).toBe('one')
    expect((await encoded('text/plain', '7bit', 'one \ntwo')).text).toBe('one \ntwo')
  })

  test('is made from the HTML where there is no other', async () => {
    const mail = await encoded(
      'text/html',
      '7bit',
      '<p>Dear <b>all</b>,</p><p>see <a href="https://a.example/x">this</a></p>',
    )
    expect(mail).toMatchObject({ text: 'Dear all,\n\nsee this <https://a.example/x>', isTextFromHtml: true })
    expect(mail.html).toContain('<b>all</b>')
  })

  test('and its HTML are two forms of one in an alternative', async () => {
    const parts = ['Content-Type: text/plain\n\nHello', 'Content-Type: text/html\n\n<p>Hello</p>']
    const mail = await encoded('multipart/alternative; boundary=b', '7bit', multipart('b', parts))
    expect(mail).toMatchObject({ text: 'Hello', html: '<p>Hello</p>', isTextFromHtml: false, attachments: [] })
  })

  test('of a list has what the list adds below, in both forms', async () => {
    const inner = multipart('i', ['Content-Type: text/plain\n\nHello', 'Content-Type: text/html\n\n<p>Hello</p>'])
    const parts = [`Content-Type: multipart/alternative; boundary=i\n\n${inner}`, 'Content-Type: text/plain\n\nfooter']
    const mail = await encoded('multipart/mixed; boundary=b', '7bit', multipart('b', parts))
    expect(mail).toMatchObject({ text: 'Hello\nfooter', html: '<p>Hello</p>\n<div>footer</div>' })
  })

  test('takes the HTML where the plain form is empty', async () => {
    const parts = ['Content-Type: text/plain\n\n \n', 'Content-Type: text/html\n\n<p>Hello</p>']
    const mail = await encoded('multipart/alternative; boundary=b', '7bit', multipart('b', parts))
    expect(mail).toMatchObject({ text: 'Hello', isTextFromHtml: true })
  })
})

describe('mail that keeps to no rule', () => {
  test.each([
    [
      'without the empty line after its header',
      'From: a@b.example\nSubject: x\nhere it begins\nNote: and goes on',
      'here it begins\nNote: and goes on',
    ],
    ['without any header', 'just some words\nof text', 'just some words\nof text'],
    ['with empty lines before its header', '\n\nFrom: a@b.example\n\nHello', 'Hello'],
    [
      'with a multipart that names no boundary',
      mailText('lost words', { 'Content-Type': 'multipart/mixed' }),
      'lost words',
    ],
    [
      'with a boundary that never comes',
      mailText('lost words', { 'Content-Type': 'multipart/mixed; boundary=x' }),
      'lost words',
    ],
    ['with a type that is none', mailText('words', { 'Content-Type': 'text' }), 'words'],
    [
      'with a part without a header',
      mailText(multipart('b', ['\nHello']), { 'Content-Type': 'multipart/mixed; boundary=b' }),
      'Hello',
    ],
    [
      'with a part that forgets the empty line',
      mailText(multipart('b', ['Content-Type: text/plain\nHello']), { 'Content-Type': 'multipart/mixed; boundary=b' }),
      'Hello',
    ],
    [
      'with parts that do not end',
      mailText('--b\n\nHello', { 'Content-Type': 'multipart/mixed; boundary=b' }),
      'Hello',
    ],
    [
      'with a boundary in RFC 2231 form',
      mailText(multipart('b c', ['\nHello']), {
        'Content-Type': "multipart/mixed; boundary*0*=us-ascii''b%20; boundary*1=c",
      }),
      'Hello',
    ],
    [
      'with blanks after its delimiters',
      mailText('--b  \n\nHello\n--b--\t\n', { 'Content-Type': 'multipart/mixed; boundary=b' }),
      'Hello',
    ],
    [
      'with a boundary twice',
      mailText(multipart('b', ['\nHello']), { 'Content-Type': 'multipart/mixed; boundary=b; boundary=c' }),
      'Hello',
    ],
  ])('%s still says what it says', async (_, raw, text) => {
    expect((await parsed(raw)).text).toBe(text)
  })

  test('of no bytes at all is an empty mail', async () => {
    expect(await parsed('')).toMatchObject({ text: '', html: null, attachments: [], from: null, subject: '' })
  })

  test('whose inner parts end at an outer delimiter keeps the parts after it', async () => {
    const raw = mailText('--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--o\n\ntwo\n--o--\n', {
      'Content-Type': 'multipart/mixed; boundary=o',
    })
    expect((await parsed(raw)).text).toBe('one\ntwo')
  })
})

describe('the files of a mail', () => {
  const withParts = (parts: string[], type = 'multipart/mixed') =>
    parsed(mailText(multipart('b', parts), { 'Content-Type': `${type}; boundary=b` }))

  test('come with their names, types and bytes', async () => {
    const { attachments, text } = await withParts([
      'Content-Type: text/plain\n\nSee attached.',
      'Content-Type: application/pdf; name="a.pdf"\nContent-Disposition: attachment; filename="=?utf-8?B?0YDQsNGF0YPQvdC+0Lo=?=.pdf"\nContent-Transfer-Encoding: base64\n\nSGVsbG8=',
      "Content-Type: text/csv\nContent-Disposition: attachment; filename*0*=utf-8''%D0%B7%D0%B2; filename*1*=%D1%96%D1%82.csv\n\na,b",
    ])
    expect(text).toBe('See attached.')
    expect(attachments.map(({ filename, mimeType, bytes }) => [filename, mimeType, decode(bytes)])).toEqual([
      ['рахунок.pdf', 'application/pdf', 'Hello'],
      ['звіт.csv', 'text/csv', 'a,b'],
    ])
  })

  test('that the HTML shows are known by their content id', async () => {
    const { attachments } = await withParts(
      [
        'Content-Type: text/html\n\n<img src="cid:logo%40x"> <img src=3D"cid:none">',
        'Content-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\nAAAA',
        'Content-Type: image/png\nContent-ID: <other@x>\nContent-Transfer-Encoding: base64\n\nAAAA',
      ],
      'multipart/related',
    )
    expect(attachments.map(({ contentId, isInline, filename }) => [contentId, isInline, filename])).toEqual([
      ['logo@x', true, 'image-1.png'],
      ['other@x', false, 'image-2.png'],
    ])
  })

  test('may be whole mails, invitations, and what Outlook wraps its own in; all are kept whole', async () => {
    const inner =
      'From: inner@a.example\nSubject: Inner\nContent-Type: multipart/mixed; boundary=b2\n\n--b2\n\ninner text\n--b2--'
    const { attachments, text } = await withParts([
      'Content-Type: text/plain\n\nouter',
      `Content-Type: message/rfc822\n\n${inner}`,
      `Content-Type: message/rfc822; name="Forwarded letter"\n\n${inner}`,
      'Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR',
      'Content-Type: application/ms-tnef; name="winmail.dat"\nContent-Transfer-Encoding: base64\n\nAAAA',
    ])
    expect(text).toBe('outer')
    expect(attachments.map(({ filename, mimeType }) => [filename, mimeType])).toEqual([
      ['message.eml', 'message/rfc822'],
      ['Forwarded letter.eml', 'message/rfc822'],
      ['invite.ics', 'text/calendar'],
      ['winmail.dat', 'application/ms-tnef'],
    ])
    expect(decode(attachments[0]?.bytes)).toBe(inner.replaceAll('\n', '\r\n'))
  })

  test('may be the whole mail', async () => {
    const mail = await parsed(
      mailText('AAAA', { 'Content-Type': 'application/pdf; name=a.pdf', 'Content-Transfer-Encoding': 'base64' }),
    )
    expect(mail).toMatchObject({ text: '', html: null, attachments: [{ filename: 'a.pdf' }] })
  })

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\a.txt', 'a.txt'],
    ['a\r\nX-Evil: 1.html', 'a X-Evil_ 1.html'],
    ['a\0.pdf', 'a.pdf'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['...', 'file-1'],
    ['.htaccess', 'htaccess'],
    ['a.pdf. . ', 'a.pdf'],
    ['  ', 'file-1'],
    ['a/', 'file-1'],
    ['con<>:"|?*.txt', 'con_______.txt'],
    [`${'я'.repeat(4000)}.pdf`, `${'я'.repeat(196)}.pdf`],
  ])('are called %j as %j', async (given, name) => {
    const escaped = encodeURIComponent(given)
    const { attachments } = await withParts([
      `Content-Type: x/y\nContent-Disposition: attachment; filename*=utf-8''${escaped}\n\nz`,
    ])
    expect(attachments[0]?.filename).toBe(name)
  })
})

test('gives the same answer each time', async () => {
  const raw = mailText('Hello', { 'Message-ID': undefined, Date: 'nonsense' })
  expect(await parse(raw)).toEqual(await parse(raw))
})
