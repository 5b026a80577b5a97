import { describe, expect, it } from 'vitest'
import { ComposerPlace } from '../../../src/ui/components/composer.tsx'
import { isSendKey } from '../../../src/ui/components/composer-text.tsx'
import { TemplateForm } from '../../../src/ui/components/template-form.tsx'
import { TemplateList } from '../../../src/ui/components/template-picker.tsx'
import { createDrafts, type DraftText } from '../../../src/ui/drafts.ts'
import { emptyMail } from '../../../src/ui/rules/mail-draft.ts'
import type { Language } from '../../../src/ui/i18n/texts.ts'
import type { Channel, Conversation, Message, ReplyRules, Upload } from '../../../src/ui/types.ts'
import { channel, conversation, message, replyRules, template, upload } from '../build.ts'
import { fakeInbox } from '../fake-inbox.ts'
import { dangersIn, render } from '../render.tsx'

const nothing = () => undefined
const words = (markup: string) => markup.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
const hoursFromNow = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

type Given = {
  conversation?: Partial<Conversation> | null
  channel?: Channel | undefined
  rules?: Partial<ReplyRules> | null
  uploads?: Upload[]
  draft?: Partial<DraftText>
  language?: Language
  messages?: Message[]
}

function draw(given: Given): string {
  const one = given.conversation === null ? null : conversation(given.conversation)
  const rules = given.rules === null ? null : replyRules(given.rules)
  const drafts = createDrafts()
  if (one !== null && given.draft !== undefined) drafts.patch(one.id, given.draft)
  return render(
    <ComposerPlace
      conversation={one}
      channel={'channel' in given ? given.channel : channel({ reply_rules: rules })}
      {...{
        messages: given.messages ?? [],
        uploads: given.uploads ?? [],
        drafts,
        inbox: fakeInbox(),
        onTrouble: nothing,
      }}
    />,
    given.language,
  )
}

describe('the composer', () => {
  it('is a text field with a name, in both languages', () => {
    expect(draw({})).toMatch(/<textarea[^>]* aria-label="Reply"/)
    expect(draw({ language: 'uk' })).toMatch(/<textarea[^>]* aria-label="Відповідь"/)
  })

  it('says why there is none', () => {
    expect(words(draw({ rules: null, conversation: { platform: 'email' } }))).toContain(
      'Nothing can be sent on this channel from here. Answer in E-mail itself.',
    )
    expect(words(draw({ channel: undefined }))).toContain('This channel is not connected any more')
    for (const markup of [draw({ rules: null }), draw({ channel: undefined }), draw({ conversation: null })]) {
      expect(markup).not.toContain('<textarea')
    }
  })

  it('keeps its place while the conversation is being read', () => {
    expect(draw({ conversation: null })).toBe('<div class="composer"></div>')
  })

  it('can send once there is something that fits', () => {
    const canSend = (given: Given) => !/<button[^>]*aria-label="Send"[^>]*disabled/.test(draw(given))
    const failed = upload({ state: 'failed', error: { code: 'x', status: 413, message: 'Too large' } })
    const sending = upload()
    expect(canSend({})).toBe(false)
    expect(canSend({ draft: { text: ' \n ' } })).toBe(false)
    expect(canSend({ draft: { text: 'Hello' } })).toBe(true)
    expect(canSend({ draft: { text: 'ї'.repeat(501) }, rules: { text: 1000, unit: 'bytes' } })).toBe(false)
    expect(canSend({ draft: { uploads: [sending.id] }, uploads: [sending] })).toBe(true)
    expect(canSend({ draft: { text: 'Hello', uploads: [failed.id] }, uploads: [failed] })).toBe(false)
  })

  it('counts what is left, in the unit of the channel', () => {
    const rules = { text: 1000, unit: 'bytes' as const }
    expect(words(draw({ rules, draft: { text: 'ї'.repeat(450) } }))).toContain('100 bytes left')
    expect(words(draw({ rules, draft: { text: 'ї'.repeat(501) } }))).toContain('2 bytes too many')
    expect(words(draw({ draft: { text: 'x'.repeat(4095) } }))).toContain('1 character left')
    expect(words(draw({ draft: { text: 'x' } }))).not.toContain('left')
  })

  it('shows the draft: its text, the message it answers, and its files only', () => {
    const mine = upload({ name: 'mine.jpg', state: 'ready' })
    const other = upload({ name: 'other.jpg' })
    const draft = { text: 'Hello', replyTo: message({ content: 'The question' }), uploads: [mine.id] }
    const markup = draw({ draft, uploads: [mine, other] })
    expect(markup).toContain('>Hello</textarea>')
    expect(words(markup)).toContain('Answer to: The question')
    expect(markup).toContain('aria-label="Do not answer a certain message"')
    expect(markup).toContain('mine.jpg')
    expect(markup).not.toContain('other.jpg')
  })

  it('shows of each file how far it is, or why it is not taken', () => {
    const error = { code: 'body.too_large', status: 413, message: 'At most 100 MB' }
    const uploads = [upload(), upload({ state: 'ready', sent: 200_000 }), upload({ state: 'failed', error })]
    const markup = draw({ uploads, draft: { uploads: uploads.map(({ id }) => id) } })
    expect(markup).toMatch(/<progress[^>]*value="25"/)
    expect(markup).toContain('200 kB')
    expect(words(markup)).toContain('The file is too large.')
    expect(markup.match(/aria-label="Remove photo.jpg"/g)).toHaveLength(3)
    expect(markup.match(/aria-label="Upload photo.jpg again"/g)).toHaveLength(1)
  })

  it('escapes hostile names and texts', () => {
    const evil = '"><img src=x onerror=alert(1)>'
    const file = upload({ name: evil })
    const replyTo = message({ content: evil, sender: { external_id: 'x', name: evil } })
    const markup = draw({ draft: { text: evil, replyTo, uploads: [file.id] }, uploads: [file] })
    expect(dangersIn(markup)).toEqual([])
  })
})

