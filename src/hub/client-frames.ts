import { closeCodes } from '../protocol/close-codes.ts'
import { errorFrame } from './frames.ts'
import { readFrame, takeFrame } from './inbound.ts'
import {
  type OpenSocket,
  type Sockets,
  closeSocket,
  deliverEphemeral,
  sendFrames,
  setFilter,
  setFocus,
} from './sockets.ts'

/** A person types in one place at a time: more often than this tells nobody anything. */
const typingEveryMs = 3_000

/** Answers one frame of a client. */
export function handleClientFrame(
  sockets: Sockets,
  socket: OpenSocket,
  { message, now, pong }: { message: string | ArrayBuffer; now: number; pong: string },
): void {
  socket.lastInboundAt = now
  if (!takeFrame(socket.allowance, now))
    return closeSocket(sockets, socket, { code: closeCodes.rateLimited, reason: 'Too many frames.' })
  const verdict = readFrame(message)
  if (verdict.kind === 'close') return closeSocket(sockets, socket, verdict)
  if (verdict.kind === 'error') return sendFrames(sockets, socket, [errorFrame(verdict.code, verdict.message)])
  const { frame } = verdict
  switch (frame.type) {
    case 'ping': // not byte for byte the one that the runtime answers
      return sendFrames(sockets, socket, [pong])
    case 'filter': {
      const { type: _, ...filter } = frame
      return setFilter(socket, Object.keys(filter).length === 0 ? null : filter)
    }
    case 'focus':
      return setFocus(socket, frame.conversation_id)
    case 'typing':
      return tellTyping(sockets, socket, { conversationId: frame.conversation_id, now })
  }
}

function tellTyping(sockets: Sockets, socket: OpenSocket, typing: { conversationId: string; now: number }): void {
  if (typing.now - socket.typedAt < typingEveryMs) return
  socket.typedAt = typing.now
  const { userId, name } = socket.attachment
  const frame = JSON.stringify({ type: 'typing', conversation_id: typing.conversationId, user_id: userId, name })
  deliverEphemeral(sockets, frame, { userId, conversationId: typing.conversationId })
}
