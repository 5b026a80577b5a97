import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { visibleText } from '../../../src/channels/email/answer-text.ts'
import { htmlToText } from '../../../src/channels/email/html-text.ts'
import { deviceLines, quotingStyles } from './answers.ts'

const answer = 'Дякую, підходить.\n\nКоли буде готово?'
const question = ['Hello Olena,', 'the price is 100.', '', 'Regards, the office']
const quoted = (isMarked: boolean) => question.map((line) => (isMarked ? `> ${line}`.trim() : line)).join('\n')
const visible = (text: string, subject = 'Re: Price') => visibleText(text, subject)

describe('an answer', () => {
  test.each([...quotingStyles])('stands alone without what $name quotes below it', ({ intro, isMarked }) => {
    expect(visible(`${answer}\n\n${intro}\n\n${quoted(isMarked)}`)).toBe(answer)
    expect(visible(`${answer}\n${intro}\n${quoted(isMarked)}\n`)).toBe(answer)
  })

  test.each(quotingStyles.filter(({ isMarked, intro }) => isMarked && intro !== '' && !intro.startsWith('>')))(
    'stands alone below what $name quotes above it',
    ({ intro, isMarked }) => {
      expect(visible(`${intro}\n${quoted(isMarked)}\n\n${answer}`)).toBe(answer)
    },
  )

  test.each([...deviceLines])('is not followed by %s', (line) => {
    expect(visible(`${answer}\n\n${line}`)).toBe(answer)
    expect(visible(`${answer}\n\n${line}\n\nOn Jan 5, 2026, at 10:00, Office wrote:\n\n> a`)).toBe(answer)
  })

  test('is not followed by its signature', () => {
    expect(visible(`${answer}\n\n-- \nOlena\n+380 44 000 00 00`)).toBe(answer)
    expect(visible(`${answer}\n--\nOlena`)).toBe(answer)
    expect(visible(`${answer}\n\nSent from my iPhone\n\n-- \nOlena`)).toBe(answer)
  })

  test('goes on after two hyphens where too much follows them for a signature', () => {
    const rest = Array.from({ length: 30 }, (_, at) => `line ${at}`).join('\n')
    expect(visible(`${answer}\n--\n${rest}`)).toBe(`${answer}\n--\n${rest}`)
  })

  test('between the lines keeps them, as it means nothing without them', () => {
    const text = 'On Jan 5, 2026, at 10:00, Office wrote:\n> Is it urgent?\nYes.\n> How many pages?\nFive.'
    expect(visible(text)).toBe(text)
    expect(visible(`${text}\n> Regards`)).toBe(text)
  })

  test('loses with what it quotes what was passed on in there', () => {
    const quotation = 'On Jan 5, 2026, at 10:00, Office wrote:\n\n> ---------- Forwarded message ---------\n> Text'
    expect(visible(`${answer}\n\n${quotation}`)).toBe(answer)
    expect(visible(`${answer}\n\n${quotation.replaceAll('> ', '')}`)).toBe(answer)
  })

  test('has the quotations that its own writer put in', () => {
    const text = 'You wrote:\n> as soon as possible\nWhat does that mean?'
    expect(visible(text)).toBe(text)
  })
})

