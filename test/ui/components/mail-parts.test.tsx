import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { MailFrame } from '../../../src/ui/components/mail-parts.tsx'
import { MessageBubble } from '../../../src/ui/components/message-bubble.tsx'
import type { Language } from '../../../src/ui/i18n/texts.ts'
import type { Message } from '../../../src/ui/types.ts'
import { mailDetails, message } from '../build.ts'
import { dangersIn, render } from '../render.tsx'

const nothing = () => undefined
const words = (markup: string) => markup.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

type Given = Partial<Message> & { isSubjectKnown?: boolean; language?: Language }

function draw({ isSubjectKnown = false, language, ...given }: Given): string {
  return render(
    <MessageBubble
      {...{ message: message({ content: 'The answer', ...given }), isRun: false, quoted: null, isMarked: false }}
      {...{ isSubjectKnown, contactName: 'Olena', onQuote: nothing }}
      actions={{ retry: nothing, discard: nothing, retryFile: nothing }}
    />,
    language,
  )
}

const mail = (change: Record<string, unknown> = {}, given: Given = {}) =>
  draw({ details: mailDetails(change), ...given })

describe('a mail', () => {
  it('says who wrote it to whom, with the real addresses', () => {
    const people = [{ address: 'office@slovo.example', name: '' }]
    const said = words(mail({ to: people, cc: [{ address: 'chief@client.example', name: 'Chief' }] }))
    expect(said).toContain('From: Olena &lt;olena@client.example&gt;')
    expect(said).toContain('To: &lt;office@slovo.example&gt;')
    expect(said).toContain('Cc: Chief &lt;chief@client.example&gt;')
  })

  it('leaves unsaid that it came to the mailbox it is in, unless others got it as well', () => {
    const to = [{ address: 'Office@slovo.example', name: 'Office' }]
    expect(words(mail({ to }))).not.toContain('To:')
    expect(words(mail({ to: [{ address: 'office+rabc@slovo.example', name: '' }] }))).not.toContain('To:')
    expect(words(mail({ to, cc: [{ address: 'chief@client.example', name: '' }] }))).toContain('To: Office')
    expect(words(mail({ to: [{ address: 'other@slovo.example', name: '' }] }))).toContain('To: &lt;other@slovo.example')
  })

  it('of a form or a list says to whom an answer goes, and only that one', () => {
    const answer_to = { address: 'ivan@client.example', name: 'Ivan' }
    expect(words(mail({ answer_to }))).toContain('Answers go to: Ivan &lt;ivan@client.example&gt;')
    expect(words(mail({ answer_to }, { language: 'uk' }))).toContain('Відповідь отримає: Ivan')
    expect(words(mail({ reply_to: [answer_to] }))).not.toMatch(/Answers go to|ivan@/)
  })

  it('names a few of many recipients and counts the others', () => {
    const to = Array.from({ length: 9 }, (_, at) => ({ address: `a${at}@b.example`, name: '' }))
    expect(words(mail({ to }))).toMatch(/a3@b\.example&gt; and 5 more/)
  })

  it('warns of a name that passes for another address', () => {
    expect(words(mail())).not.toContain('The name shows another address')
    const from = { address: 'x@evil.example', name: 'office@bank.example' }
    expect(words(mail({ from }))).toContain('The name shows another address')
    expect(words(mail({ from }))).toContain('&lt;x@evil.example&gt;')
  })

  it('shows its subject once for mails that follow each other', () => {
    expect(mail()).toContain('message-subject')
    expect(mail({}, { isSubjectKnown: true })).not.toContain('message-subject')
    const empty = mail({}, { content: 'Contract' })
    expect(words(empty).match(/Contract/g)).toHaveLength(1)
  })

  it('makes only a failed check stand out', () => {
    const markup = mail({ auth: { spf: 'pass', dkim: 'none', dmarc: 'fail' } })
    expect(words(markup)).toContain('SPF: passed')
    expect(words(markup)).not.toContain('DKIM')
    expect(markup.match(/tag-bad/g)).toHaveLength(1)
    expect(markup).toMatch(/tag-bad[^>]*>DMARC: failed/)
  })

  it.each([
    ['sender_mismatch', 'comes from somebody else'],
    ['not_authenticated', 'could not be confirmed'],
    ['no_sender', 'does not say who sent it'],
    ['several_senders', 'names several senders'],
  ])('puts the warning %s in words', (warning, text) => {
    expect(words(mail({ warnings: [warning] }))).toContain(text)
  })

  it.each([
    ['auto_reply', 'Automatic reply'],
    ['list', 'Mailing list'],
  ])('of a machine says so: %s', (automated, text) => {
    expect(words(mail({ automated }))).toContain(text)
  })

  it('that came back is a note with the mail to download', () => {
    const markup = mail({ automated: 'bounce' }, { id: 'm1', type: 'system', content: 'Mail delivery failed' })
    expect(words(markup)).toContain('Delivery failure: Mail delivery failed')
    expect(markup).toContain('/messages/m1/raw"')
  })

  it('says where the rest of it is when it could not be read or kept whole', () => {
    expect(words(mail({ unread: 'size' }))).toContain('could not be read')
    expect(words(mail({ full_text_left_out: true }))).toContain('Quoted text is not shown here')
  })

  it('offers all of its text where there is more than the answer', () => {
    const fullText = 'The answer\n\n> The question, quoted'
    const markup = mail({ full_text: fullText })
    expect(words(markup)).toContain('Show all text')
    expect(markup).not.toContain('The question, quoted')
    expect(words(mail())).not.toContain('Show all text')
    expect(words(mail({ full_text: 'Short' }))).not.toContain('Show all text')
  })

  it('offers its original where it has one, and loads nothing before that; it can always be downloaded', () => {
    const markup = mail({}, { id: 'm1' })
    expect(markup).toMatch(/aria-expanded="false"[^>]*>Show original</)
    expect(markup).not.toContain('<iframe')
    expect(markup).toContain('href="/api/v1/communications/messages/m1/raw"')
    const plain = mail({ has_html: false })
    expect(words(plain)).not.toContain('Show original')
    expect(words(plain)).toContain('Download mail')
  })

  it('speaks Ukrainian too', () => {
    const said = words(mail({ auth: { spf: 'fail' } }, { language: 'uk' }))
    for (const text of ['Від:', 'SPF: не пройдено', 'Показати оригінал', 'Завантажити лист']) {
      expect(said).toContain(text)
    }
  })

  it('escapes what strangers wrote', () => {
    const evil = '"><img src=x onerror=alert(1)>\u202E'
    const person = { address: evil, name: evil }
    const markup = mail({
      ...{ subject: evil, from: person, answer_to: person, to: [person], cc: [person] },
      ...{ full_text: `${evil} and more of it` },
      ...{ auth: { spf: evil, dkim: evil, dmarc: evil }, automated: evil, warnings: [evil], message_id: evil },
    })
    expect(dangersIn(markup)).toEqual([])
    expect(markup).not.toContain('\u202E')
  })
})