describe('the composer of a mail', () => {
  const asked = message({ details: { subject: 'Contract' } })
  const mail = (given: Partial<DraftText['mail']> = {}, more: Given = {}) =>
    draw({
      conversation: { platform: 'email' },
      messages: [asked],
      draft: { text: 'Hello', mail: { ...emptyMail, ...given } },
      ...more,
    })
  const isRefused = (markup: string) => /<button[^>]*aria-label="Send"[^>]*disabled/.test(markup)

  it('fills in the subject of what it answers, until somebody writes another', () => {
    expect(mail()).toMatch(/<label[^>]*>Subject<\/label><input[^>]*value="Re: Contract"/)
    expect(mail({ subject: 'Invoice' })).toMatch(/<input[^>]*value="Invoice"/)
    const replyTo = message({ details: { subject: 'Re: Older' } })
    expect(mail({}, { draft: { replyTo } })).toMatch(/<input[^>]*value="Re: Older"/)
  })

  it('folds Cc and Bcc away, but never one that somebody is in', () => {
    expect(mail()).toMatch(/aria-expanded="false"[^>]*>Cc and Bcc</)
    expect(mail()).not.toMatch(/<label[^>]*>Bcc</)
    const open = mail({ bcc: 'chief@slovo.example' })
    expect(open).toMatch(/<label[^>]*>Bcc<\/label><input[^>]*value="chief@slovo.example"/)
    expect(open).toMatch(/aria-expanded="true"/)
    expect(mail({}, { language: 'uk' })).toContain('>Копії<')
  })

  it('does not send to what is no address, and says which', () => {
    expect(isRefused(mail({ cc: 'a@b.example, c@d.example' }))).toBe(false)
    const wrong = mail({ cc: 'a@b.example, Olena' })
    expect(isRefused(wrong)).toBe(true)
    expect(words(wrong)).toContain('“Olena” is not an e-mail address.')
  })

  it('is there for mail alone', () => {
    expect(draw({ messages: [asked] })).not.toContain('Subject')
  })
})

