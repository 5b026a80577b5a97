import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import type { Api } from '../../src/client/api.ts'
import { createEmitter } from '../../src/client/emitter.ts'
import type { ConnectionState } from '../../src/client/inbox-state.ts'
import {
  type ArrivedNotification,
  createNotifications,
  type NotificationConnection,
  type NotificationsOptions,
} from '../../src/client/notifications.ts'
import type { Ephemeral } from '../../src/client/socket.ts'
import { NotificationSettings } from '../../src/protocol/notification-settings.ts'
import type { JournalEvent } from '../../src/protocol/frames.ts'
import type { Notification } from '../../src/protocol/notifications.ts'
import { conversation, epoch, notification, notificationEvent, ready, uuid } from './builders.ts'
import { createFakeEnvironment, settle } from './fake-environment.ts'
import { setUpInbox } from './inbox-setup.ts'

const settingsOf = (given: object = {}) => NotificationSettings.parse(given)

/** What the server holds of this user, which the test changes, and how it is asked. */
function createServer() {
  const server = {
    asOf: 9,
    epoch,
    items: [notification(9), notification(8), notification(7, { read: true })] as Notification[],
    older: [] as Notification[],
    unread: 2,
    settings: settingsOf(),
    calls: [] as string[],
    /** Calls that fail, by their first word. */
    failing: new Map<string, ApiError>(),
  }
  const answer = async <T>(call: string, value: () => T): Promise<T> => {
    server.calls.push(call)
    await Promise.resolve()
    const error = server.failing.get(call.split(' ')[0] ?? '')
    if (error !== undefined) throw error
    return value()
  }
  const position = () => ({ as_of: server.asOf, epoch: server.epoch })
  const counted = () => ({ count: server.unread, more: false, ...position() })
  const api = {
    baseUrl: '',
    me: () => answer('me', () => ({ user_id: uuid(1) })),
    notifications: (cursor: string | null) =>
      answer(`list ${cursor ?? 'first'}`, () => ({
        items: cursor === null ? server.items : server.older,
        next_cursor: cursor === null && server.older.length > 0 ? 'past' : null,
        unread: { count: server.unread, more: false },
        ...position(),
      })),
    unreadNotifications: () => answer('count', counted),
    readNotification: (id: string) => answer(`read ${id}`, counted),
    readAllNotifications: (upTo: number) => answer(`read-all ${upTo}`, counted),
    notificationSettings: () => answer('settings', () => server.settings),
    saveNotificationSettings: (wanted: NotificationSettings) =>
      answer(`save ${wanted.time_zone}`, () => (server.settings = wanted)),
  }
  return { server, api: api as unknown as Api }
}

function setUp(options: Partial<NotificationsOptions> = {}) {
  const { server, api } = createServer()
  const environment = createFakeEnvironment()
  const fail = (error: unknown): never => {
    throw error
  }
  const events = createEmitter<JournalEvent>(fail)
  const ephemerals = createEmitter<Ephemeral>(fail)
  const states = createEmitter<ConnectionState>(fail)
  const resets = createEmitter<'epoch'>(fail)
  const seen = { openedAt: null as unknown, cursors: [] as unknown[], focus: [] as (string | null)[], isOpen: false }
  const openSocket: NotificationsOptions['openSocket'] = ({ cursor }) => {
    seen.openedAt = cursor
    const connection: NotificationConnection = {
      cursor,
      onEvent: events.on,
      onEphemeral: ephemerals.on,
      onState: states.on,
      onReset: resets.on,
      open: () => void (seen.isOpen = true),
      close: () => void (seen.isOpen = false),
      setCursor: (next) => void seen.cursors.push(next),
      setFocus: (id) => void seen.focus.push(id),
    }
    return connection
  }
  const notifications = createNotifications({ api, environment, openSocket, ...options })
  const arrived: ArrivedNotification[] = []
  notifications.onNotification((one) => arrived.push(one))
  const shown = () => notifications.getState().items.map(({ seq, read }) => `${seq}${read ? '' : '!'}`)
  return { notifications, server, environment, arrived, seen, shown, events, ephemerals, states, resets }
}

async function setUpLive(options: Partial<NotificationsOptions> = {}) {
  const setup = setUp(options)
  await setup.notifications.start()
  setup.states.emit({ kind: 'live' })
  setup.server.calls.length = 0
  return setup
}