describe('the original of a mail', () => {
  const frame = (hasImages: boolean, blockedImages = 2, language?: Language) =>
    render(
      <MailFrame {...{ id: 'm/1', frameId: 'f', hasImages, blockedImages, isShort: false, onImages: nothing }} />,
      language,
    )

  it('stands in a frame that may open links and nothing else', () => {
    const [element = ''] = /<iframe[^>]*>/.exec(frame(false)) ?? []
    expect(element).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"')
    expect(element).toContain('referrerPolicy="no-referrer"')
    expect(element).toContain('src="/api/v1/communications/messages/m%2F1/html"')
    expect(element).toContain('title="The original mail"')
  })

  it('shows pictures of other servers only when asked for', () => {
    expect(words(frame(false))).toContain('2 remote images blocked. Show')
    expect(words(frame(false, 0))).not.toContain('blocked')
    expect(frame(true)).toContain('/html?images=1"')
    expect(words(frame(true))).not.toContain('blocked')
  })

  it('says beside the button who learns of it, in both languages, and to whoever hears the page as well', () => {
    const said = frame(false)
    expect(words(said)).toContain('learns your IP address')
    expect(said).toMatch(/<button[^>]* aria-describedby="([^"]+)"[^]*<p id="\1">Remote images go/)
    expect(words(frame(false, 2, 'uk'))).toContain('дізнається вашу IP-адресу')
    expect(words(frame(true) + frame(false, 0))).not.toContain('IP address')
  })

  it('is the only frame that the page lets in', async () => {
    const headers = await readFile(new URL('../../../src/ui/public/_headers', import.meta.url), 'utf8')
    expect(headers).toContain("default-src 'none'")
    expect(headers).toContain("; frame-src 'self';")
  })
})

describe('an answer by mail', () => {
  it('says who else gets it', () => {
    const details = { subject: 'Re: Contract', cc: ['a@b.example'], bcc: ['c@d.example'] }
    const said = words(draw({ direction: 'outbound', details }))
    expect(said).toContain('Cc: &lt;a@b.example&gt;')
    expect(said).toContain('Bcc: &lt;c@d.example&gt;')
    expect(said).not.toContain('Download mail')
  })
})
