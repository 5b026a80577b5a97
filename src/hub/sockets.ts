import { z } from 'zod'
import type { CommittedEvent } from '../ingest/items.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { FilterFrame, pingIntervalMs } from '../protocol/frames.ts'
import { Uuid } from '../protocol/words.ts'
import { framesOf, viewKey } from './frames.ts'
import type { Teller } from './notification-frames.ts'
import { type Allowance, fullAllowance } from './inbound.ts'
import type { HubSession } from './session.ts'
import { type Backlog, isTooSlow, mayDropEphemeral } from './slow-reader.ts'

/** Silence after which a socket counts as dead. Three beats of a hidden tab, which may ping once a minute only. */
const silenceMs = Math.max(180_000, pingIntervalMs * 3)
const sweepEveryMs = 30_000

/** What a socket carries through hibernation. */
const Attachment = z.object({
  userId: Uuid,
  name: z.string(),
  expiresAt: z.number(),
  feed: z.enum(['communications', 'notifications']),
  isV1: z.boolean(),
  filter: FilterFrame.omit({ type: true }).nullable(),
  connectedAt: z.number(),
  /** The conversation that lies open before the user there. Sockets from before have none. */
  focus: Uuid.nullable().default(null),
})
export type Attachment = z.infer<typeof Attachment>

/** Of a socket that is opened at `connectedAt`. */
export function attachmentOf({ userId, name, expiresAt, feed, isV1 }: HubSession, connectedAt: number): Attachment {
  return { userId, name, expiresAt, feed, isV1, filter: null, focus: null, connectedAt }
}

export function readAttachment(ws: WebSocket): Attachment | null {
  const parsed = Attachment.safeParse(ws.deserializeAttachment())
  return parsed.success ? parsed.data : null
}

/** An open socket, with what need not survive hibernation. */
export type OpenSocket = {
  ws: WebSocket
  attachment: Attachment
  view: string
  backlog: Backlog
  allowance: Allowance
  lastInboundAt: number
  typedAt: number
  /** The last number it was sent. */
  toldSeq: number
}

/** The part of the Durable Object's state that sockets need. */
export type SocketHost = Pick<
  DurableObjectState,
  'acceptWebSocket' | 'getWebSockets' | 'getWebSocketAutoResponseTimestamp'
>

/** The hub's open sockets. `open` is built anew after every wake, at first use: attachments are decoded once, not for every event. */
export type Sockets = {
  host: SocketHost
  clock: () => number
  open: Map<WebSocket, OpenSocket> | null
  sweptAt: number
}

export function createSockets(host: SocketHost, clock: () => number): Sockets {
  return { host, clock, open: null, sweptAt: 0 }
}

function openSockets(sockets: Sockets): Map<WebSocket, OpenSocket> {
  if (sockets.open !== null) return sockets.open
  const open = new Map<WebSocket, OpenSocket>()
  for (const ws of sockets.host.getWebSockets()) {
    const attachment = readAttachment(ws)
    if (ws.readyState === WebSocket.OPEN && attachment !== null) open.set(ws, toOpenSocket(sockets, ws, attachment))
  }
  sockets.open = open
  return open
}

function toOpenSocket({ clock }: Sockets, ws: WebSocket, attachment: Attachment): OpenSocket {
  const backlog = { bytes: 0, frames: 0, lifeAt: 0 }
  const allowance = fullAllowance(clock())
  return { ws, attachment, view: viewKey(attachment), backlog, allowance, lastInboundAt: 0, typedAt: 0, toldSeq: 0 }
}

export function acceptSocket(sockets: Sockets, ws: WebSocket, attachment: Attachment): OpenSocket {
  const open = openSockets(sockets)
  sockets.host.acceptWebSocket(ws)
  ws.serializeAttachment(attachment)
  const socket = toOpenSocket(sockets, ws, attachment)
  open.set(ws, socket)
  return socket
}

export function findSocket(sockets: Sockets, ws: WebSocket): OpenSocket | undefined {
  return openSockets(sockets).get(ws)
}

/** Oldest first. */
export function allSockets(sockets: Sockets): OpenSocket[] {
  return [...openSockets(sockets).values()]
}

export function countSockets(sockets: Sockets): number {
  return openSockets(sockets).size
}

export function forgetSocket(sockets: Sockets, ws: WebSocket): void {
  openSockets(sockets).delete(ws)
}

/** Users with a socket on the communications feed. */
export function onlineUsers(sockets: Sockets): Set<string> {
  const users = new Set<string>()
  for (const { attachment } of openSockets(sockets).values()) {
    if (attachment.feed === 'communications') users.add(attachment.userId)
  }
  return users
}

export function setFilter(socket: OpenSocket, filter: Attachment['filter']): void {
  socket.attachment = { ...socket.attachment, filter }
  socket.view = viewKey(socket.attachment)
  socket.ws.serializeAttachment(socket.attachment)
}

export function setFocus(socket: OpenSocket, focus: string | null): void {
  if (socket.attachment.focus === focus) return
  socket.attachment = { ...socket.attachment, focus }
  socket.ws.serializeAttachment(socket.attachment)
}

