import type { EventPage } from '../protocol/api.ts'
import type {
  ErrorFrame,
  FilterFrame,
  JournalEvent,
  PresenceFrame,
  ReadyFrame,
  TypingFrame,
} from '../protocol/frames.ts'
import type { NotificationSettingsFrame, NotificationsReadFrame } from '../protocol/notifications.ts'
import type { z } from 'zod'
import { backoffDelayMs, patienceDelayMs, spreadDelayMs } from './backoff.ts'
import { type AfterClose, afterClose } from './close-policy.ts'
import { type Connection, type Credential, openConnection, socketUrl } from './connection.ts'
import type { Cursor } from './cursor.ts'
import { createEmitter } from './emitter.ts'
import { createEnvironment, type Environment } from './environment.ts'
import { readFrames, type SingleFrame } from './frame-reader.ts'
import type { ConnectionState } from './inbox-state.ts'
import { JournalFollower, type ResetReason } from './journal-follower.ts'
import { Liveness } from './liveness.ts'
import type { NetworkEvent } from './network-events.ts'
import { createTypingThrottle } from './typing-throttle.ts'

/** Which events to send; a missing list means all. See `InboxSocket.setFilter` for what it does not promise. */
export type SocketFilter = Omit<FilterFrame, 'type'>

/** What has no number and is not repeated. `online` replaces the whole list of users with an open socket. */
export type Ephemeral =
  | z.infer<typeof TypingFrame>
  | z.infer<typeof PresenceFrame>
  | NotificationsReadFrame
  | NotificationSettingsFrame
  | { type: 'online'; user_ids: readonly string[] }

export type SocketError = Omit<z.infer<typeof ErrorFrame>, 'type'>

export type InboxSocketOptions = {
  /** Scheme, host and optional path of the Worker; without it the page's own origin. */
  baseUrl?: string
  /** The user whose socket this is: the one of the credential. */
  userId: string
  feed?: 'communications' | 'notifications'
  credential: Credential
  /** `GET /events`: how what is missing gets fetched. */
  fetchEvents(since: number, limit: number): Promise<EventPage>
  /** Where to go on; null or missing starts at the journal's end. */
  cursor?: Cursor | null
  filter?: SocketFilter | null
  environment?: Environment
}

/** A connection has to get its `ready` within this time, else the next one is tried. */
export const connectPatienceMs = 15_000
/** A connection that lasted this long ends the series of failures before it. */
export const stableAfterMs = 10_000

/**
 * One user's socket that keeps itself alive: it comes back after every drop it may come back from, resumes where it
 * was, and gives every event once and in the order of `seq`, whatever the network does. Nothing happens before `open()`.
 */
export class InboxSocket {
  readonly #options: InboxSocketOptions
  readonly #environment: Environment
  readonly #follower: JournalFollower
  readonly #liveness: Liveness
  readonly #mayType = createTypingThrottle()
  readonly #events
  readonly #ephemerals
  readonly #states
  readonly #resets
  readonly #errors
  #state: ConnectionState = { kind: 'stopped', code: null }
  #filter: SocketFilter | null
  #focus: string | null = null
  #connection: Connection | null = null
  #isReady = false
  #isOpened = false
  #failures = 0
  #mustPage = false
  #counts = { unknownFrames: 0, malformedFrames: 0 }
  /** Set while waiting for the next attempt; `canHurry` unless the server asked for the wait. */
  #retry: { cancel(): void; canHurry: boolean } | null = null
  #cancelPatience: () => void = () => undefined
  #cancelStable: () => void = () => undefined
  #unwatch: () => void = () => undefined