describe('the reply window', () => {
  const instagram = { has_templates: false, human_agent_ms: 7 * 24 * 3_600_000 }

  it('is not spoken of while there is plenty of time, and counted down at its end', () => {
    expect(words(draw({ conversation: { can_reply_until: hoursFromNow(3) } }))).not.toContain('You can reply')
    expect(words(draw({ conversation: { can_reply_until: hoursFromNow(1.5) } }))).toMatch(
      /You can reply freely until .*\d\d:\d\d \(1 hr 30 mins left\)/,
    )
  })

  it('leaves templates once it is closed, and shows them', () => {
    const markup = draw({ conversation: { can_reply_until: hoursFromNow(-1) } })
    expect(words(markup)).toContain('A template can still be sent')
    expect(words(markup)).toContain('Loading templates…')
    expect(markup).not.toContain('<textarea')
    expect(markup).not.toContain('Close the templates')
  })

  it('says when to write again where there is nothing else', () => {
    const markup = draw({ rules: { has_templates: false }, conversation: { can_reply_until: hoursFromNow(-1) } })
    expect(words(markup)).toContain('You can reply again as soon as the customer writes.')
    expect(markup).not.toContain('<textarea')
  })

  it('lets a person answer who says that they are one', () => {
    const closed = { can_reply_until: hoursFromNow(-1) }
    const before = draw({ rules: instagram, conversation: closed, draft: { text: 'Hello' } })
    expect(before).toMatch(/<input[^>]*type="checkbox"/)
    expect(before).toMatch(/<textarea[^>]*disabled/)
    expect(before).toMatch(/<button[^>]*aria-label="Send"[^>]*disabled/)
    const after = draw({ rules: instagram, conversation: closed, draft: { text: 'Hello', isHumanAgent: true } })
    expect(after).not.toMatch(/<textarea[^>]*disabled|aria-label="Send"[^>]*disabled/)
    expect(draw({ rules: instagram, conversation: { can_reply_until: hoursFromNow(-200) } })).not.toContain('<textarea')
  })

  it('offers templates before that too, to those who want one', () => {
    expect(draw({})).toContain('aria-label="Templates" aria-expanded="false"')
    expect(draw({ rules: instagram })).not.toContain('aria-label="Templates"')
  })
})

describe('templates', () => {
  const evil = '<img src=x onerror=alert(1)>{{1}}'

  it('are listed with their language and first words', () => {
    const markup = render(<TemplateList templates={[template()]} onChoose={nothing} onClose={nothing} />)
    expect(words(markup)).toContain('order ready Ukrainian')
    expect(words(markup)).toContain('Вітаємо, {{1}}!')
  })

  it('say that there are none, or none that fits', () => {
    expect(words(render(<TemplateList templates={[]} onChoose={nothing} onClose={null} />))).toContain(
      'This channel has no approved templates yet.',
    )
  })

  it('have a field for each gap, a preview, and cannot be sent half filled', () => {
    const one = template({ header: 'Order {{1}}', footer: 'Slovo', buttons: ['Call'] })
    const markup = render(<TemplateForm template={one} onBack={nothing} onSend={nothing} />)
    expect(markup.match(/<input/g)).toHaveLength(3)
    for (const text of ['Heading 1', 'Text 1', 'Text 2', 'Order {{1}}', 'Slovo', 'Call', 'Fill in every field']) {
      expect(words(markup)).toContain(text)
    }
    expect(markup).toMatch(/<button[^>]*button-main"[^>]*disabled/)
    const plain = render(<TemplateForm template={template({ body: 'Hello' })} onBack={nothing} onSend={nothing} />)
    expect(plain).not.toContain('disabled')
  })

  it('are text and nothing else', () => {
    const one = template({ name: evil, language: evil, header: evil, body: evil, footer: evil, buttons: [evil] })
    const list = render(<TemplateList templates={[one]} onChoose={nothing} onClose={nothing} />)
    const form = render(<TemplateForm template={one} onBack={nothing} onSend={nothing} />)
    for (const markup of [list, form]) expect(dangersIn(markup)).toEqual([])
  })
})

describe('isSendKey', () => {
  const key = { key: 'Enter', shiftKey: false, altKey: false, keyCode: 13, isComposing: false }

  it('is Enter, but not with Shift and not while a word is being composed', () => {
    expect(isSendKey(key)).toBe(true)
    expect(isSendKey({ ...key, shiftKey: true })).toBe(false)
    expect(isSendKey({ ...key, altKey: true })).toBe(false)
    expect(isSendKey({ ...key, isComposing: true })).toBe(false)
    expect(isSendKey({ ...key, keyCode: 229 })).toBe(false)
    expect(isSendKey({ ...key, key: 'a' })).toBe(false)
  })
})
