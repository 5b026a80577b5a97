import { z } from 'zod'
import type { CommittedEvent } from '../ingest/items.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { FilterFrame, pingIntervalMs } from '../protocol/frames.ts'
import { Uuid } from '../protocol/words.ts'
import { framesOf, viewKey } from './frames.ts'
import { type Allowance, fullAllowance } from './inbound.ts'
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
})
export type Attachment = z.infer<typeof Attachment>

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
}

/** The part of the Durable Object's state that sockets need. */
export type SocketHost = Pick<
  DurableObjectState,
  'acceptWebSocket' | 'getWebSockets' | 'getWebSocketAutoResponseTimestamp'
>

export type Sockets = ReturnType<typeof createSockets>

/** The hub's open sockets. Built anew after every wake, at first use: attachments are decoded once, not for every event. */
export function createSockets(host: SocketHost, clock: () => number) {
  let open: Map<WebSocket, OpenSocket> | null = null
  let sweptAt = 0

  function all(): Map<WebSocket, OpenSocket> {
    if (open !== null) return open
    open = new Map()
    for (const ws of host.getWebSockets()) {
      const attachment = readAttachment(ws)
      if (ws.readyState === WebSocket.OPEN && attachment !== null) open.set(ws, openSocket(ws, attachment))
    }
    return open
  }

  function openSocket(ws: WebSocket, attachment: Attachment): OpenSocket {
    const now = clock()
    const backlog = { bytes: 0, frames: 0, lifeAt: 0 }
    return {
      ws,
      attachment,
      view: viewKey(attachment),
      backlog,
      allowance: fullAllowance(now),
      lastInboundAt: 0,
      typedAt: 0,
    }
  }

  function accept(ws: WebSocket, attachment: Attachment): OpenSocket {
    const sockets = all()
    host.acceptWebSocket(ws)
    ws.serializeAttachment(attachment)
    const socket = openSocket(ws, attachment)
    sockets.set(ws, socket)
    return socket
  }

  function lifeAt({ ws, lastInboundAt }: OpenSocket): number {
    return Math.max(lastInboundAt, host.getWebSocketAutoResponseTimestamp(ws)?.getTime() ?? 0)
  }

  function close(socket: OpenSocket, code: number, reason: string): void {
    all().delete(socket.ws)
    try {
      socket.ws.close(code, reason)
    } catch {
      // Closed already, by either side: nothing is left to do.
    }
  }

  /** Sends frames in order. A socket that may not or cannot have them is closed instead. */
  function send(socket: OpenSocket, frames: readonly string[]): void {
    const { ws, attachment, backlog } = socket
    if (attachment.expiresAt <= clock()) return close(socket, closeCodes.sessionExpired, 'The session has expired.')
    if (isTooSlow(backlog, { bufferedAmount: bufferedAmountOf(ws), lifeAt: () => lifeAt(socket) })) {
      return close(socket, closeCodes.tooSlow, 'Frames are not read fast enough.')
    }
    try {
      for (const frame of frames) {
        ws.send(frame)
        backlog.bytes += frame.length
        backlog.frames += 1
      }
    } catch {
      all().delete(ws) // The peer is gone; its close event may come later, or never.
    }
  }

  /** Events to every socket, each distinct view serialised once. */
  function deliver(events: readonly CommittedEvent[]): void {
    const framesByView = new Map<string, string[]>()
    const isSweepDue = clock() - sweptAt > sweepEveryMs
    if (isSweepDue) sweptAt = clock()
    for (const socket of all().values()) {
      if (isSweepDue && isSilent(socket)) {
        close(socket, closeCodes.noPing, 'No ping came.')
        continue
      }
      let frames = framesByView.get(socket.view)
      if (frames === undefined) {
        frames = framesOf(events, socket.attachment)
        framesByView.set(socket.view, frames)
      }
      send(socket, frames)
    }
  }

  function isSilent(socket: OpenSocket): boolean {
    return clock() - Math.max(socket.attachment.connectedAt, lifeAt(socket)) > silenceMs
  }

  /** Typing and presence: to everybody on the communications feed but one user; the first to be left out. */
  function deliverEphemeral(frame: string, about: { userId: string; conversationId?: string }): void {
    for (const socket of all().values()) {
      const { feed, userId, filter } = socket.attachment
      const { conversationId } = about
      if (feed !== 'communications' || userId === about.userId) continue
      const wanted = filter?.conversation_ids
      if (conversationId !== undefined && wanted !== undefined && !wanted.includes(conversationId)) continue
      if (mayDropEphemeral(socket.backlog, bufferedAmountOf(socket.ws))) continue
      send(socket, [frame])
    }
  }

  return {
    accept,
    send,
    deliver,
    deliverEphemeral,
    close,
    count: (): number => all().size,
    get: (ws: WebSocket): OpenSocket | undefined => all().get(ws),
    forget: (ws: WebSocket): void => void all().delete(ws),
    /** Oldest first. */
    ofUser: (userId: string): OpenSocket[] =>
      [...all().values()].filter((socket) => socket.attachment.userId === userId),
    all: (): OpenSocket[] => [...all().values()],
    onlineUsers: (): Set<string> => {
      const present = [...all().values()].filter((socket) => socket.attachment.feed === 'communications')
      return new Set(present.map((socket) => socket.attachment.userId))
    },
    setFilter: (socket: OpenSocket, filter: Attachment['filter']): void => {
      socket.attachment = { ...socket.attachment, filter }
      socket.view = viewKey(socket.attachment)
      socket.ws.serializeAttachment(socket.attachment)
    },
  }
}

/** Newer runtimes tell how much of what was sent is still unread. */
function bufferedAmountOf(ws: WebSocket): number | undefined {
  const { bufferedAmount } = ws as { bufferedAmount?: unknown }
  return typeof bufferedAmount === 'number' ? bufferedAmount : undefined
}
