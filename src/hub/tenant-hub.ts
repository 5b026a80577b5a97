import { DurableObject } from 'cloudflare:workers'
import { hasProfiles, replyWindow } from '../channels/registry.ts'
import { ingest } from '../ingest/ingest.ts'
import { createMemory, forget } from '../ingest/memory.ts'
import type { CommittedEvent, IngestItem, IngestOutcome, ItemResult } from '../ingest/items.ts'
import { errorFields, log } from '../lib/log.ts'
import { stepAlert } from '../notifications/channel-alert.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { pingFrame, pingIntervalMs, subprotocol } from '../protocol/frames.ts'
import { openDatabase } from '../store/database.ts'
import { readEventsAfter, readNewestEvents } from '../store/journal.ts'
import { type Closing, type Revocation, type Revoked, admit, noteRevoked, socketsOf } from './admission.ts'
import {
  type Attention,
  type ReadMarks,
  attentionOf,
  changeSettings,
  createBells,
  forgetUser,
  prepareSettings,
  readSettings,
  showRead,
  tellerFor,
} from './bells.ts'
import { companionHeader, sessionHeader } from './call-hub.ts'
import { type Callers, createCommitter } from './committer.ts'
import { DoorbellSession, acceptDoorbell, closeDoorbells } from './doorbells.ts'
import { createFollowerBells } from './follower-bells.ts'
import { framesOf, pongFrame, readyFrame } from './frames.ts'
import { type Round, isBusy, letIn, pauseAfter } from './pace.ts'
import { readPong } from './pong.ts'
import { ringAll } from './ring-all.ts'
import { appendToRing, eventsSince, fillRing, type Ring, ringSize } from './ring.ts'
import { removeObjects } from './remove-objects.ts'
import { HubSession } from './session.ts'
import {
  type OpenSocket,
  acceptSocket,
  allSockets,
  attachmentOf,
  closeSocket,
  countSockets,
  createSockets,
  deliver,
  deliverEphemeral,
  findSocket,
  forgetSocket,
  onlineUsers,
  readAttachment,
  sendFrames,
} from './sockets.ts'
import { handleClientFrame } from './client-frames.ts'

/** Most items of one D1 batch that callers share. */
const maxGroupItems = 2_000
/** Presence is told while it is small talk; in a crowd it would cost more than everything else. */
const maxUsersForPresence = 100
const catchUpPage = 1_000

/**
 * Fans one tenant's journal out to its open sockets, and is the one writer of that journal. It holds no truth: the
 * database does (G4). It may be stopped at any moment, so nothing here needs to be kept but the sockets themselves.
 */