describe('starting', () => {
  test('loads list, number and settings, and goes on live from where the list was read', async () => {
    const { notifications, seen, shown } = await setUpLive()
    expect(shown()).toEqual(['9!', '8!', '7'])
    expect(notifications.getState()).toMatchObject({
      unread: { count: 2, more: false },
      settings: { version: 1 },
      isLoading: false,
      connection: { kind: 'live' },
    })
    expect(seen).toMatchObject({ openedAt: { seq: 9, epoch }, isOpen: true })
  })

  test('tries again until the server answers, but not with a credential that was refused', async () => {
    const { notifications, server, environment } = setUp()
    server.failing.set('list', new ApiError('network', 0, 'No answer'))
    const started = notifications.start()
    await environment.advance(1)
    expect(notifications.getState()).toMatchObject({
      error: 'No answer',
      connection: { kind: 'connecting', attempt: 1 },
    })
    server.failing.set('list', new ApiError('auth.required', 401, 'Sign in'))
    await environment.advance(60_000)
    await started
    expect(notifications.getState().connection).toEqual({ kind: 'stopped', code: 4500 })
  })

  test('leaves nothing behind when it is stopped, also where answers are on their way', async () => {
    const { notifications, seen } = setUp()
    const started = notifications.start()
    notifications.stop()
    await started
    expect(seen.isOpen).toBe(false)
    expect(notifications.getState().items).toEqual([])
  })
})

describe('a live notification', () => {
  test('is put on top, counted, and told with whether it may pop up and sound', async () => {
    const { events, shown, arrived, notifications } = await setUpLive()
    events.emit(notificationEvent(12, { show: true, sound: false }))
    expect(shown()).toEqual(['12!', '9!', '8!', '7'])
    expect(notifications.getState().unread.count).toBe(3)
    expect(arrived).toMatchObject([{ notification: { seq: 12 }, show: true, sound: false }])
  })

  test('is told once and counted once, also when the journal is read again', async () => {
    const { events, arrived, notifications } = await setUpLive()
    events.emit(notificationEvent(12, { show: true, sound: true }))
    events.emit(notificationEvent(12, { show: true, sound: true }))
    expect(arrived).toHaveLength(1)
    expect(notifications.getState().unread.count).toBe(3)
  })

  test('that the server has counted already is not counted again', async () => {
    const { events, notifications, server } = await setUpLive()
    Object.assign(server, { asOf: 12, unread: 2 })
    await notifications.read(`${epoch}.9`)
    events.emit(notificationEvent(12))
    expect(notifications.getState().unread.count).toBe(2)
    events.emit(notificationEvent(13))
    expect(notifications.getState().unread.count).toBe(3)
  })

  test('of a kind that is not known is not shown, and the number is asked for', async () => {
    const { events, environment, arrived, notifications, server } = await setUpLive()
    events.emit({ type: 'notification', seq: 10, notification: { kind: 'full_moon', id: `${epoch}.10` } })
    Object.assign(server, { asOf: 10, unread: 3 })
    await environment.advance(300)
    expect(arrived).toEqual([])
    expect(notifications.getState().unread.count).toBe(3)
  })
})

