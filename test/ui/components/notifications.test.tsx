import { describe, expect, it } from 'vitest'
import { Bell, BellBody } from '../../../src/ui/components/bell.tsx'
import { ComposerPlace } from '../../../src/ui/components/composer.tsx'
import { NoteBubble } from '../../../src/ui/components/note-bubble.tsx'
import { NotificationRow } from '../../../src/ui/components/notification-row.tsx'
import { SettingsPage } from '../../../src/ui/components/settings-page.tsx'
import { createDrafts } from '../../../src/ui/drafts.ts'
import { createTexts } from '../../../src/ui/i18n/texts.ts'
import type { Reader } from '../../../src/ui/rules/notification-words.ts'
import type { Note } from '../../../src/ui/types.ts'
import { NotificationSettings } from '../../../src/protocol/notification-settings.ts'
import { channel, conversation } from '../build.ts'
import { fakeInbox } from '../fake-inbox.ts'
import { fakeDevices, messageNotification, notificationsView } from '../fake-notifications.ts'
import { dangersIn, render } from '../render.tsx'

const nothing = () => undefined
const words = (markup: string) => markup.replaceAll(/<[^>]*>/g, ' ')
const evil = '<img src=x onerror=alert(1)>'

describe('the bell', () => {
  const draw = (count: number, more = false) =>
    render(
      <Bell
        view={notificationsView({ unread: { count, more } })}
        state={{ me: null, channels: [] }}
        onOpen={nothing}
        onSettings={nothing}
      />,
    )
  it('says how many are unread, to eyes and ears', () => {
    expect(draw(3)).toMatch(/aria-label="Notifications: 3 unread".*aria-hidden="true">3</)
    expect(draw(100, true)).toMatch(/more than 100 unread.*>100\+</)
    expect(draw(0)).not.toContain('bell-count')
  })
})

describe('the end of its list', () => {
  const draw = (given: Parameters<typeof notificationsView>[0]) =>
    words(
      render(<BellBody view={notificationsView(given)} state={{ me: null, channels: [] }} onOpen={nothing} />),
    ).replaceAll(/\s+/g, ' ')
  const items = [messageNotification()]
  const failed = 'The notifications could not be loaded.'
  it('leads on to older ones, also after a page of them failed', () => {
    expect(draw({ items, cursor: 'past' })).toMatch(/ Load more $/)
    expect(draw({ items, cursor: 'past', error: 'busy' })).toMatch(new RegExp(` ${failed} Try again $`))
    expect(draw({ items, cursor: null, error: 'busy' })).toMatch(new RegExp(` ${failed} $`))
  })
  it('tells nothing there and failed apart', () => {
    expect(draw({})).toContain('Nothing here yet')
    expect(draw({ error: 'busy' })).toBe(` ${failed} `)
  })
})

describe('a line of its list', () => {
  const { t } = createTexts('en')
  const reader: Reader = { say: t, userId: null, date: String, channelOf: () => null }
  const draw = (given: Parameters<typeof messageNotification>[0]) =>
    render(<NotificationRow notification={messageNotification(given)} reader={reader} now={0} onOpen={nothing} />)
  it('is a link to its conversation, marked while it is unread', () => {
    expect(draw({})).toMatch(/href="\/conversations\/00000000-0000-4000-8000-000000000010"/)
    expect(words(draw({}))).toContain('Unread')
    expect(words(draw({ read: true }))).not.toContain('Unread')
  })
  it('shows what strangers wrote as text', () => {
    const markup = draw({ client_name: evil, preview: evil })
    expect(dangersIn(markup)).toEqual([])
    expect(markup).toContain('&lt;img')
  })
})