export class TenantHub extends DurableObject<Env> {
  readonly #sockets = createSockets(this.ctx, Date.now)
  readonly #committer = createCommitter<IngestItem, ItemResult>({
    commit: (items) => this.#commit(items),
    maxItems: maxGroupItems,
    untilReady: (callers) => this.#untilReady(callers),
  })
  /** Spares reading what was just written. */
  readonly #memory = createMemory()
  readonly #revoked: Revoked = new Map()
  readonly #bells = createBells(this.env.DB, this.#sockets)
  readonly #followers = createFollowerBells({ ctx: this.ctx, env: () => this.env, tenantId: () => this.#tenantId })
  #ring: Ring | null = null
  #lastRound: Round = { sentAt: 0, sockets: 0 }
  #committedAt = 0
  #epoch = ''
  #loading: Promise<void> | null = null
  #filling: Promise<void> | null = null

  /**
   * Stores items and shows them to every socket; answers once they are committed, a result for each in order. Null when
   * nobody can tell whether they were stored: the caller's sender must send again.
   */
  async receive(tenantId: string, items: IngestItem[]): Promise<ItemResult[] | null> {
    this.#assertTenant(tenantId)
    try {
      return await this.#committer.submit(items)
    } catch (error) {
      log('error', 'hub.receive_failed', { tenantId, items: items.length, ...errorFields(error) })
      return null
    }
  }

  /** Closes sockets: of one user, or of everybody. With `validFrom` their sessions from before stay outside. */
  async closeSockets(closing: Closing & Partial<Revocation>): Promise<number> {
    const { userId, validFrom, code, reason } = closing
    if (validFrom !== undefined) noteRevoked(this.#revoked, { ...closing, validFrom }, Date.now())
    if (userId === undefined) closeDoorbells(this.ctx, closing)
    const sockets = userId === undefined ? allSockets(this.#sockets) : socketsOf(this.#sockets, userId)
    for (const socket of sockets) closeSocket(this.#sockets, socket, { code, reason })
    this.#followers.changed() // whoever loses their access loses their pushes
    if (userId === undefined) {
      // Whatever made everybody leave may have changed the journal.
      this.#ring = null
      forget(this.#memory)
    }
    return sockets.length
  }

  /** Closes what a companion has opened with a key. */
  async closeDoorbells(closing: { keyId: string; code: number; reason: string }): Promise<number> {
    return closeDoorbells(this.ctx, closing)
  }

  async settingsChanged(userId: string): Promise<void> {
    await changeSettings(this.#bells, this.#tenantId, userId)
  }

  /** Somebody reads the journal behind the hub now, or nobody any more. */
  async followersChanged(): Promise<void> {
    this.#followers.changed()
  }

  async tellRead(userId: string, read: ReadMarks): Promise<void> {
    showRead(this.#bells, userId, read)
  }

  async attentionOf(userIds: string[], seq: number): Promise<Attention[]> {
    return attentionOf(this.#bells, userIds, seq)
  }

  /** The upgrade of a socket whose session the Worker has verified. */
  override async fetch(request: Request): Promise<Response> {
    const companion = request.headers.get(companionHeader)
    if (companion !== null) return this.#acceptCompanion(DoorbellSession.parse(JSON.parse(companion)))
    const session = HubSession.parse(JSON.parse(decodeURIComponent(request.headers.get(sessionHeader) ?? '')))
    this.#assertTenant(session.tenantId)
    await this.#ready()
    if (this.#canResume(session) && this.#missedEvents(session) === null) await this.#fill()
    if (session.feed === 'notifications') await prepareSettings(this.#bells, session.tenantId, session.userId)
    await this.#ready() // whatever was waited for above, the ring may have gone meanwhile
    return this.#accept(session)
  }

  async #acceptCompanion(session: DoorbellSession): Promise<Response> {
    this.#assertTenant(session.tenantId)
    await this.#ready() // whoever pings has to get a pong
    log('info', 'hub.doorbell_opened', session)
    return acceptDoorbell(this.ctx, session)
  }

  override async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#ready()
    const socket = findSocket(this.#sockets, ws)
    if (socket !== undefined) handleClientFrame(this.#sockets, socket, { message, now: Date.now(), pong: this.#pong() })
  }

  override webSocketClose(ws: WebSocket, code: number): void {
    this.#leave(ws, code)
  }

  override webSocketError(ws: WebSocket): void {
    this.#leave(ws, 1006)
  }

  // ---------------------------------------------------------------- the journal

  get #tenantId(): string {
    return (this.ctx.id.name ?? '').slice('tenant:'.length)
  }

  /** The hub's name comes from a verified token; a caller that means another tenant is a bug, not a request (G10). */
  #assertTenant(tenantId: string): void {
    if (this.ctx.id.name !== `tenant:${tenantId}`) throw new Error('This hub belongs to another tenant')
  }

  /** Once for each instance, and again after a failure: where the journal stands, and what was committed but not sent. */
  async #ready(): Promise<void> {
    if (this.#ring !== null) return
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null
    })
    await this.#loading
  }

  /**
   * A hub that slept knows from its pong what it sent last, and sends what came after. A new one has no sockets yet, so
   * it starts at the head.
   */
  async #load(): Promise<void> {
    const db = openDatabase(this.env.DB)
    const sent = readPong(this.ctx.getWebSocketAutoResponse()?.response)
    const isAwakened = sent !== null && countSockets(this.#sockets) > 0
    const { head, events } = isAwakened
      ? await readEventsAfter(db, this.#tenantId, sent.seq, catchUpPage)
      : await readNewestEvents(db, this.#tenantId, ringSize)
    if (head === null) throw new Error('No such tenant')
    this.#epoch = head.epoch
    log('info', 'hub.started', {
      tenantId: this.#tenantId,
      isAwakened,
      sockets: countSockets(this.#sockets),
      seq: head.seq,
    })
    if (!isAwakened) {
      this.#ring = { head: head.seq, events }
      this.#armPong()
      return
    }
    await readSettings(this.#bells, this.#tenantId)
    this.#ring = { head: sent.seq, events: [] }
    if (sent.epoch !== head.epoch || sent.seq > head.seq) return this.#restart(head.seq)
    this.#publish(events)
    if (this.#ring.head < head.seq) await this.#catchUp(this.#ring)
  }

  /** The database was restored: what clients hold may never have been. */
  #restart(seq: number): void {
    for (const socket of allSockets(this.#sockets))
      closeSocket(this.#sockets, socket, { code: closeCodes.resync, reason: 'The journal has changed.' })
    this.#ring = { head: seq, events: [] }
    this.#armPong()
  }

  /** Under load it is worth a moment to let callers in who can share the commit. At a low rate nobody waits. */
  async #untilReady({ waiting, inLastCommit }: Callers): Promise<void> {
    const now = Date.now()
    if (!isBusy(this.#lastRound, this.#committedAt, now)) return
    const pauseMs = pauseAfter(this.#lastRound, now)
    if (pauseMs > 0) await scheduler.wait(pauseMs)
    await letIn(waiting, { hadCompany: inLastCommit > 1, look: (ms) => scheduler.wait(ms) })
  }

  async #commit(items: IngestItem[]): Promise<ItemResult[]> {
    await this.#ready()
    try {
      const context = {
        tenantId: this.#tenantId,
        now: Date.now(),
        replyWindow,
        hasProfiles,
        stepAlert,
        memory: this.#memory,
      }
      const outcome = await ingest(this.env.DB, items, context)
      if (outcome.jobs.length > 0) this.ctx.waitUntil(ringAll(this.env, this.ctx, this.#tenantId, outcome.jobs))
      await this.#show(outcome)
      this.#logCommit(items.length, outcome, context.now)
      return outcome.results
    } catch (error) {
      // Whether it was stored is not known. If it was, the senders' repetition is a duplicate, and this shows it.
      if (this.#ring !== null) await this.#catchUp(this.#ring).catch(() => undefined)
      throw error
    } finally {
      this.#committedAt = Date.now()
    }
  }

  #logCommit(items: number, { events, head }: IngestOutcome, startedAt: number): void {
    const counts = { items, events: events.length, seq: head.seq, sockets: countSockets(this.#sockets) }
    log('info', 'hub.committed', { tenantId: this.#tenantId, ...counts, ms: Date.now() - startedAt })
  }

  async #show({ events, head, isJournalRewritten, removedObjects }: IngestOutcome): Promise<void> {
    const ring = this.#ring
    if (ring === null) return
    const isNext = events.length > 0 && events[0]?.seq === ring.head + 1 && events.at(-1)?.seq === head.seq
    if (isNext) this.#publish(events)
    else if (head.seq !== ring.head) await this.#catchUp(ring)
    if (isJournalRewritten) ring.events = [] // replays come from the journal now, without what was taken back
    if (removedObjects.length > 0) this.ctx.waitUntil(removeObjects(this.env, this.#tenantId, removedObjects))
  }

  /** Sends what the journal has and this hub has not sent, oldest first. Ends where everybody was sent away meanwhile. */
  async #catchUp(ring: Ring): Promise<void> {
    const db = openDatabase(this.env.DB)
    for (;;) {
      const { head, events } = await readEventsAfter(db, this.#tenantId, ring.head, catchUpPage)
      if (this.#ring === ring) this.#publish(events)
      if (this.#ring !== ring || events.length === 0 || head === null || ring.head >= head.seq) return
    }
  }

  /** To the ring and to every socket. Synchronous, so that nothing comes in between. */
  #publish(events: readonly CommittedEvent[]): void {
    const ring = this.#ring
    const next = events.filter((event) => event.seq > (ring?.head ?? 0))
    if (ring === null || next.length === 0) return
    appendToRing(ring, next)
    deliver(this.#sockets, next, tellerFor(this.#bells, this.#epoch))
    this.#armPong()
    this.#followers.tell(next)
    this.#lastRound = { sentAt: Date.now(), sockets: countSockets(this.#sockets) }
  }

  // ---------------------------------------------------------------- sockets

  #pong(): string {
    return pongFrame({ seq: this.#ring?.head ?? 0, epoch: this.#epoch })
  }

  /** The runtime answers pings with this, also while the hub sleeps: a client learns of a lost frame at no cost. */
  #armPong(): void {
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(pingFrame, this.#pong()))
  }

  #canResume({ since, epoch }: HubSession): boolean {
    return since !== null && epoch === this.#epoch && since <= (this.#ring?.head ?? 0)
  }

  #missedEvents({ since }: HubSession): CommittedEvent[] | null {
    return since === null || this.#ring === null ? null : eventsSince(this.#ring, since)
  }

  /** One read rebuilds the ring and serves every client that comes back. */
  async #fill(): Promise<void> {
    this.#filling ??= readNewestEvents(openDatabase(this.env.DB), this.#tenantId, ringSize)
      .then(({ events }) => {
        if (this.#ring !== null) fillRing(this.#ring, events)
      })
      .finally(() => {
        this.#filling = null
      })
    await this.#filling
  }

  /** No await from here on: between `ready` and the replay no other event can slip in. */
  #accept(session: HubSession): Response {
    const { 0: client, 1: server } = new WebSocketPair()
    const { userId, feed, isV1 } = session
    const attachment = attachmentOf(session, Date.now())
    const wasOnline = onlineUsers(this.#sockets)
    const refusal = admit({ sockets: this.#sockets, revoked: this.#revoked, now: Date.now() }, session)
    const socket = acceptSocket(this.#sockets, server, attachment)
    if (refusal) closeSocket(this.#sockets, socket, refusal)
    else this.#greet(socket, session)
    log('info', 'hub.socket_opened', { tenantId: session.tenantId, userId, feed, sockets: countSockets(this.#sockets) })
    if (refusal === null && feed === 'communications' && !wasOnline.has(userId)) this.#tellPresence(userId, true)
    const headers = isV1 ? { 'Sec-WebSocket-Protocol': subprotocol } : {}
    return new Response(null, { status: 101, webSocket: client, headers })
  }

  #greet(socket: OpenSocket, session: HubSession): void {
    const missed = this.#canResume(session) ? this.#missedEvents(session) : null
    const reason = this.#canResume(session) ? ('too_far' as const) : ('epoch' as const)
    const ready = readyFrame({
      seq: this.#ring?.head ?? 0,
      epoch: this.#epoch,
      resumed: missed !== null,
      ...(session.since === null || missed !== null ? {} : { reason }),
      user_id: session.userId,
      ping_interval_ms: pingIntervalMs,
      online: [...onlineUsers(this.#sockets)].slice(0, 200),
    })
    const events = missed ?? []
    const { feed, userId, isV1 } = socket.attachment
    socket.toldSeq = this.#ring?.head ?? 0
    const replay =
      feed === 'notifications'
        ? tellerFor(this.#bells, this.#epoch)(events, Date.now())(userId, isV1)
        : framesOf(events, socket.attachment)
    sendFrames(this.#sockets, socket, [ready, ...replay])
  }

  #leave(ws: WebSocket, code: number): void {
    forgetSocket(this.#sockets, ws)
    const who = readAttachment(ws)
    const sockets = countSockets(this.#sockets)
    log('info', 'hub.socket_closed', { tenantId: this.#tenantId, userId: who?.userId, code, sockets })
    if (who !== null) forgetUser(this.#bells, who.userId)
    if (who?.feed !== 'communications' || onlineUsers(this.#sockets).has(who.userId)) return
    this.#tellPresence(who.userId, false)
  }

  #tellPresence(userId: string, online: boolean): void {
    if (onlineUsers(this.#sockets).size > maxUsersForPresence) return
    deliverEphemeral(this.#sockets, JSON.stringify({ type: 'presence', user_id: userId, online }), { userId })
  }
}