/** By user, the conversations that lie open before them, in whatever window. */
export function focusByUser(sockets: Sockets): Map<string, Set<string>> {
  const byUser = new Map<string, Set<string>>()
  for (const { attachment } of openSockets(sockets).values()) {
    if (attachment.focus === null) continue
    const open = byUser.get(attachment.userId) ?? new Set()
    byUser.set(attachment.userId, open.add(attachment.focus))
  }
  return byUser
}

/** A user's sockets for notifications. */
export function bellsOf(sockets: Sockets, userId: string): OpenSocket[] {
  return allSockets(sockets).filter(
    ({ attachment }) => attachment.feed === 'notifications' && attachment.userId === userId,
  )
}

/** The same of all users, in one pass. */
export function bellsByUser(sockets: Sockets): Map<string, OpenSocket[]> {
  const bells = allSockets(sockets).filter(({ attachment }) => attachment.feed === 'notifications')
  return Map.groupBy(bells, ({ attachment }) => attachment.userId)
}

/** Users with a socket for notifications. */
export function notifiedUsers(sockets: Sockets): string[] {
  return [...bellsByUser(sockets).keys()]
}

export function closeSocket(sockets: Sockets, socket: OpenSocket, closing: { code: number; reason: string }): void {
  forgetSocket(sockets, socket.ws)
  try {
    socket.ws.close(closing.code, closing.reason)
  } catch {
    // Closed already, by either side: nothing is left to do.
  }
}

/** Sends frames in order. A socket that may not or cannot have them is closed instead. */
export function sendFrames(
  sockets: Sockets,
  socket: OpenSocket,
  frames: readonly string[],
  now = sockets.clock(),
): void {
  const { ws, attachment, backlog } = socket
  if (attachment.expiresAt <= now) {
    return closeSocket(sockets, socket, { code: closeCodes.sessionExpired, reason: 'The session has expired.' })
  }
  if (isTooSlow(backlog, { bufferedAmount: bufferedAmountOf(ws), lifeAt: () => lifeAt(sockets, socket) })) {
    return closeSocket(sockets, socket, { code: closeCodes.tooSlow, reason: 'Frames are not read fast enough.' })
  }
  try {
    for (const frame of frames) {
      ws.send(frame)
      backlog.bytes += frame.length
      backlog.frames += 1
    }
  } catch {
    forgetSocket(sockets, ws) // The peer is gone; its close event may come later, or never.
  }
}

/**
 * Events to every socket, each distinct view serialised once. `tellerOf` reads them as notifications, and is asked only if
 * somebody listens for these.
 */
export function deliver(
  sockets: Sockets,
  events: readonly CommittedEvent[],
  tellerOf: (events: readonly CommittedEvent[], now: number) => Teller,
): void {
  const framesByView = new Map<string, string[]>()
  const now = sockets.clock()
  const seq = events.at(-1)?.seq ?? 0
  closeSilent(sockets, now)
  let teller: Teller | null = null
  for (const socket of openSockets(sockets).values()) {
    socket.toldSeq = seq
    const { feed, userId, isV1 } = socket.attachment
    if (feed === 'notifications') {
      teller ??= tellerOf(events, now)
      sendFrames(sockets, socket, teller(userId, isV1), now)
      continue
    }
    let frames = framesByView.get(socket.view)
    if (frames === undefined) {
      frames = framesOf(events, socket.attachment)
      framesByView.set(socket.view, frames)
    }
    sendFrames(sockets, socket, frames, now)
  }
}

/** Those from whom no ping has come for long: their other end is gone, and said nothing. Looked for now and then. */
export function closeSilent(sockets: Sockets, now: number): void {
  if (now - sockets.sweptAt <= sweepEveryMs) return
  sockets.sweptAt = now
  for (const socket of openSockets(sockets).values()) {
    const isSilent = now - Math.max(socket.attachment.connectedAt, lifeAt(sockets, socket)) > silenceMs
    if (isSilent) closeSocket(sockets, socket, { code: closeCodes.noPing, reason: 'No ping came.' })
  }
}

function lifeAt({ host }: Sockets, { ws, lastInboundAt }: OpenSocket): number {
  return Math.max(lastInboundAt, host.getWebSocketAutoResponseTimestamp(ws)?.getTime() ?? 0)
}

/** Typing and presence: to everybody on the communications feed but one user; the first to be left out. */
export function deliverEphemeral(
  sockets: Sockets,
  frame: string,
  about: { userId: string; conversationId?: string },
): void {
  for (const socket of openSockets(sockets).values()) {
    const { feed, userId, filter } = socket.attachment
    const { conversationId } = about
    if (feed !== 'communications' || userId === about.userId) continue
    const wanted = filter?.conversation_ids
    if (conversationId !== undefined && wanted !== undefined && !wanted.includes(conversationId)) continue
    if (mayDropEphemeral(socket.backlog, bufferedAmountOf(socket.ws))) continue
    sendFrames(sockets, socket, [frame])
  }
}

/** Newer runtimes tell how much of what was sent is still unread. */
function bufferedAmountOf(ws: WebSocket): number | undefined {
  const { bufferedAmount } = ws as { bufferedAmount?: unknown }
  return typeof bufferedAmount === 'number' ? bufferedAmount : undefined
}