describe('reading', () => {
  test('one shows at once, and the server’s number is what counts', async () => {
    const { notifications, shown, server } = await setUpLive()
    server.unread = 41
    const read = notifications.read(`${epoch}.9`)
    expect(shown()).toEqual(['9', '8!', '7'])
    expect(notifications.getState().unread.count).toBe(1)
    expect(await read).toEqual({ ok: true, value: null })
    expect(notifications.getState().unread.count).toBe(41)
  })

  test('asks for the number again where that failed', async () => {
    const { notifications, server, environment, ephemerals } = await setUpLive()
    server.failing.set('count', new ApiError('network', 0, 'No network'))
    server.unread = 7
    ephemerals.emit({ type: 'notifications_read', up_to: null, ids: [uuid(99)] })
    await environment.advance(300)
    expect(notifications.getState().unread.count).toBe(2)
    server.failing.clear()
    await environment.advance(1_000)
    expect(notifications.getState()).toMatchObject({ error: null, unread: { count: 7 } })
  })

  test('is taken back where it was refused', async () => {
    const { notifications, shown, server } = await setUpLive()
    server.failing.set('read', new ApiError('server.error', 500, 'No'))
    expect(await notifications.read(`${epoch}.9`)).toMatchObject({ ok: false })
    expect(shown()).toEqual(['9!', '8!', '7'])
    expect(notifications.getState().unread.count).toBe(2)
  })

  test('all names the last one that was on show, so that a later one stays unread', async () => {
    const { notifications, shown, server, events } = await setUpLive()
    server.unread = 0
    const read = notifications.readAll()
    events.emit(notificationEvent(12))
    await read
    expect(server.calls).toContain('read-all 9')
    expect(shown()).toEqual(['12!', '9', '8', '7'])
    expect(notifications.getState().unread.count).toBe(1)
  })

  test('in another window shows here', async () => {
    const { shown, ephemerals, notifications } = await setUpLive()
    ephemerals.emit({ type: 'notifications_read', up_to: null, ids: [`${epoch}.8`] })
    expect(shown()).toEqual(['9!', '8', '7'])
    ephemerals.emit({ type: 'notifications_read', up_to: 9, ids: [] })
    expect(shown()).toEqual(['9', '8', '7'])
    expect(notifications.getState().unread.count).toBe(0)
  })

  test('a conversation of the inbox reads its messages’ notifications, and asks for the number once the server knows', async () => {
    const { inbox, server: rows, api } = setUpInbox()
    rows.conversations = [conversation(10, { unread_count: 2 })]
    const stored = Promise.withResolvers<null>()
    api.markRead = async () => {
      await stored.promise
      return { conversation: conversation(10), seq: 40 }
    }
    await inbox.start()
    const { shown, environment, server } = await setUpLive({ inbox })
    const marking = inbox.markRead(uuid(10))
    expect(shown()).toEqual(['9', '8', '7'])
    await environment.advance(300)
    expect(server.calls).toEqual(['count'])
    stored.resolve(null)
    await marking
    await environment.advance(300)
    expect(server.calls).toEqual(['count', 'count'])
  })
})

describe('the list', () => {
  test('grows by a page of the past, each once', async () => {
    const { server, notifications, shown } = setUp()
    server.older = [notification(7), notification(3)]
    await notifications.start()
    await notifications.loadMore()
    expect(shown()).toEqual(['9!', '8!', '7', '3!'])
    expect(notifications.getState().cursor).toBeNull()
  })

  test('is loaded anew after a drop, and what came meanwhile is neither lost nor there twice', async () => {
    const { server, states, shown, events, notifications } = await setUpLive()
    states.emit({ kind: 'connecting', attempt: 1, retryAt: null })
    events.emit(notificationEvent(11))
    events.emit(notificationEvent(12))
    Object.assign(server, { asOf: 11, unread: 3, items: [notification(11), ...server.items] })
    states.emit({ kind: 'live' })
    await settle()
    expect(shown()).toEqual(['12!', '11!', '9!', '8!', '7'])
    expect(notifications.getState().unread.count).toBe(4)
  })

  test('that failed to load anew is tried again with growing waits, so that its number is right in the end', async () => {
    const { server, states, notifications, environment } = await setUpLive()
    server.failing.set('list', new ApiError('http.503', 503, 'busy'))
    server.unread = 0
    states.emit({ kind: 'live' })
    await settle()
    expect(notifications.getState()).toMatchObject({ error: 'busy', unread: { count: 2 } })
    await environment.advance(2_100)
    expect(server.calls.filter((call) => call === 'list first')).toHaveLength(3)
    server.failing.clear()
    await environment.advance(2_300)
    expect(notifications.getState()).toMatchObject({ error: null, unread: { count: 0 } })
    await environment.advance(60_000)
    expect(server.calls.filter((call) => call === 'list first')).toHaveLength(4)
  })

  test('is not loaded anew any more after the end, nor where that was refused', async () => {
    const { server, states, notifications, environment } = await setUpLive()
    server.failing.set('list', new ApiError('auth.required', 401, 'Sign in'))
    states.emit({ kind: 'live' })
    await settle()
    expect(environment.timers()).toBe(0)
    server.failing.set('list', new ApiError('http.503', 503, 'busy'))
    states.emit({ kind: 'live' })
    await settle()
    expect(environment.timers()).toBe(1)
    notifications.stop()
    expect(environment.timers()).toBe(0)
  })

  test('begins anew with another journal', async () => {
    const { server, resets, shown, seen, events, arrived } = await setUpLive()
    Object.assign(server, { asOf: 2, epoch: 'new', unread: 1, items: [notification(2, { id: 'new.2' })] })
    resets.emit('epoch')
    await settle()
    expect(shown()).toEqual(['2!'])
    expect(seen.cursors).toEqual([{ seq: 2, epoch: 'new' }])
    events.emit({ ...notificationEvent(3), notification: notification(3, { id: 'new.3' }) })
    expect(arrived).toHaveLength(1)
  })
})

