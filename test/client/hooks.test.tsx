import { act, StrictMode, type ReactNode } from 'react'
import { createRoot, type Container, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApi } from '../../src/client/api.ts'
import { createNotifications } from '../../src/client/notifications.ts'
import { type InboxView, useInbox } from '../../src/client/use-inbox.ts'
import {
  type MessagesWebSocket,
  type MessagesWebSocketOptions,
  useMessagesWebSocket,
} from '../../src/client/use-messages-websocket.ts'
import { type NotificationsView, useNotifications } from '../../src/client/use-notifications.ts'
import { useNotificationWebSocket } from '../../src/client/use-notification-websocket.ts'
import { conversationUpdated, conversation, newMessage, notificationEvent, ready, userId, uuid } from './builders.ts'
import { createFakeEnvironment, type FakeEnvironment } from './fake-environment.ts'
import { setUpInbox } from './inbox-setup.ts'

// Components that render nothing need nearly no document: React only wants to listen to its root.
function createContainer(): Container {
  const document = { nodeType: 9, addEventListener: () => undefined, activeElement: null }
  const element = { nodeType: 1, nodeName: 'DIV', tagName: 'DIV', namespaceURI: 'http://www.w3.org/1999/xhtml' }
  const container = { ...element, ownerDocument: document, addEventListener: () => undefined, textContent: '' }
  return container as unknown as Container
}

let root: Root
beforeEach(() => {
  vi.stubGlobal('window', { HTMLIFrameElement: class {} })
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  root = createRoot(createContainer())
})
afterEach(() => vi.unstubAllGlobals())

const show = (node: ReactNode): Promise<void> => act(async () => root.render(node))

type Page = {
  environment: FakeEnvironment
  tickets: () => number
  options: MessagesWebSocketOptions
  seen: MessagesWebSocket[]
}

function createPage(): Page {
  let tickets = 0
  const getTicket = async (): Promise<string> => `t${(tickets += 1)}`
  const environment = createFakeEnvironment()
  const options = { userId, baseUrl: 'https://inbox.example', getTicket, environment }
  return { environment, tickets: () => tickets, options, seen: [] }
}

function Messages({ page, options }: { page: Page; options: MessagesWebSocketOptions }): ReactNode {
  page.seen.push(useMessagesWebSocket(options))
  return null
}

async function comeUp({ environment }: Page, seq: number): Promise<void> {
  await act(() => environment.advance(0))
  await act(async () => {
    environment.socket().accept()
    environment.socket().receive(ready(seq))
  })
}

describe('useMessagesWebSocket', () => {
  test('connects, says so, and hands over messages as they come', async () => {
    const page = createPage()
    const frames: unknown[] = []
    const onNewMessage = (frame: unknown): void => void frames.push(frame)
    await show(<Messages page={page} options={{ ...page.options, onNewMessage }} />)
    expect(page.seen.at(-1)?.isConnected).toBe(false)
    await comeUp(page, 7)
    expect(page.seen.at(-1)).toMatchObject({ isConnected: true, connection: { kind: 'live' }, error: null })
    await act(async () => page.environment.socket().receive(newMessage(8)))
    expect(frames).toEqual([newMessage(8)])
    expect(page.seen.at(-1)?.lastMessage?.seq).toBe(8)
  })

  test('begins where its first connection finds the journal, and goes on from there after every later one', async () => {
    const page = createPage()
    const seqs: number[] = []
    const sinceOf = ({ request }: { request: { url: string } }) => new URL(request.url).searchParams.get('since')
    await show(<Messages page={page} options={{ ...page.options, onNewMessage: ({ seq }) => void seqs.push(seq) }} />)
    await act(() => page.environment.advance(0))
    await act(async () => page.environment.socket().drop(1006))
    await act(() => page.environment.advance(5_000))
    expect(page.seen.at(-1)?.isConnected).toBe(false)
    await comeUp(page, 7)
    expect(page.seen.at(-1)?.isConnected).toBe(true)
    await act(async () => page.environment.socket().drop(1006))
    await act(() => page.environment.advance(5_000))
    await act(async () => {
      page.environment.socket().receive(ready(8))
      page.environment.socket().receive(newMessage(8))
    })
    expect(seqs).toEqual([8])
    expect(page.environment.sockets.map(sinceOf)).toEqual([null, null, '7'])
  })

  test('calls each callback for its own kind of event, and the old name of the first', async () => {
    const page = createPage()
    const called: string[] = []
    const onMessage = (): void => void called.push('message')
    const onConversationUpdated = (): void => void called.push('conversation')
    await show(<Messages page={page} options={{ ...page.options, onMessage, onConversationUpdated }} />)
    await comeUp(page, 7)
    await act(async () => {
      page.environment.socket().receive(newMessage(8))
      page.environment.socket().receive(conversationUpdated(9, conversation(10)))
    })
    expect(called).toEqual(['message', 'conversation'])
  })

  test('calls the newest callback and keeps its connection when callbacks change', async () => {
    const page = createPage()
    const called: string[] = []
    await show(<Messages page={page} options={{ ...page.options, onNewMessage: () => void called.push('first') }} />)
    await comeUp(page, 7)
    await show(<Messages page={page} options={{ ...page.options, onNewMessage: () => void called.push('second') }} />)
    await act(async () => page.environment.socket().receive(newMessage(8)))
    expect(called).toEqual(['second'])
    expect(page.environment.sockets).toHaveLength(1)
  })

  test('opens one socket with one ticket in StrictMode, and closes it on leaving', async () => {
    const page = createPage()
    await show(
      <StrictMode>
        <Messages page={page} options={page.options} />
      </StrictMode>,
    )
    await comeUp(page, 7)
    expect(page.tickets()).toBe(1)
    expect(page.environment.sockets).toHaveLength(1)
    await act(async () => root.unmount())
    expect(page.environment.socket().closedWith).toBe(1000)
    expect(page.environment.timers()).toBe(0)
    expect(page.environment.listeners()).toBe(0)
  })

  test('connects anew for another user, and not at all without one or while disabled', async () => {
    const page = createPage()
    await show(<Messages page={page} options={{ ...page.options, userId: null }} />)
    await show(<Messages page={page} options={{ ...page.options, enabled: false }} />)
    await act(() => page.environment.advance(1_000))
    expect(page.environment.sockets).toHaveLength(0)
    await show(<Messages page={page} options={page.options} />)
    await comeUp(page, 7)
    await show(<Messages page={page} options={{ ...page.options, userId: uuid(2) }} />)
    await comeUp(page, 7)
    expect(page.environment.sockets.map(({ closedWith }) => closedWith)).toEqual([1000, null])
    expect(page.environment.socket().request.url).toContain(uuid(2))
  })

  test('says why the server ended the connection for good', async () => {
    const page = createPage()
    await show(<Messages page={page} options={page.options} />)
    await comeUp(page, 7)
    await act(async () => page.environment.socket().drop(4503))
    expect(page.seen.at(-1)).toMatchObject({ isConnected: false, error: { code: 'close.4503' } })
  })

  test('renders on a server, where nothing is connected', () => {
    vi.unstubAllGlobals()
    const page = createPage()
    expect(renderToString(<Messages page={page} options={page.options} />)).toBe('')
    expect(page.seen).toMatchObject([{ isConnected: false, lastMessage: null }])
    expect(page.environment.timers()).toBe(0)
  })
})

