import { describe, expect, it } from 'vitest'
import { MessageBubble } from '../../../src/ui/components/message-bubble.tsx'
import { ThreadHeader } from '../../../src/ui/components/thread-header.tsx'
import type { ThreadMessage } from '../../../src/ui/types.ts'
import { attachment, conversation, message } from '../build.ts'
import { dangersIn, render } from '../render.tsx'

const nothing = () => undefined
const actions = { retry: nothing, discard: nothing, retryFile: nothing }

function draw(given: Partial<ThreadMessage>, language: 'en' | 'uk' = 'en'): string {
  return render(
    <MessageBubble
      message={{ ...message(), ...given }}
      isRun={false}
      quoted={null}
      isMarked={false}
      isSubjectKnown={false}
      contactName="Olena"
      onQuote={nothing}
      actions={actions}
    />,
    language,
  )
}
const words = (markup: string) => markup.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
const hostile = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u202E'

describe('a poll', () => {
  const poll = {
    question: 'When?',
    is_closed: true,
    options: [
      { text: 'Monday', votes: 1, is_chosen: true },
      { text: 'Friday', votes: 0, is_correct: true },
    ],
  }
  const given = { type: 'interactive' as const, content: 'Poll: When?\n• Monday', details: { poll } }

  it('is shown with its votes, and its words are not said twice', () => {
    const shown = words(draw(given))
    expect(shown).toMatch(/When\? Monday \(your answer\) 1 vote ✓ Friday 0 votes Voting has ended/)
    expect(shown).not.toContain('Poll:')
    expect(words(draw(given, 'uk'))).toContain('Голосування завершено')
  })
  it('shows the share of each answer once somebody has voted', () => {
    expect(draw(given)).toMatch(/<progress[^>]+max="1" value="1"[^]+<progress[^>]+max="1" value="0"/)
    const unvoted = { ...poll, options: [{ text: 'Monday', votes: 0 }, { text: 'Friday' }] }
    expect(draw({ ...given, details: { poll: unvoted } })).not.toContain('<progress')
  })

  it('does not look edited when somebody votes', () => {
    expect(draw({ ...given, edited_at: '2026-11-23T09:00:00Z' })).not.toContain('edited')
    expect(draw({ edited_at: '2026-11-23T09:00:00Z' })).toContain('edited')
  })
})

describe('a list', () => {
  it('shows what is done', () => {
    const todo = {
      title: 'Papers',
      items: [
        { text: 'Seal', is_done: false },
        { text: 'Pay', is_done: true },
      ],
    }
    const shown = words(draw({ type: 'interactive', content: 'List: Papers', details: { todo } }))
    expect(shown).toMatch(/Papers ☐ Seal ☑ Pay/)
  })
})

describe('a message that was passed on', () => {
  it('says so, with the name where there is one', () => {
    expect(words(draw({ details: { forward: { from: 'Ihor' } } }))).toContain('Forwarded from Ihor')
    expect(words(draw({ details: { forward: {} } }))).toContain('Forwarded')
  })
})

describe('an answer', () => {
  it('to a part of a message shows that part, also when the message is not loaded', () => {
    const details = { quote: { text: 'two pages' } }
    expect(words(draw({ reply_to_external_id: '5', details }))).toContain('two pages')
  })
})

describe('words that hide a link', () => {
  it('have beside them where they lead', () => {
    const entities = [{ type: 'text_url', offset: 0, length: 4, url: 'https://evil.example/pay' }]
    const markup = draw({ content: 'bank', details: { entities } })
    expect(markup).toContain('href="https://evil.example/pay"')
    expect(words(markup)).toContain('evil.example')
  })
})

describe('what happened in a chat', () => {
  it('is a line in the middle, in the reader’s language', () => {
    const given = {
      type: 'system' as const,
      content: 'Ihor joined',
      details: { service: { action: 'joined', by: 'Ihor' } },
    }
    expect(draw(given)).toContain('system-note')
    expect(words(draw(given, 'uk'))).toContain('Ihor тепер у групі')
    const unknown = { ...given, details: { service: { action: 'boosted' } } }
    expect(words(draw(unknown, 'uk'))).toContain('Ihor joined')
  })
})

describe('several pictures in one message', () => {
  it('lie side by side; other files do not', () => {
    const files = (...types: ('image' | 'video' | 'document')[]) =>
      draw({ attachments: types.map((type) => attachment({ type })) })
    expect(files('image', 'video')).toContain('file-album')
    for (const markup of [files('image'), files('image', 'document'), files()]) {
      expect(markup).not.toContain('file-album')
    }
  })
})

describe('the header', () => {
  it('names the topic of a group', () => {
    const header = { conversation: conversation(), channel: undefined, onBack: nothing }
    expect(words(render(<ThreadHeader {...header} topic="Invoices" />))).toContain('Invoices')
    expect(render(<ThreadHeader {...header} />)).not.toContain('class="tag"')
  })

  it('shows by what a customer is known, but not the id of a group', () => {
    const draw = (external_id: string, platform = 'telegram') => {
      const header = { conversation: conversation({ platform, external_id }), channel: undefined, onBack: nothing }
      return words(render(<ThreadHeader {...header} />))
    }
    expect(draw('610000001')).toContain('610000001')
    expect(draw('-1001234567')).not.toContain('1001234567')
    expect(draw('-5', 'pigeon')).toContain('-5')
  })
})

it('escapes what strangers wrote', () => {
  const details = {
    poll: { question: hostile, options: [{ text: hostile, votes: hostile }] },
    forward: { from: hostile },
    quote: { text: hostile },
    service: { action: 'added', by: hostile, names: [hostile] },
    entities: [{ type: 'text_url', offset: 0, length: 5, url: 'javascript:alert(1)' }],
    location: { latitude: 1, longitude: 2, live: true, name: hostile },
  }
  for (const type of ['interactive', 'system', 'text', 'location'] as const) {
    const markup = draw({ type, content: hostile, details, reply_to_external_id: '1' })
    expect(dangersIn(markup)).toEqual([])
  }
})
