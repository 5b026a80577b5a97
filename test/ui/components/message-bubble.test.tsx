import { describe, expect, it } from 'vitest'
import { messageTypes } from '../../../src/protocol/words.ts'
import { MessageBubble } from '../../../src/ui/components/message-bubble.tsx'
import { languages } from '../../../src/ui/i18n/texts.ts'
import type { Message } from '../../../src/ui/types.ts'
import { attachment, message } from '../build.ts'
import { dangersIn, render } from '../render.tsx'

function draw(given: Partial<Message>, quoted: Message | null = null): string {
  return render(
    <MessageBubble
      message={message(given)}
      isRun={false}
      quoted={quoted}
      isMarked={false}
      contactName="Olena"
      onQuote={() => undefined}
    />,
  )
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
    expect(file({ state: 'pending', url: null })).toContain('Not downloaded yet')
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
    const error = { code: '131047', title: 'Re-engagement message', details: null }
    expect(draw({ direction: 'outbound', status: 'failed', error })).toContain(
      'Not sent · Re-engagement message · 131047',
    )
  })

  it('folds a text of 100 KB', () => {
    const markup = draw({ content: 'word '.repeat(20_000) })
    expect(markup.length).toBeLessThan(5000)
    expect(markup).toContain('Show all')
  })

  it('counts equal reactions in one chip', () => {
    const at = '2026-11-23T09:00:00Z'
    const reactions = ['customer', 'business'].map((by) => ({ by, emoji: '👍', at }))
    expect(draw({ reactions }).match(/class="reaction"/g)).toHaveLength(1)
  })

  it('names a group member, but not the contact of a conversation of two', () => {
    expect(draw({ sender: { external_id: 'x', name: 'Ihor' } })).toContain('Ihor')
    expect(draw({ sender: { external_id: 'x', name: 'Olena' } })).not.toContain('Olena')
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
            contactName: '',
          }}
          onQuote={() => undefined}
        />,
        language,
      ),
    )
    expect(new Set(texts).size).toBe(languages.length)
  })
})