describe('useNotificationWebSocket', () => {
  test('hands over notifications it knows, and leaves out what else a filled gap brings', async () => {
    const { environment, options } = createPage()
    const seen: unknown[] = []
    const unheardOf = { type: 'notification', seq: 9, notification: { id: 'k3f.9', kind: 'full_moon' } }
    const events = [newMessage(8), unheardOf, notificationEvent(10)]
    const fetch = async (): Promise<Response> => Response.json({ events, seq: 10, epoch: 'k3f', more: false })
    const api = createApi({ baseUrl: 'https://inbox.example', fetch })
    function Notifications(): ReactNode {
      const { lastNotification } = useNotificationWebSocket({
        ...options,
        api,
        onNotification: (one) => seen.push(one),
      })
      seen.push(lastNotification)
      return null
    }
    await show(<Notifications />)
    await act(() => environment.advance(0))
    expect(environment.socket().request.url).toContain('/notifications/ws/')
    await act(async () => {
      environment.socket().receive(ready(7))
      environment.socket().receive({ type: 'skip', from: 10, seq: 10 })
      await environment.advance(10)
    })
    const { notification } = notificationEvent(10)
    expect(seen.filter((one) => one !== null)).toEqual([notification, notification])
  })
})

describe('useInbox', () => {
  test('renders again with every change of the inbox, and on a server with its first state', async () => {
    const { inbox } = setUpInbox()
    const counts: number[] = []
    function Count(): ReactNode {
      counts.push(useInbox(inbox).conversations.length)
      return null
    }
    await show(<Count />)
    await act(() => inbox.start())
    expect(counts[0]).toBe(0)
    expect(counts.at(-1)).toBe(3)
    expect(renderToString(<Count />)).toBe('')
  })

  test('hands over what a page does with it, the same with every render', async () => {
    const { inbox } = setUpInbox()
    await inbox.start()
    const views: InboxView[] = []
    function Reply(): ReactNode {
      views.push(useInbox(inbox))
      return null
    }
    await show(<Reply />)
    await act(async () => void views[0]?.actions.send(uuid(10), { content: 'Hello' }))
    expect(views.at(-1)?.outgoing[0]?.message.content).toBe('Hello')
    expect(views.at(-1)?.actions).toBe(views[0]?.actions)
  })
})

describe('useNotifications', () => {
  test('renders again when something comes, with the same actions, and on a server with nothing', async () => {
    const environment = createFakeEnvironment()
    const session = { tenant: { id: uuid(2), name: 'Bureau' }, session_expires_at: '2026-01-22T10:00:00Z' }
    const answers: Record<string, unknown> = {
      '/api/v1/auth/me': { user_id: userId, name: 'I', role: 'manager', ...session },
      '/api/v1/notifications': {
        items: [],
        next_cursor: null,
        as_of: 7,
        epoch: 'k3f',
        unread: { count: 0, more: false },
      },
      '/api/v1/notifications/settings': {},
      '/api/v1/auth/tickets': { ticket: 't', expires_at: '2026-01-22T10:00:00Z' },
    }
    const fetch = async (url: unknown): Promise<Response> => Response.json(answers[new URL(String(url)).pathname])
    const api = createApi({ baseUrl: 'https://inbox.example', fetch })
    const notifications = createNotifications({ api, environment })
    const views: NotificationsView[] = []
    function Bell(): ReactNode {
      views.push(useNotifications(notifications))
      return null
    }
    expect(renderToString(<Bell />)).toBe('')
    await show(<Bell />)
    await act(() => notifications.start())
    await act(async () => {
      environment.socket().accept()
      environment.socket().receive(ready(7))
      environment.socket().receive(notificationEvent(8))
    })
    expect(views[0]?.unread.count).toBe(0)
    expect(views.at(-1)).toMatchObject({ unread: { count: 1 }, items: [{ seq: 8 }], connection: { kind: 'live' } })
    expect(views.at(-1)?.actions).toBe(views[0]?.actions)
    await act(async () => notifications.stop())
  })
})
