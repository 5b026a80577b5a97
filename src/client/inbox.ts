import type { JournalEvent } from '../protocol/frames.ts'
import type { Conversation, Message } from '../protocol/message.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import type { Api } from './api.ts'
import { isRefusal } from './api-error.ts'
import { backoffDelayMs } from './backoff.ts'
import { type Colleagues, createColleagues } from './colleagues.ts'
import { loadMoreConversations, reloadList, setQuery, showList } from './conversation-list.ts'
import type { Cursor } from './cursor.ts'
import { createEmitter, type Emitter } from './emitter.ts'
import { createEnvironment, type Environment } from './environment.ts'
import { errorText, type InboxConnection, type InboxCore, initialState, installView } from './inbox-core.ts'
import type { ConnectionState, Inbox } from './inbox-state.ts'
import { createLoads } from './loads.ts'
import { createTemplates, react, retryAttachment, retryStored } from './message-actions.ts'
import { createNoteMethods } from './notes.ts'
import { createOutgoingQueue } from './outgoing-queue.ts'
import { markRead } from './read-marks.ts'
import { InboxSocket } from './socket.ts'
import { createStore } from './store.ts'
import { completeThreads, followMerge, loadOlder, openConversation, reloadThreads } from './threads.ts'
import { createTypingSigns } from './typing-signs.ts'
import { createUploads, type Uploads } from './uploads.ts'
import { createViewPositions } from './view-positions.ts'

export type InboxOptions = {
  api: Api
  /** Makes the socket, not opened yet; unless given one that takes its tickets from `api`. */
  openSocket?: (request: { userId: string; cursor: Cursor }) => InboxConnection
  environment?: Environment
}

type Inbound = { message: Message; conversation: Conversation }

type Running = InboxCore & {
  options: InboxOptions
  colleagues: Colleagues
  inbound: Emitter<Inbound>
  uploads: Uploads
  /** Inbound messages up to here were told; a journal read again from further back does not ring twice. */
  toldUpTo: number
  /** Changes with every start and stop, so that what belongs to an earlier one ends. */
  run: number
  started: Promise<void> | null
  cancelRetry: () => void
  isReloading: boolean
}

/**
 * The inbox of one user: rows from `api` first, then every event after them from the socket. Its methods never reject:
 * what went wrong is in the state or in what they give. A refused credential shows as `connection.kind` `stopped` with code 4500.
 */
export function createInbox(options: InboxOptions): Inbox {
  const inbox = createRunning(options)
  const { store } = inbox
  return {
    getState: store.get,
    subscribe: store.subscribe,
    start: () => (inbox.started ??= start(inbox)),
    setQuery: (query) => setQuery(inbox, query),
    loadMoreConversations: () => loadMoreConversations(inbox),
    openConversation: (id) => openConversation(inbox, id),
    loadOlder: (id) => loadOlder(inbox, id),
    markRead: (id) => markRead(inbox, id),
    sendTyping: (id) => inbox.socket?.sendTyping(id),
    ...answeringMethods(inbox),
    ...createNoteMethods(inbox),
    onInbound: (listener) => inbox.inbound.on(({ message, conversation }) => listener(message, conversation)),
    stop: () => stop(inbox),
  }
}

/** The parts of the inbox that answering needs. */
export type ReplyActions = Pick<
  Inbox,
  | 'typing'
  | 'send'
  | 'retry'
  | 'discard'
  | 'attach'
  | 'retryUpload'
  | 'removeUpload'
  | 'react'
  | 'templates'
  | 'retryAttachment'
>

function answeringMethods(inbox: Running): ReplyActions {
  const { outgoing, uploads } = inbox
  return {
    typing: createTypingSigns(inbox),
    send: (id, draft) => outgoing.send(id, draft),
    retry: async (id) => (outgoing.retry(id) ? { ok: true, value: null } : retryStored(inbox, id)),
    discard: (id) => outgoing.discard(id),
    attach: (file, name) => uploads.add(file, name),
    retryUpload: (id) => uploads.retry(id),
    removeUpload: (id) => uploads.remove([id]),
    react: (id, emoji) => react(inbox, id, emoji),
    templates: createTemplates(inbox),
    retryAttachment: (id) => retryAttachment(inbox, id),
  }
}

