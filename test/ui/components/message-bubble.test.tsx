import { describe, expect, it } from 'vitest'
import { FailureKind } from '../../../src/protocol/message.ts'
import { messageTypes } from '../../../src/protocol/words.ts'
import { SendTroubleNote } from '../../../src/ui/components/send-trouble.tsx'
import { MessageBubble } from '../../../src/ui/components/message-bubble.tsx'
import { languages } from '../../../src/ui/i18n/texts.ts'
import type { BubbleActions } from '../../../src/ui/components/message-actions.tsx'
import type { ThreadMessage } from '../../../src/ui/types.ts'
import { attachment, message, upload } from '../build.ts'
import { dangersIn, render } from '../render.tsx'

const nothing = () => undefined
const allActions: BubbleActions = {
  reply: nothing,
  react: nothing,
  retry: nothing,
  discard: nothing,
  retryFile: nothing,
}

type Given = Partial<ThreadMessage>

function draw(given: Given, quoted: ThreadMessage | null = null, actions: BubbleActions = allActions): string {
  return render(
    <MessageBubble
      message={{ ...message(), ...given }}
      isRun={false}
      quoted={quoted}
      isMarked={false}
      isSubjectKnown={false}
      contactName="Olena"
      onQuote={nothing}
      actions={actions}
    />,
  )
}

const words = (markup: string) =>
  markup
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(' :', ':')

const failed: Given & ThreadMessage = {
  ...message({ direction: 'outbound', status: 'failed', client_message_id: 'c1' }),
}

const hostile = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u202E</a>'
const escaped = '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;'

