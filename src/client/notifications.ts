import { closeCodes } from '../protocol/close-codes.ts'
import type { JournalEvent } from '../protocol/frames.ts'
import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { Notification, type NotificationList, type UnreadNotifications } from '../protocol/notifications.ts'
import { type ActionResult, resultOf } from './action-result.ts'
import type { Api } from './api.ts'
import { isRefusal } from './api-error.ts'
import { backoffDelayMs } from './backoff.ts'
import type { Cursor } from './cursor.ts'
import { createEmitter, type Emitter } from './emitter.ts'
import { createEnvironment, type Environment } from './environment.ts'
import { errorText } from './inbox-core.ts'
import type { ConnectionState, Inbox } from './inbox-state.ts'
import { createLoads, type Loads } from './loads.ts'
import {
  initialNotifications,
  isNamedBy,
  type NotificationsState,
  unreadAfter,
  withFirstPage,
  withNotification,
  withPage,
  withRead,
} from './notification-state.ts'
import { createSettingsKeeper, type SettingsKeeper } from './settings-keeper.ts'
import { type Ephemeral, InboxSocket } from './socket.ts'
import { createStore, type Store } from './store.ts'
import { watchReads } from './watch-reads.ts'

/** What notifications need of a socket; `InboxSocket` has it. */
export type NotificationConnection = Pick<
  InboxSocket,
  'cursor' | 'onEvent' | 'onEphemeral' | 'onState' | 'onReset' | 'open' | 'close' | 'setCursor' | 'setFocus'
>

export type NotificationsOptions = {
  api: Api
  /** The inbox on the same page: a conversation that is read there is read here as well. */
  inbox?: Pick<Inbox, 'getState' | 'subscribe'>
  /** Makes the socket, not opened yet; unless given one that takes its tickets from `api`. */
  openSocket?: (request: { userId: string; cursor: Cursor }) => NotificationConnection
  environment?: Environment
}

/** One that has just come. `show`: it may pop up. `sound`: it may sound. A page in several windows does so in one. */
export type ArrivedNotification = { notification: Notification; show: boolean; sound: boolean }

/** A user's notifications behind a page: holds the state, keeps it live. Its methods never reject. */
export type Notifications = {
  getState(): NotificationsState
  subscribe(listener: () => void): () => void
  /** Loads the newest ones and the settings, and connects. */
  start(): Promise<void>
  stop(): void
  loadMore(): Promise<void>
  /** Marks one as read: shown at once, undone where it is refused. */
  read(id: string): Promise<ActionResult>
  /** Marks all as read that have come so far. What comes meanwhile stays unread. */
  readAll(): Promise<ActionResult>
  /** Changes the settings: shown at once, undone where they are refused. Several in a row are stored one after the other. */
  changeSettings(
    change: (settings: NotificationSettings) => NotificationSettings,
  ): Promise<ActionResult<NotificationSettings>>
  /** The conversation that lies open in a visible, focused window, null for none: it makes no noise then. */
  setFocus(conversationId: string | null): void
  /** New ones, each once, also those of a gap that was filled. */
  onNotification(listener: (arrived: ArrivedNotification) => void): () => void
}

type Running = {
  options: NotificationsOptions
  environment: Environment
  store: Store<NotificationsState>
  arrived: Emitter<ArrivedNotification>
  settings: SettingsKeeper
  loads: Loads
  socket: NotificationConnection | null
  focus: string | null
  /** The number of unread ones is as of here: what comes with a number up to it is in it. */
  countedTo: number
  /** Told up to here; a journal read again from further back does not ring twice. */
  toldUpTo: number
  epoch: string | null
  run: number
  started: Promise<void> | null
  wasLive: boolean
  cancelRetry: () => void
  cancelCount: () => void
  unwatch: () => void
}

/** Several things read in a row are counted once. */
const recountAfterMs = 250

