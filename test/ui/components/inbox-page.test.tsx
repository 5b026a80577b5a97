import { describe, expect, it } from 'vitest'
import { App } from '../../../src/ui/app.tsx'
import { ConnectionBadge, ConnectionBanner } from '../../../src/ui/components/connection-badge.tsx'
import { InboxPage } from '../../../src/ui/components/inbox-page.tsx'
import { SignIn } from '../../../src/ui/components/sign-in.tsx'
import { ThreadHeader } from '../../../src/ui/components/thread-header.tsx'
import { ThreadView } from '../../../src/ui/components/thread.tsx'
import type { InboxState } from '../../../src/ui/types.ts'
import { knownPlatforms } from '../../../src/ui/rules/platforms.ts'
import { channel, conversation, inboxState, message } from '../build.ts'
import { fakeInbox } from '../fake-inbox.ts'
import { fakeDevices, fakeNotifications } from '../fake-notifications.ts'
import { dangersIn, render } from '../render.tsx'

const nothing = () => undefined
const draw = (given: Partial<InboxState>, notifications = fakeNotifications()) =>
  render(
    <InboxPage
      inbox={fakeInbox(given)}
      notifications={notifications}
      api={fakeDevices()}
      onSignOut={async () => undefined}
      onSignIn={nothing}
      onLanguage={nothing}
    />,
  )
const words = (markup: string) => markup.replaceAll(/<[^>]*>/g, ' ')

describe('an account that is signed out', () => {
  const signedOut = channel(
    { platform: 'telegram', external_id: '700', name: 'Sales' },
    { state: 'down', session_state: 'needs_login' },
  )
  it('is told across the page with what to do, in both places', () => {
    const markup = draw({ channels: [signedOut, { ...signedOut, id: 'other' }] })
    const banner = /<div class="banner" role="status">(.*?)<\/div>/.exec(markup)?.[1] ?? ''
    expect(words(banner)).toContain('Sales: This account is signed out')
    expect(banner).toContain('npm run companion -- login --account 700</code>')
    expect(words(banner)).toContain('and 1 more channel')
    expect(markup.split('login --account 700')).toHaveLength(4)
  })
  it('is not mistaken for one that works', () => {
    expect(draw({ channels: [channel()] })).not.toContain('class="banner" role="status"')
  })
})

describe('the list', () => {
  it('shows name, preview, unread count and platform of each conversation', () => {
    const conversations = knownPlatforms.map((platform) =>
      conversation({ platform, unread_count: 3, client_name: `At ${platform}` }),
    )
    const markup = draw({ conversations })
    for (const platform of knownPlatforms) expect(markup).toContain(`At ${platform}`)
    for (const label of ['WhatsApp', 'Telegram', 'Facebook Messenger', 'Instagram', 'E-mail']) {
      expect(markup).toContain(`aria-label="${label}"`)
    }
    expect(words(markup)).toContain('3 unread messages')
  })
  it('shows a platform that it does not know by its own word and a neutral sign', () => {
    const markup = draw({ conversations: [conversation({ platform: 'pigeon' })] })
    expect(markup).toMatch(/<svg class="mark mark-other [^>]*aria-label="Pigeon"><title>Pigeon<\/title>.*?<path d="M/)
    expect(markup).not.toContain('undefined')
  })
  it('offers the platforms of the tenant’s channels as filters', () => {
    const channels = [channel({ platform: 'pigeon' }), channel({ platform: 'telegram' })]
    const filters = /role="group" aria-label="Platforms">(.*?)<\/div>/.exec(draw({ channels }))?.[1] ?? ''
    expect([...filters.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label)).toEqual(['Telegram', 'Pigeon'])
  })
  it('tells loading, empty, nothing found and failed apart', () => {
    expect(draw({ conversationsLoading: true })).toContain('Loading conversations')
    expect(draw({})).toContain('All quiet')
    expect(draw({ query: { q: 'x' } })).toContain('Nothing found')
    expect(draw({ conversationsError: 'network' })).toContain('The conversations could not be loaded')
  })
  it('keeps the rows when loading more failed, and offers to try again', () => {
    const markup = draw({ conversations: [conversation()], conversationsCursor: 'c', conversationsError: 'network' })
    expect(markup).toContain('Olena Kovalenko')
    expect(markup).toContain('Try again')
  })
  it('says above the rows of before that those of another filter could not be loaded', () => {
    const conversations = Array.from({ length: 9 }, () => conversation())
    const markup = draw({ conversations, query: { unread: true }, conversationsError: 'network' })
    const [above = '', below = ''] = markup.split('Olena Kovalenko', 2)
    expect(words(above)).toMatch(/The conversations could not be loaded.*Try again/)
    expect(above).toContain('class="missing-line"')
    expect(below).not.toBe('')
    expect(markup).not.toContain('That is everything')
  })
  it('shows who is typing, but not the reader', () => {
    const one = conversation()
    const state = inboxState()
    const entry = { conversationId: one.id, until: 0 }
    const typing = [{ ...entry, userId: 'colleague', name: 'Taras' }]
    const self = [{ ...entry, userId: state.me?.user_id ?? '', name: 'Iryna' }]
    expect(draw({ conversations: [one], typing })).toContain('Taras is typing…')
    expect(draw({ me: state.me, conversations: [one], typing: self })).not.toContain('is typing')
  })
})