  constructor(options: InboxSocketOptions) {
    const environment = options.environment ?? createEnvironment()
    this.#options = options
    this.#environment = environment
    this.#url(null) // a missing or wrong address shows here, not in some later attempt
    this.#filter = options.filter ?? null
    const report = (error: unknown): void => environment.reportError(error)
    this.#events = createEmitter<JournalEvent>(report)
    this.#ephemerals = createEmitter<Ephemeral>(report)
    this.#states = createEmitter<ConnectionState>(report)
    this.#resets = createEmitter<ResetReason>(report)
    this.#errors = createEmitter<SocketError>(report)
    this.#follower = this.#createFollower()
    this.#liveness = new Liveness({
      environment,
      send: (text) => this.#connection?.send(text),
      onDead: () => this.#ended(1006),
    })
  }

  /** Everything up to here was delivered. Keep it to go on from there later. */
  get cursor(): Cursor | null {
    return this.#follower.cursor
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Frames that were passed over: of a type this version does not know, or not readable. */
  get counts(): { unknownFrames: number; malformedFrames: number } {
    return { ...this.#counts }
  }

  /** Every event, once, in order. Each `on…` gives the way to stop listening. */
  onEvent(listener: (event: JournalEvent) => void): () => void {
    return this.#events.on(listener)
  }

  onEphemeral(listener: (ephemeral: Ephemeral) => void): () => void {
    return this.#ephemerals.on(listener)
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#states.on(listener)
  }

  /**
   * The journal was restored: what was delivered so far may not be so any more. The socket goes on from the new
   * journal's end; load the views again and, where they are older than that, call `setCursor` with their `as_of`.
   */
  onReset(listener: (reason: ResetReason) => void): () => void {
    return this.#resets.on(listener)
  }

  /** The server said what it did not like; the connection goes on unless it also closes. */
  onError(listener: (error: SocketError) => void): () => void {
    return this.#errors.on(listener)
  }

  /** Connects, and stays connected until `close()` or until the server says to stay away. After either it may be called again. */
  open(): void {
    if (this.#isOpened) return
    this.#isOpened = true
    this.#failures = 0
    this.#unwatch = this.#environment.onNetworkEvent((event) => this.#networkChanged(event))
    this.#connect()
  }

  close(): void {
    if (this.#isOpened) this.#stop(null)
  }

  /**
   * Replaces the whole filter, now and on every later connection; null means everything. It saves traffic and is no
   * promise: what the server sends before it has read the filter (a replay above all) and what is fetched to fill a
   * gap comes unfiltered. Events a narrower filter left out are not sent again after widening it: load the views anew.
   */
  setFilter(filter: SocketFilter | null): void {
    this.#filter = filter
    if (this.#isReady) this.#sendFilter(filter ?? {})
  }

  /** Goes on from `cursor`; further back means that the events since then are delivered again. */
  setCursor(cursor: Cursor): void {
    this.#follower.setCursor(cursor)
  }

  /** Tells colleagues that this user is typing; more often than every 3 s for one conversation is ignored. */
  sendTyping(conversationId: string): void {
    if (!this.#isReady || !this.#mayType(conversationId, this.#environment.now())) return
    this.#connection?.send(JSON.stringify({ type: 'typing', conversation_id: conversationId }))
  }

  /**
   * Tells the server which conversation lies open in a visible, focused window, null for none, now and on every later
   * connection: that conversation then makes no noise anywhere.
   */
  setFocus(conversationId: string | null): void {
    if (conversationId === this.#focus) return
    this.#focus = conversationId
    if (this.#isReady) this.#sendFocus()
  }

  #createFollower(): JournalFollower {
    return new JournalFollower({
      environment: this.#environment,
      cursor: this.#options.cursor ?? null,
      fetchEvents: (since, limit) => this.#options.fetchEvents(since, limit),
      onEvent: (event) => this.#events.emit(event),
      onReset: (reason) => this.#resets.emit(reason),
      onChange: () => this.#tellProgress(),
      onLost: () => this.#ended(1006),
    })
  }

  #connect(): void {
    this.#disconnect()
    if (!this.#environment.isOnline()) return this.#setState({ kind: 'offline' })
    this.#setState({ kind: 'connecting', attempt: this.#failures, retryAt: null })
    this.#cancelPatience = this.#environment.setTimer(() => this.#ended(1006), connectPatienceMs)
    this.#connection = openConnection({
      environment: this.#environment,
      url: this.#url(this.cursor),
      credential: this.#options.credential,
      onOpen: () => {
        if (this.#filter !== null) this.#sendFilter(this.#filter)
        if (this.#focus !== null) this.#sendFocus()
      },
      onText: (text) => this.#received(text),
      onEnd: (code) => this.#ended(code),
    })
  }

  #url(cursor: Cursor | null): string {
    const { baseUrl = '', feed = 'communications', userId } = this.#options
    return socketUrl(baseUrl, feed, userId, cursor)
  }

  // Always before the next attempt, so that one client never holds two sockets.
  #disconnect(): void {
    this.#retry?.cancel()
    this.#retry = null
    this.#cancelPatience()
    this.#cancelStable()
    this.#liveness.stop()
    this.#follower.disconnected()
    this.#isReady = false
    this.#connection?.close()
    this.#connection = null
  }

  #ended(code: number): void {
    if (!this.#isOpened) return
    const next = afterClose(code, this.#isReady, this.#failures)
    if (next.kind === 'stop') return this.#stop(code)
    this.#mustPage ||= next.mustPage
    this.#disconnect()
    if (!this.#environment.isOnline()) return this.#setState({ kind: 'offline' })
    const delayMs = this.#delayMs(next.wait)
    this.#failures += 1
    const cancel = this.#environment.setTimer(() => this.#connect(), delayMs)
    this.#retry = { cancel, canHurry: next.wait !== 'patience' }
    this.#setState({ kind: 'connecting', attempt: this.#failures, retryAt: this.#environment.now() + delayMs })
  }

  #delayMs(wait: Extract<AfterClose, { kind: 'return' }>['wait']): number {
    const { random } = this.#environment
    switch (wait) {
      case 'soon':
        return spreadDelayMs(random)
      case 'backoff':
        return backoffDelayMs(this.#failures, random)
      case 'patience':
        return patienceDelayMs(random)
    }
  }

  #stop(code: number | null): void {
    this.#isOpened = false
    this.#unwatch()
    this.#disconnect()
    this.#setState({ kind: 'stopped', code })
  }

  #received(text: unknown): void {
    this.#liveness.received(typeof text === 'string' ? text.length : 0)
    const reading = readFrames(text)
    this.#counts.unknownFrames += reading.unknown
    this.#counts.malformedFrames += reading.malformed
    for (const frame of reading.frames) this.#handle(frame)
  }

  #handle(frame: SingleFrame): void {
    switch (frame.type) {
      case 'ready':
        return this.#ready(frame)
      case 'pong':
        return this.#follower.checkHead(frame.seq, frame.epoch)
      case 'typing':
      case 'presence':
      case 'notifications_read':
      case 'notification_settings':
        return this.#ephemerals.emit(frame)
      case 'error':
        return this.#errors.emit({ code: frame.code, message: frame.message })
      default:
        return this.#follower.accept(frame)
    }
  }

  #ready(frame: ReadyFrame): void {
    const connection = this.#connection
    this.#cancelPatience()
    this.#isReady = true
    this.#cancelStable = this.#environment.setTimer(() => (this.#failures = 0), stableAfterMs)
    this.#liveness.start(frame.ping_interval_ms)
    const mustPage = this.#mustPage
    this.#mustPage = false
    this.#follower.connected(frame, mustPage)
    if (this.#connection !== connection) return
    if (frame.online !== undefined) this.#ephemerals.emit({ type: 'online', user_ids: frame.online })
    this.#tellProgress()
  }

  #tellProgress(): void {
    if (!this.#isReady) return
    this.#setState({ kind: this.#follower.isCurrent ? 'live' : 'catching_up' })
  }

  #setState(state: ConnectionState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return
    this.#state = state
    this.#states.emit(state)
  }

  #sendFilter(filter: SocketFilter): void {
    this.#connection?.send(JSON.stringify({ type: 'filter', ...filter }))
  }

  #sendFocus(): void {
    this.#connection?.send(JSON.stringify({ type: 'focus', conversation_id: this.#focus }))
  }

  #networkChanged(event: NetworkEvent): void {
    switch (event) {
      case 'offline':
        this.#disconnect()
        return this.#setState({ kind: 'offline' })
      case 'online':
      case 'pageshow':
      case 'resume':
      case 'visible':
        if (event === 'visible') this.#liveness.visibilityChanged()
        return this.#wake()
      case 'hidden':
        return this.#liveness.visibilityChanged()
      case 'pagehide':
      case 'freeze':
        // A page that is put away must not look alive; the browser may also keep it only if it holds no socket.
        this.#disconnect()
        return this.#setState({ kind: 'connecting', attempt: 0, retryAt: null })
    }
  }

  // The page is looked at again: check the connection, or do not wait any longer for the next one.
  #wake(): void {
    if (this.#isReady) this.#liveness.nudge()
    else if (this.#retry !== null && !this.#retry.canHurry) return
    else if (this.#connection === null) this.#connect()
  }
}