export function createNotifications(options: NotificationsOptions): Notifications {
  const environment = options.environment ?? createEnvironment()
  const store = createStore(initialNotifications)
  const nothing = (): void => undefined
  const running: Running = {
    ...{ options, environment, store, socket: null, focus: null, countedTo: 0, toldUpTo: 0, epoch: null },
    ...{ run: 0, started: null, wasLive: false, cancelRetry: nothing, cancelCount: nothing, unwatch: nothing },
    arrived: createEmitter((error) => environment.reportError(error)),
    settings: createSettingsKeeper(options.api, store),
    loads: createLoads({ environment, isStopped: () => store.get().connection.kind === 'stopped' }),
  }
  return {
    getState: store.get,
    subscribe: store.subscribe,
    start: () => (running.started ??= start(running)),
    stop: () => stop(running),
    loadMore: () => loadMore(running),
    read: (id) => read(running, id),
    readAll: () => readAll(running),
    async changeSettings(change) {
      const result = await running.settings.change(change)
      if (result.ok) void refresh(running) // other rules select another list
      return result
    },
    setFocus(conversationId) {
      running.focus = conversationId
      running.socket?.setFocus(conversationId)
    },
    onNotification: running.arrived.on,
  }
}

// ---------------------------------------------------------------- life

async function start(running: Running): Promise<void> {
  const run = ++running.run
  const { inbox } = running.options
  running.store.set({ connection: { kind: 'connecting', attempt: 0, retryAt: null }, isLoading: true })
  if (inbox !== undefined) running.unwatch = watchReads(inbox, (id) => conversationRead(running, id))
  for (let attempt = 0; run === running.run; attempt += 1) {
    try {
      const { user_id: userId } = await running.options.api.me()
      if (run !== running.run) return
      const page = await readNewest(running)
      if (run !== running.run) return
      connect(running, userId, showNewest(running, page))
      return
    } catch (error) {
      if (run !== running.run) return
      running.store.set({ isLoading: false, error: errorText(error) })
      if (isRefusal(error)) return refused(running)
      await waitForRetry(running, attempt)
    }
  }
}

function stop(running: Running): void {
  running.run += 1
  running.started = null
  running.wasLive = false
  running.cancelRetry()
  running.cancelCount()
  running.loads.cancelAll()
  running.unwatch()
  running.socket?.close()
  running.socket = null
  running.epoch = null
  running.settings.forget()
  running.store.set(initialNotifications)
}

function refused(running: Running): void {
  running.started = null // starting again is possible, after signing in
  running.store.set({ connection: { kind: 'stopped', code: closeCodes.unauthorised } })
}

function waitForRetry(running: Running, attempt: number): Promise<void> {
  const { environment, store } = running
  const delayMs = backoffDelayMs(attempt, environment.random)
  store.set({ connection: { kind: 'connecting', attempt: attempt + 1, retryAt: environment.now() + delayMs } })
  return new Promise((resolve) => {
    const cancel = environment.setTimer(resolve, delayMs)
    running.cancelRetry = () => {
      cancel()
      resolve()
    }
  })
}

/** The first page, and the settings with it. */
async function readNewest(running: Running): Promise<NotificationList> {
  const [page] = await Promise.all([running.options.api.notifications(null), running.settings.load()])
  return page
}

/** Puts a first page on show. Gives where it was read. */
function showNewest(running: Running, page: NotificationList): Cursor {
  if (running.epoch !== page.epoch) {
    running.store.set({ items: [] })
    running.toldUpTo = page.as_of
  }
  running.epoch = page.epoch
  running.countedTo = page.as_of
  running.store.set({ ...withFirstPage(running.store.get(), page), isLoading: false, error: null })
  return { seq: page.as_of, epoch: page.epoch }
}

function connect(running: Running, userId: string, cursor: Cursor): void {
  const { api, openSocket } = running.options
  const { environment } = running
  const socket = openSocket?.({ userId, cursor }) ?? createNotificationSocket({ api, userId, cursor, environment })
  running.socket = socket
  const whenCurrent =
    <T>(listener: (value: T) => void) =>
    (value: T): void => {
      if (running.socket === socket) listener(value)
    }
  socket.onEvent(whenCurrent((event) => apply(running, event)))
  socket.onEphemeral(whenCurrent((ephemeral) => hear(running, ephemeral)))
  socket.onState(whenCurrent((state) => connectionChanged(running, state)))
  socket.onReset(whenCurrent(() => void refresh(running)))
  socket.setFocus(running.focus)
  socket.open()
}

function createNotificationSocket(request: {
  api: Api
  userId: string
  cursor: Cursor
  environment: Environment
}): InboxSocket {
  const { api, ...others } = request
  return new InboxSocket({
    ...others,
    feed: 'notifications',
    baseUrl: api.baseUrl,
    credential: { getTicket: async () => (await api.ticket()).ticket },
    fetchEvents: (since, limit) => api.events(since, limit, 'notifications'),
  })
}