function createRunning(options: InboxOptions): Running {
  const environment = options.environment ?? createEnvironment()
  const store = createStore(initialState)
  const shared = { api: options.api, environment, store }
  const uploads = createUploads({ ...shared, onSettled: () => outgoing.pump() })
  const outgoing = createOutgoingQueue({ ...shared, uploads })
  const inbox: Running = {
    options,
    api: options.api,
    environment,
    store,
    views: createViewPositions(store),
    loads: createLoads({ environment, isStopped: () => store.get().connection.kind === 'stopped' }),
    colleagues: createColleagues({ environment, store }),
    inbound: createEmitter((error) => environment.reportError(error)),
    uploads,
    outgoing,
    socket: null,
    epoch: null,
    toldUpTo: 0,
    run: 0,
    started: null,
    cancelRetry: () => undefined,
    isReloading: false,
    reload: () => void reload(inbox),
  }
  return inbox
}

async function start(inbox: Running): Promise<void> {
  const run = ++inbox.run
  inbox.store.set({ connection: { kind: 'connecting', attempt: 0, retryAt: null } })
  const cursor = await untilLoaded(inbox, run, () => loadEverything(inbox, run))
  const { me } = inbox.store.get()
  if (cursor === null || me === null || run !== inbox.run) return
  connect(inbox, me.user_id, cursor)
}

function stop(inbox: Running): void {
  inbox.run += 1
  inbox.started = null
  inbox.isReloading = false
  inbox.cancelRetry()
  inbox.loads.cancelAll()
  inbox.socket?.close()
  inbox.socket = null
  inbox.epoch = null
  inbox.views.reset()
  inbox.colleagues.stop()
  inbox.outgoing.stop()
  const nothingOpen = { threads: {}, opened: {}, notes: {} }
  inbox.store.set({ connection: { kind: 'stopped', code: null }, conversationsLoading: false, ...nothingOpen })
}

function connect(inbox: Running, userId: string, cursor: Cursor): void {
  const { api, environment } = inbox
  const openSocket = inbox.options.openSocket ?? ((request) => createApiSocket({ ...request, api, environment }))
  const socket = openSocket({ userId, cursor })
  inbox.socket = socket
  inbox.toldUpTo = cursor.seq
  const whenCurrent =
    <T>(listener: (value: T) => void) =>
    (value: T): void => {
      if (inbox.socket === socket) listener(value)
    }
  socket.onEvent(whenCurrent((event) => apply(inbox, event)))
  socket.onEphemeral(whenCurrent((ephemeral) => inbox.colleagues.apply(ephemeral)))
  socket.onState(whenCurrent((state) => connectionChanged(inbox, state)))
  socket.onReset(whenCurrent(() => void reload(inbox)))
  socket.open()
  inbox.outgoing.start(userId)
}

/** The communications socket of `userId` with tickets and missed events from `api`; not opened yet. */
export function createApiSocket(request: {
  api: Api
  userId: string
  cursor?: Cursor | null
  environment?: Environment
}): InboxSocket {
  const { api, ...others } = request
  return new InboxSocket({
    ...others,
    baseUrl: api.baseUrl,
    credential: { getTicket: async () => (await api.ticket()).ticket },
    fetchEvents: (since, limit) => api.events(since, limit),
  })
}

function apply(inbox: Running, event: JournalEvent): void {
  inbox.views.apply(event)
  if ('message' in event) inbox.outgoing.settle([event.message])
  if (event.type === 'conversation_updated' && event.conversation.merged_into !== null) {
    followMerge(inbox, event.conversation_id, event.conversation.merged_into)
  }
  if (event.seq <= inbox.toldUpTo) return
  inbox.toldUpTo = event.seq
  const isInbound = event.type === 'new_message' && event.message.direction === 'inbound' && event.silent !== true
  if (isInbound) inbox.inbound.emit({ message: event.message, conversation: event.conversation })
}