it('shows the customer’s picture where there is one of this host, over the initials', () => {
  const picture = (url: string | null) => draw({ conversations: [conversation({ picture_url: url })] })
  expect(picture('/api/v1/communications/conversations/x/picture?v=1')).toMatch(
    /OK<img class="avatar-picture" src="\/api/,
  )
  for (const url of [null, 'https://evil.example/a.png', '//evil.example/a.png', 'javascript:alert(1)']) {
    expect(picture(url)).not.toContain('<img')
  }
})

describe('the header', () => {
  it('counts colleagues without the reader', () => {
    const { me } = inboxState()
    expect(words(draw({ me, online: ['a', 'b', me?.user_id ?? ''] }))).toContain('2 colleagues online')
  })
  it('warns of channels in trouble, and tells each channel’s state and last error', () => {
    const health = {
      state: 'down',
      last_error_message: 'Wrong password',
      last_error_at: '2026-11-23T09:00:00Z',
    } as const
    const markup = draw({
      channels: [channel(), channel({ name: 'office@bureau.example', platform: 'email' }, health)],
    })
    expect(markup).toContain('1 channel needs attention')
    expect(words(markup)).toMatch(/Down.*Wrong password/s)
  })
})

it('escapes hostile names, previews, channels and colleagues', () => {
  const evil = '<img src=x onerror=alert(1)>'
  const one = conversation({ client_name: evil, last_message_preview: evil, external_id: evil })
  const { me } = inboxState()
  const state: Partial<InboxState> = {
    me: me === null ? null : { ...me, name: evil, tenant: { ...me.tenant, name: evil } },
    conversations: [one, conversation({ client_name: '', external_id: evil })],
    channels: [channel({ name: evil, external_id: evil }, { state: 'down', last_error_message: evil })],
    typing: [{ conversationId: one.id, userId: 'x', name: evil, until: 0 }],
  }
  const header = render(<ThreadHeader conversation={one} channel={state.channels?.[0]} onBack={nothing} />)
  for (const markup of [draw(state), header]) {
    expect(dangersIn(markup)).toEqual([])
    expect(markup).toContain('&lt;img src=x')
  }
})