function connectionChanged(running: Running, connection: ConnectionState): void {
  running.store.set({ connection })
  if (connection.kind === 'stopped') running.started = null
  if (connection.kind !== 'live') return
  // What has no number, read marks and settings of other windows, was not repeated after a drop.
  if (running.wasLive) void refresh(running)
  running.wasLive = true
}

/** Loads the first page and the settings anew, quietly. */
function refresh(running: Running): Promise<void> {
  return running.loads.run('newest', {
    read: () => readNewest(running),
    show(page) {
      const { epoch } = running
      const cursor = showNewest(running, page)
      if (epoch !== cursor.epoch) running.socket?.setCursor(cursor)
    },
    fail: (error) => running.store.set({ error: errorText(error) }),
  })
}

// ---------------------------------------------------------------- what comes in

function apply(running: Running, event: JournalEvent): void {
  if (event.type !== 'notification') return
  const parsed = Notification.safeParse(event.notification)
  // Of a kind that this version does not know: not shown, but the server has counted it.
  if (!parsed.success) return recountSoon(running)
  const notification = parsed.data
  running.store.set(withNotification(running.store.get(), notification, event.seq <= running.countedTo))
  if (event.seq <= running.toldUpTo) return
  running.toldUpTo = event.seq
  running.arrived.emit({ notification, show: event.show === true, sound: event.sound === true })
}

function hear(running: Running, ephemeral: Ephemeral): void {
  if (ephemeral.type === 'notification_settings') {
    if (!running.settings.isSaving()) void refresh(running)
    return
  }
  if (ephemeral.type !== 'notifications_read') return
  running.store.set(withRead(running.store.get(), isNamedBy(ephemeral)))
  recountSoon(running)
}

function conversationRead(running: Running, conversationId: string): void {
  const isOfIt = (one: Notification): boolean =>
    (one.kind === 'new_message' || one.kind === 'new_conversation') && one.conversation_id === conversationId
  running.store.set(withRead(running.store.get(), isOfIt))
  recountSoon(running)
}

/** Not every unread one is loaded, so the number comes from the server. */
function recountSoon(running: Running): void {
  const { environment, options, loads } = running
  running.cancelCount()
  running.cancelCount = environment.setTimer(() => {
    void loads.run('count', {
      read: () => options.api.unreadNotifications(),
      show: (answer) => showCount(running, answer),
      fail: () => undefined, // nobody asked for it
    })
  }, recountAfterMs)
}

function showCount(running: Running, answer: UnreadNotifications): void {
  if (answer.epoch !== running.epoch || answer.as_of < running.countedTo) return
  running.countedTo = answer.as_of
  running.store.set({ unread: unreadAfter(running.store.get().items, answer) })
}

// ---------------------------------------------------------------- what a page asks for

async function loadMore(running: Running): Promise<void> {
  const { run, store, options } = running
  const { cursor, isLoading } = store.get()
  if (cursor === null || isLoading) return
  store.set({ isLoading: true, error: null })
  try {
    const page = await options.api.notifications(cursor)
    if (run !== running.run) return
    // Loaded anew meanwhile: then its pages begin anew.
    const isNext = store.get().cursor === cursor && page.epoch === running.epoch
    store.set({ ...(isNext ? withPage(store.get(), page) : {}), isLoading: false })
  } catch (error) {
    if (run === running.run) store.set({ isLoading: false, error: errorText(error) })
  }
}

function read(running: Running, id: string): Promise<ActionResult> {
  return markRead(
    running,
    (one) => one.id === id,
    () => running.options.api.readNotification(id),
  )
}

function readAll(running: Running): Promise<ActionResult> {
  const upTo = Math.max(running.socket?.cursor?.seq ?? 0, running.countedTo)
  return markRead(running, isNamedBy({ up_to: upTo, ids: [] }), () => running.options.api.readAllNotifications(upTo))
}

async function markRead(
  running: Running,
  isIt: (notification: Notification) => boolean,
  call: () => Promise<UnreadNotifications>,
): Promise<ActionResult> {
  const { run, store } = running
  store.set(withRead(store.get(), isIt))
  const result = await resultOf(call())
  if (run !== running.run) return { ok: true, value: null }
  if (result.ok) {
    showCount(running, result.value)
    return { ok: true, value: null }
  }
  await refresh(running)
  return result
}