describe('what its sender wants read', () => {
  const forwards = [
    '---------- Forwarded message ---------\nFrom: A <a@b.example>\nDate: Mon, Jan 5, 2026 at 10:00 AM\nSubject: x\nTo: c@d.example\n\nText',
    'Begin forwarded message:\n\n> From: A <a@b.example>\n> Subject: x\n>\n> Text',
    '-------- Пересылаемое сообщение --------\nОт: A <a@b.example>\nКому: c@d.example\nДата: 5 января 2026\nТема: x\n\nText',
    '---------- Переслане повідомлення ---------\nВід: A <a@b.example>\nДата: 5 січ. 2026\nТема: x\nКому: c@d.example\n\nText',
  ]

  test.each(forwards)('is passed on whole: %s', (forward) => {
    expect(visible(`See below.\n\n${forward}`, 'Fwd: x')).toContain('Text')
    expect(visible(`See below.\n\n${forward}`, 'no prefix')).toContain('Text')
    expect(visible(forward, 'Fwd: x')).toContain('Text')
  })

  test('is passed on whole by Outlook too, which only its subject tells', () => {
    const text = 'See below.\n\nFrom: A <a@b.example>\nSent: Monday, January 5, 2026\nTo: C\nSubject: x\n\nText'
    expect(visible(text, 'FW: x')).toBe(text)
    expect(visible(text, 'RE: x')).toBe('See below.')
  })

  test('is never nothing', () => {
    expect(visible('> only\n> a quotation')).toBe('> only\n> a quotation')
    expect(visible('-- \nOlena')).toBe('--\nOlena')
    expect(visible('Sent from my iPhone')).toBe('Sent from my iPhone')
    expect(visible('On Jan 5, 2026, at 10:00, Office wrote:\n\n> a')).toContain('> a')
    expect(visible('  \n ')).toBe('')
  })

  test.each([
    'As our lawyer wrote:\n\nthe contract is void.',
    'From: Kyiv\nThe train leaves at ten.',
    'On Monday he wrote: nothing.\nOn Tuesday as well.',
    'Prices:\n-----\nA 10\n-----\nB 20',
    'Options:\n-- one --\n-- two --\nwhich one?',
    'Sent from my office in Kyiv to yours on 5 January, the parcel has not arrived; please look for it where you look for things.',
    'Дата: 5 січня\nМісце: Київ\nТема: договір',
  ])('is not taken for something else: %s', (text) => {
    expect(visible(text)).toBe(text)
  })

  test('is a part of what was written, whatever it is', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        '> a',
        '>> b',
        '-- ',
        'text',
        'On Jan 5, 2026, at 10:00, A <a@b.example> wrote:',
        'From: a@b.example',
      ),
      fc.constantFrom(
        'Sent: x',
        'To: y',
        '-----Original Message-----',
        'Sent from my iPhone',
        '________________',
        'wrote:',
      ),
      fc.string({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), fc.constantFrom('Re: a', 'Fwd: a', 'a'), (lines, subject) => {
        const text = lines.join('\n')
        const kept = visible(text, subject)
          .split('\n')
          .filter((one) => one.trim() !== '')
        const own = new Set(lines.flatMap((one) => one.split('\n')).map((one) => one.trim()))
        for (const one of kept) expect(own).toContain(one.trim())
        expect(kept.length > 0).toBe(text.trim() !== '')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the text of HTML', () => {
  test.each([
    ['<div>one</div><div><br></div><div>two</div>', 'one\n\ntwo'],
    ['<div>one<br></div><div>two</div>', 'one\ntwo'],
    ['<p>one</p>\n  <p>two   three</p>', 'one\n\ntwo three'],
    ['a<br>\n<br/>b', 'a\n\nb'],
    ['<ul><li>one</li><li><p>two</p></li></ul>', '- one\n- two'],
    ['<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc'],
    ['<blockquote>one<blockquote>two</blockquote></blockquote>three', '> one\n>\n> > two\n>\nthree'],
    ['<pre>a\n  b</pre>', 'a\n  b'],
    ['<style>p{}</style><title>t</title><script>alert(1)</script>x', 'x'],
    ['&lt;b&gt; &amp; &nbsp;&euro;&#x20AC;', '<b> & €€'],
    ['<a href="https://a.example/x">here</a>', 'here <https://a.example/x>'],
    ['<a href="https://a.example/">a.example</a>', 'a.example'],
    ['<a href="mailto:a@b.example">write</a>', 'write'],
    ['<a href="javascript:alert(1)">x</a>', 'x'],
    ['so <img alt="🎉"> <img alt="image001.png">good', 'so 🎉 good'],
    ['a &zwnj; b\u200b\u00ad', 'a \u200c b'],
    ['1 < 2 and 3 > 2', '1 < 2 and 3 > 2'],
    ['<!-- no --><![if !mso]>yes<![endif]>', 'yes'],
    ['', ''],
  ])('%j is %j', (html, text) => {
    expect(htmlToText(html)).toBe(text)
  })

  test('lets an answer be told from what it quotes', () => {
    const gmail =
      '<div dir="ltr">Yes, please.</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Jan 5, 2026 at 10:00 AM Office ' +
      '&lt;<a href="mailto:office@bureau.example">office@bureau.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">Shall we?</blockquote></div>'
    const outlook =
      '<div><p>Yes, please.</p><div style="border-top:solid"><p><b>From:</b> Office &lt;office@bureau.example&gt;<br><b>Sent:</b> Monday<br>' +
      '<b>To:</b> Olena<br><b>Subject:</b> Price</p></div><p>Shall we?</p></div>'
    expect(visible(htmlToText(gmail))).toBe('Yes, please.')
    expect(visible(htmlToText(outlook))).toBe('Yes, please.')
  })

  test('is never HTML, and never in need of cleaning', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (html) => {
        const text = htmlToText(`${html}<p>end</p>`)
        expect(text.isWellFormed() && !text.includes('\0')).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