describe('the thread', () => {
  const one = conversation({ unread_count: 1 })
  const draw = (thread: InboxState['threads'][string] | undefined, typing: string[] = [], given: object = {}) =>
    render(
      <ThreadView
        {...{ conversationId: one.id, conversation: one, thread, typing, inbox: fakeInbox() }}
        messages={thread?.messages ?? []}
        notes={[]}
        notesError={null}
        userId={null}
        actions={{ retry: nothing, discard: nothing, retryFile: nothing }}
        {...given}
      />,
    )
  const loaded = { messages: [message()], before: null, loading: false, error: null }

  it('shows messages with their day, where the unread ones begin, and where the conversation does', () => {
    const text = words(draw(loaded))
    for (const part of ['1 unread message', 'Good morning', '09:00', 'The conversation begins here']) {
      expect(text).toContain(part)
    }
  })
  it('tells loading, empty and failed apart', () => {
    expect(draw(undefined)).toContain('Loading messages')
    expect(draw({ ...loaded, messages: [] })).toContain('No messages yet')
    expect(draw({ ...loaded, messages: [], error: 'network' })).toContain('The messages could not be loaded')
  })
  it('says what is missing beside the messages that are there, and offers to try again', () => {
    expect(draw(loaded, [], { notesError: 'busy' })).toMatch(/Good morning.*The notes could not be loaded.*Try again/s)
    const unopened = { ...loaded, openedError: 'busy' }
    expect(draw(unopened, [], { conversation: null })).toMatch(/Good morning.*The conversation could not be loaded/s)
    expect(draw(unopened)).not.toContain('could not be loaded')
  })
  it('does not take notes that are there for the messages that are missing', () => {
    const failed = { ...loaded, messages: [], error: 'busy' }
    const note = { id: 'n', author_id: 'a', author_name: 'Taras', mentions: [], text: 'Call back' }
    const markup = draw(failed, [], { notes: [{ ...note, created_at: '2026-11-23T09:00:00Z' }] })
    expect(markup).toMatch(/Call back.*The messages could not be loaded/s)
    expect(markup).not.toContain('The conversation begins here')
  })
  it('offers older messages while there are some', () => {
    expect(draw({ ...loaded, before: 'cursor' })).toContain('Load older messages')
  })
  it('says who of the colleagues is typing', () => {
    expect(draw(loaded, ['Taras', 'Olha'])).toContain('Taras, Olha are typing…')
  })
})

describe('the connection', () => {
  it('is named in the badge, and explained where the reader must act', () => {
    expect(render(<ConnectionBadge connection={{ kind: 'live' }} />)).toContain('Live')
    expect(render(<ConnectionBanner connection={{ kind: 'live' }} onSignIn={nothing} />)).toBe('')
    const stopped = render(<ConnectionBanner connection={{ kind: 'stopped', code: 4500 }} onSignIn={nothing} />)
    expect(stopped).toContain('How to sign in')
  })
  it('does not pass for live when that of the notifications has ended for good', () => {
    const bell = (code: number | null) => fakeNotifications({ connection: { kind: 'stopped', code } })
    const live: Partial<InboxState> = { connection: { kind: 'live' } }
    expect(words(draw(live, bell(4503)))).toMatch(/Stopped.*too many windows.*Reload/s)
    expect(words(draw(live, bell(4503)))).not.toContain('Live')
    expect(words(draw(live, bell(null)))).toContain('Live')
    expect(draw(live, bell(null))).not.toContain('class="banner"')
  })
})

describe('the way in', () => {
  it('says what to do, for each reason', () => {
    const draw = (reason: 'none' | 'link' | 'unreachable') =>
      render(<SignIn reason={reason} onRetry={nothing} onLanguage={nothing} />)
    expect(draw('none')).toContain('Ask your administrator for a sign-in link')
    expect(draw('link')).toContain('Ask your administrator for a new sign-in link')
    expect(draw('unreachable')).toContain('Try again')
  })
  it('shows nothing of the inbox before it knows who is there', () => {
    const session = { me: async () => ({}), createSession: async () => ({}), signOut: async () => ({}) }
    const api = { ...session, ...fakeDevices() }
    const markup = render(
      <App inbox={fakeInbox({ conversations: [conversation()] })} notifications={fakeNotifications()} api={api} />,
    )
    expect(markup).toContain('Opening your inbox')
    expect(markup).not.toContain('Olena')
  })
})