function connectionChanged(inbox: Running, connection: ConnectionState): void {
  inbox.store.set({ connection })
  if (connection.kind === 'stopped') inbox.started = null // starting again is possible, once the cause is gone
  if (connection.kind !== 'live') return
  if (!inbox.isReloading) completeViews(inbox)
  inbox.outgoing.hurry()
}

/** Loads what could not be loaded while the server was away, without waiting for the next attempt. */
function completeViews(inbox: Running): void {
  const { conversationsLoading } = inbox.store.get()
  if (inbox.views.positionOf('list') === null && !conversationsLoading) void reloadList(inbox)
  completeThreads(inbox)
}

/** Loads all views anew, position first, and gives the earliest of their positions. */
async function loadEverything(inbox: Running, run: number): Promise<Cursor | null> {
  const isWanted = inbox.loads.begin('list')
  if (inbox.views.positionOf('list') === null) inbox.store.set({ conversationsLoading: true })
  const { api, store } = inbox
  const [me, list, channels] = await Promise.all([api.me(), api.conversations(store.get().query, null), api.channels()])
  if (run !== inbox.run) return null
  if (list.epoch !== channels.epoch) throw new Error('The journal was replaced while it was read')
  if (inbox.epoch !== null && inbox.epoch !== list.epoch) inbox.views.reset()
  inbox.epoch = list.epoch
  store.set({ me, channels: channels.items })
  installView(inbox, 'channels', channels)
  // Where another query was asked meanwhile, its own load will show it.
  if (isWanted()) showList(inbox, list)
  // A thread may have been opened, and read, before all this.
  const seq = inbox.views.earliest() ?? channels.as_of
  inbox.views.begin(seq)
  return { seq, epoch: list.epoch }
}

/** The journal is another one than the views come from: load them again, while the old rows stay on show. */
async function reload(inbox: Running): Promise<void> {
  if (inbox.isReloading) return
  inbox.isReloading = true
  const run = inbox.run
  const cursor = await untilLoaded(inbox, run, () => loadEverything(inbox, run))
  if (run !== inbox.run) return
  inbox.isReloading = false
  if (cursor === null) return
  inbox.toldUpTo = cursor.seq
  inbox.socket?.setCursor(cursor)
  await reloadThreads(inbox)
  inbox.outgoing.forgetStored()
}

/** Tries `load` until it succeeds. Null: the inbox was stopped, or the credential refused. */
async function untilLoaded<T>(inbox: Running, run: number, load: () => Promise<T>): Promise<T | null> {
  for (let attempt = 0; run === inbox.run; attempt += 1) {
    try {
      return await load()
    } catch (error) {
      if (run !== inbox.run) return null
      inbox.store.set({ conversationsLoading: false, conversationsError: errorText(error) })
      if (isRefusal(error)) return refused(inbox)
      await waitForRetry(inbox, attempt)
    }
  }
  return null
}

function refused(inbox: Running): null {
  inbox.socket?.close()
  inbox.started = null // starting again is possible, after signing in
  inbox.store.set({ connection: { kind: 'stopped', code: closeCodes.unauthorised } })
  return null
}

function waitForRetry(inbox: Running, attempt: number): Promise<void> {
  const { environment, store } = inbox
  const delayMs = backoffDelayMs(attempt, environment.random)
  const retryAt = environment.now() + delayMs
  if (inbox.socket === null) store.set({ connection: { kind: 'connecting', attempt: attempt + 1, retryAt } })
  return new Promise((resolve) => {
    const cancel = environment.setTimer(resolve, delayMs)
    inbox.cancelRetry = () => {
      cancel()
      resolve()
    }
  })
}