describe('a note in the thread', () => {
  const at = '2026-11-23T09:00:00Z'
  const draw = (given: Partial<Note>, userId: string | null = null) => {
    const note = { id: 'n', author_id: 'a', author_name: 'Iryna', text: 'Call back', mentions: [], created_at: at }
    const staff = [
      { user_id: 'me', name: 'Olena', role: 'manager' as const },
      { user_id: 'other', name: evil, role: 'manager' as const },
    ]
    return render(<NoteBubble note={{ ...note, ...given }} staff={staff} userId={userId} />)
  }
  it('says that it is one, by whom and when, and nothing in it runs', () => {
    const markup = draw({ author_name: evil, text: `Call back @${evil}`, mentions: ['other'] })
    expect(dangersIn(markup)).toEqual([])
    expect(words(markup)).toMatch(/Internal note.*&lt;img.*09:00.*Call back/s)
  })
  it('marks those whom it calls, and says so to the one who reads', () => {
    const given = { text: 'Ask @Olena or @Taras', mentions: ['me'] }
    expect(draw(given, 'me')).toContain('Ask <b class="called-name">@Olena</b> or @Taras')
    expect(words(draw(given, 'me'))).toContain('Internal note that mentions you')
    expect(words(draw(given, 'other'))).not.toContain('mentions you')
    expect(words(draw({ ...given, author_id: 'me' }, 'me'))).not.toContain('mentions you')
    expect(words(draw({ text: 'Ask @Olena' }, 'me'))).not.toContain('mentions you')
  })
})

describe('where a note is written', () => {
  const draw = (mode: 'reply' | 'note', canReply = true) => {
    const one = conversation()
    const drafts = createDrafts()
    drafts.patch(one.id, { mode, text: 'For the customer', note: { text: 'For us', mentions: [] } })
    const own = channel({ id: one.channel_id, ...(canReply ? {} : { reply_rules: null }) })
    const rest = { messages: [], uploads: [], drafts, inbox: fakeInbox(), onTrouble: nothing }
    return render(<ComposerPlace conversation={one} channel={own} {...rest} />)
  }
  it('looks different as a whole, says who sees it, and has no way to send to the customer', () => {
    const markup = draw('note')
    expect(markup).toContain('class="composer composer-note"')
    expect(words(markup)).toContain('Only your colleagues see this')
    expect(markup).not.toMatch(/aria-label="(?:Send|Attach files|Templates)"/)
    expect(markup).not.toContain('For the customer')
    expect(draw('reply')).not.toMatch(/composer-note|For us/)
  })
  it('is there as well where no reply is possible', () => {
    expect(words(draw('reply', false))).toContain('Nothing can be sent on this channel')
    expect(draw('note', false)).toContain('For us')
  })
})

describe('the settings', () => {
  const draw = (settings: object | null, language: 'en' | 'uk' = 'en') =>
    render(
      <SettingsPage
        view={notificationsView({ settings: settings === null ? null : NotificationSettings.parse(settings) })}
        channels={[channel()]}
        userId="u"
        api={fakeDevices()}
        onBack={nothing}
      />,
      language,
    )
  it('have a box for every kind, relation and medium, each with a name of its own', () => {
    for (const language of ['en', 'uk'] as const) {
      const labels = [...draw({}, language).matchAll(/type="checkbox" aria-label="([^"]+)"/g)].map(([, label]) => label)
      expect(labels).toHaveLength(19 * 4)
      expect(new Set(labels).size).toBe(19 * 4)
    }
  })
  it('show what is set: rules, quiet hours, a pause, the digest', () => {
    const markup = draw({
      rules: { channel_up: [] },
      quiet_hours: [{ from: '22:00', to: '07:00' }],
      paused_until: '9999-12-31T23:59:59.000Z',
      digest: { enabled: true, address: 'olena@bureau.example' },
    })
    expect(words(markup)).toContain('Paused until you go on.')
    expect(words(markup)).toContain('ends on the next day')
    expect(markup).toContain('value="olena@bureau.example"')
    expect(markup).toMatch(/rule-own"><th scope="row">Channel works again/)
  })
  it('say that they are loading', () => {
    expect(words(draw(null))).toContain('Loading your settings')
  })
})