describe('settings', () => {
  const zone = (time_zone: string) => (settings: NotificationSettings) => ({ ...settings, time_zone })
  const zoneOf = ({ notifications }: ReturnType<typeof setUp>) => notifications.getState().settings?.time_zone

  test('show a change at once and store it; another change waits for the one before', async () => {
    const setup = await setUpLive()
    const first = setup.notifications.changeSettings(zone('Europe/Kyiv'))
    const second = setup.notifications.changeSettings(zone('Asia/Kathmandu'))
    expect(zoneOf(setup)).toBe('Asia/Kathmandu')
    await first
    expect(zoneOf(setup)).toBe('Asia/Kathmandu')
    expect(await second).toMatchObject({ ok: true, value: { time_zone: 'Asia/Kathmandu' } })
    expect(setup.server.calls.filter((call) => call.startsWith('save'))).toEqual([
      'save Europe/Kyiv',
      'save Asia/Kathmandu',
    ])
  })

  test('go back to what is stored where a change is refused', async () => {
    const setup = await setUpLive()
    setup.server.failing.set('save', new ApiError('request.invalid', 400, 'time_zone: is none'))
    const result = await setup.notifications.changeSettings(zone('Moon/Sea'))
    expect(result).toMatchObject({ ok: false, error: { code: 'request.invalid' } })
    expect(zoneOf(setup)).toBe('UTC')
  })

  test('of another window come in live, with the list that they select', async () => {
    const setup = await setUpLive()
    Object.assign(setup.server, { settings: settingsOf({ time_zone: 'Europe/Kyiv' }), items: [notification(9)] })
    setup.ephemerals.emit({ type: 'notification_settings' })
    await settle()
    expect(zoneOf(setup)).toBe('Europe/Kyiv')
    expect(setup.shown()).toEqual(['9!'])
  })

  test('that are still loading cannot be changed', async () => {
    const { notifications } = setUp()
    expect(await notifications.changeSettings(zone('Europe/Kyiv'))).toMatchObject({
      error: { code: 'settings.not_loaded' },
    })
  })
})

test('what lies open is told to the socket, also to one that is opened later', async () => {
  const { notifications, seen } = setUp()
  notifications.setFocus(uuid(10))
  await notifications.start()
  notifications.setFocus(null)
  expect(seen.focus).toEqual([uuid(10), null])
})

test('without a socket of its own it connects to the notifications’ feed, and fills a gap from there', async () => {
  const { api, server } = createServer()
  const environment = createFakeEnvironment()
  const asked: unknown[] = []
  const missed = { ...notificationEvent(11), show: true, sound: true }
  const events: Api['events'] = async (since, _, feed) => {
    asked.push([since, feed])
    return { events: [missed], seq: 12, epoch, more: false }
  }
  const ticket: Api['ticket'] = async () => ({ ticket: 't', expires_at: '2026-01-22T10:00:00Z' })
  const base = { baseUrl: 'https://inbox.example', events, ticket }
  const notifications = createNotifications({ api: { ...api, ...base }, environment })
  const arrived: number[] = []
  notifications.onNotification(({ notification: { seq } }) => arrived.push(seq))
  await notifications.start()
  await settle()
  expect(environment.socket().request.url).toContain(`/api/v1/notifications/ws/${uuid(1)}?since=9&epoch=${epoch}`)
  environment.socket().accept()
  environment.socket().receive(ready(12, { resumed: false, reason: 'too_far' }))
  await settle()
  expect(asked).toEqual([[9, 'notifications']])
  expect(arrived).toEqual([11])
  expect(notifications.getState()).toMatchObject({ connection: { kind: 'live' }, unread: { count: 3 } })
  expect(server.calls).toContain('list first')
})