describe('a message bubble', () => {
  it.each(messageTypes)('shows a message of type %s, also without details', (type) => {
    expect(draw({ type, content: 'The content' })).toContain('The content')
    for (const empty of [
      draw({ type, content: '' }),
      draw({ type, content: '', direction: 'outbound', status: 'failed' }),
    ]) {
      expect(empty.replaceAll(/<[^>]*>/g, '').trim()).not.toBe('')
    }
  })

  it('escapes hostile text in every field of every type', () => {
    const details = {
      subject: hostile,
      location: { latitude: 1, longitude: 2, name: hostile, address: hostile },
      contacts: [{ name: { formatted_name: hostile }, phones: [{ phone: hostile }] }],
      order: { product_items: [{ name: hostile, quantity: 1, item_price: hostile }] },
      interactive: { description: hostile },
      referral: { headline: hostile, body: hostile, source_url: 'javascript:alert(1)' },
      url: 'javascript:alert(1)',
      story: { kind: hostile, url: 'javascript:alert(1)' },
      shares: [
        { title: hostile, url: 'javascript:alert(1)' },
        { title: hostile, url: `https://x/${hostile}` },
      ],
      buttons: [{ title: hostile }],
    }
    for (const type of messageTypes) {
      const markup = draw(
        {
          ...{
            type,
            content: hostile,
            details,
            direction: 'outbound',
            status: 'failed',
            reply_to_external_id: hostile,
          },
          error: { code: hostile, title: hostile, details: hostile },
          sender: { external_id: hostile, name: hostile },
          reactions: [{ by: hostile, emoji: hostile, at: hostile }],
          attachments: [
            attachment({ filename: hostile, url: 'javascript:alert(1)' }),
            attachment({ filename: hostile }),
            attachment({
              ...{ filename: hostile, state: 'failed', url: null },
              error: { code: hostile, title: hostile, details: hostile, kind: 'token' },
            }),
          ],
          created_at: hostile,
          edited_at: hostile,
        },
        message({ content: hostile, sender: { external_id: 'x', name: hostile } }),
      )
      expect([type, dangersIn(markup)]).toEqual([type, []])
      expect(markup).toContain(escaped)
    }
  })

  it('makes outside links that tell nothing and get no hold', () => {
    expect(draw({ content: 'https://example.com/' })).toContain('target="_blank" rel="noopener noreferrer nofollow"')
  })

  it('keeps nothing of a deleted message', () => {
    const markup = draw({ deleted_at: '2026-11-23T09:00:00Z', content: 'secret', attachments: [attachment()] })
    expect(markup).toContain('This message was deleted')
    expect(markup).not.toMatch(/secret|photo\.jpg|<img/)
  })

  it('shows each kind of file by its state', () => {
    const file = (given: Parameters<typeof attachment>[0]) => draw({ content: '', attachments: [attachment(given)] })
    expect(file({ type: 'image' })).toMatch(/<img src="\/api[^"]+" alt="photo.jpg"/)
    expect(file({ type: 'video' })).toContain('<video')
    expect(file({ type: 'audio' })).toContain('<audio')
    expect(file({ type: 'document', filename: 'a.pdf', size: 1_400_000 })).toContain('PDF · 1.4 MB')
    expect(file({ state: 'pending', url: null })).toContain('Being fetched')
    expect(file({ state: 'failed', url: null })).toContain('Could not be fetched')
    expect(file({ state: 'expired', url: null })).toContain('No longer available')
    expect(file({ url: 'https://evil.example/x.png' })).not.toContain('evil.example')
  })

  it('quotes the answered message if it is loaded, and says that there is one if not', () => {
    const quoted = message({ content: 'The question' })
    expect(draw({ reply_to_external_id: 'x' }, quoted)).toContain('The question')
    expect(draw({ reply_to_external_id: 'x' })).toContain('Earlier message')
  })

  it('tells why a message was not sent, in the platform’s words', () => {
    const error = { code: '131047', title: 'Re-engagement message', details: 'Too late' }
    const markup = draw({ direction: 'outbound', status: 'failed', error })
    expect(words(markup)).toContain('Not sent: It was not sent.')
    expect(markup).toContain('Re-engagement message: Too late · 131047')
  })

  it('folds a text of 100 KB', () => {
    const markup = draw({ content: 'word '.repeat(20_000) })
    expect(markup.length).toBeLessThan(5000)
    expect(markup).toContain('Show all')
  })

  it('counts equal reactions in one chip', () => {
    const at = '2026-11-23T09:00:00Z'
    const reactions = ['customer', 'business'].map((by) => ({ by, emoji: '👍', at }))
    expect(draw({ reactions }).match(/class="reaction/g)).toHaveLength(2) // the list and its only chip
  })

  it('names a group member, but not the contact of a conversation of two', () => {
    expect(draw({ sender: { external_id: 'x', name: 'Ihor' } })).toContain('Ihor')
    expect(draw({ sender: { external_id: 'x', name: 'Olena' } })).not.toContain('Olena')
  })

  it('says in words of its own why a message was not sent, for every kind of failure, in every language', () => {
    const texts = FailureKind.options.flatMap((kind) =>
      languages.map((language) => {
        const error = { code: '1', title: 'The platform’s own words', details: null, kind }
        const bubble = <SendTroubleNote message={{ ...failed, error }} actions={allActions} />
        const markup = render(bubble, language)
        expect(markup).toContain('The platform’s own words')
        return words(markup)
      }),
    )
    expect(new Set(texts).size).toBe(FailureKind.options.length * languages.length)
  })

  it('offers to send a failed message again, but not what a phone app sent', () => {
    expect(draw(failed)).toContain('>Retry</button>')
    expect(draw({ ...failed, client_message_id: null })).not.toContain('>Retry</button>')
  })

  it('says that nobody knows what became of a message, and offers to send it again', () => {
    const markup = draw({ ...failed, status: 'unknown' })
    expect(words(markup)).toContain('Nobody can tell whether it arrived.')
    expect(markup).toContain('>Retry</button>')
  })

  it('shows what is on its way: its clock, its files and how far they are', () => {
    const uploads = [upload(), upload({ type: 'document', name: 'a.pdf' }), upload({ type: 'video', state: 'ready' })]
    const local = { state: 'waiting' as const, retryAt: null, error: null, uploads }
    const own = { direction: 'outbound' as const, status: 'queued' as const, external_id: null }
    const markup = draw({ ...own, type: 'image', local })
    expect(markup).toContain('title="Waiting to be sent"')
    expect(markup.match(/<progress[^>]*value="25"/g)).toHaveLength(2)
    expect(markup).toContain('a.pdf')
    expect(markup).not.toContain('class="actions"')
    expect(draw({ direction: 'outbound', status: 'queued', local: { ...local, state: 'sending' } })).toContain(
      'Sending…',
    )
  })

  it('says why something of this page was not taken, with the ways out', () => {
    const error = { code: 'message.too_long', status: 422, message: 'At most 1000 bytes' }
    const local = { state: 'failed' as const, retryAt: null, error, uploads: [] }
    const markup = draw({ direction: 'outbound', status: 'failed', local })
    expect(words(markup)).toMatch(/It was not accepted\..*At most 1000 bytes · message\.too_long.*Retry.*Delete/)
    expect(markup).toContain('role="alert"')
    const offline = { ...local, state: 'waiting' as const, error: { code: 'network', status: 0, message: '' } }
    expect(words(draw({ direction: 'outbound', status: 'queued', local: offline }))).toMatch(/No connection.*Try now/)
  })

  it('offers to answer and to react where the channel can, to what the platform knows', () => {
    const markup = draw({})
    expect(markup).toContain('aria-label="Reply to this message"')
    expect(markup).toContain('aria-label="React"')
    const { reply: _reply, react: _react, ...others } = allActions
    for (const without of [
      draw({}, null, others),
      draw({ external_id: null }),
      draw({ deleted_at: '2026-11-23T09:00:00Z' }),
    ]) {
      expect(without).not.toMatch(/Reply to this message|aria-label="React"/)
    }
  })

  it('lets our own reaction be taken back, and only ours', () => {
    const at = '2026-11-23T09:00:00Z'
    const reactions = [
      { by: 'customer', emoji: '❤️', at },
      { by: 'business', emoji: '👍', at },
    ]
    const markup = draw({ reactions })
    expect(markup).toContain('aria-label="Take back 👍"')
    expect(markup).not.toContain('Take back ❤️')
    expect(draw({ reactions }, null, { ...allActions, react: undefined } as unknown as BubbleActions)).not.toContain(
      'Take back',
    )
  })

  it('tells why a file is not there, and offers to fetch it again', () => {
    const error = { code: '190', title: 'Access token expired', details: null, kind: 'token' as const }
    const failedFile = attachment({ state: 'failed', url: null, error })
    const markup = draw({ content: '', attachments: [failedFile] })
    expect(words(markup)).toMatch(/Could not be fetched\. The channel has lost its access.*Access token expired · 190/)
    expect(markup).toContain('aria-label="Fetch photo.jpg again"')
    const pending = draw({ content: '', attachments: [attachment({ state: 'pending', url: null })] })
    expect(pending).toContain('aria-busy="true"')
    expect(pending).not.toContain('Fetch photo.jpg again')
  })

  it('speaks every language of the page', () => {
    const texts = languages.map((language) =>
      render(
        <MessageBubble
          {...{
            message: message({ type: 'unsupported' }),
            isRun: false,
            quoted: null,
            isMarked: false,
            isSubjectKnown: false,
            contactName: '',
          }}
          onQuote={nothing}
          actions={allActions}
        />,
        language,
      ),
    )
    expect(new Set(texts).size).toBe(languages.length)
  })
})
