import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { type Position, dialects, offsetOf } from './dialects.ts'
import { type FrameState, type OnFrame, clientFrame, newFrameState, opcodes, readFrames } from './frame-reader.ts'
import type { SocketsSpec } from './messages.ts'

/** As the client of Edge Inbox does: a ping after this many bytes shows the hub that somebody reads. */
const proofOfLifeBytes = 256 * 1024
export const jsonPing = clientFrame(opcodes.text, '{"type":"ping"}')

export type Tally = { frames: number; bytes: number; closed: number; closedBecause: string }

/** What all sockets share. One buffer serves all of them: whatever is read is used up at once. */
export type Host = {
  spec: SocketsSpec
  onText: (buffer: Buffer, start: number, end: number) => void
  buffer: Buffer
  tally: Tally
  isLeaving: boolean
}

export type LoadSocket = {
  net: Socket
  at: number
  state: 'upgrading' | 'greeting' | 'open' | 'closed'
  frames: FrameState
  onFrame: OnFrame
  head: string
  unprovenBytes: number
  position: Position
  onceOpen: ((failure: string | null) => void) | null
  oncePong: (() => void) | null
}

/** Starts to open a socket; `onceOpen` hears null when it is open, or why it is not. */
export function openSocket(
  host: Host,
  at: number,
  opening: { position: Position; onceOpen: (failure: string | null) => void },
): LoadSocket {
  const callback = (length: number): boolean => {
    receive(host, socket, host.buffer.subarray(0, length))
    return true
  }
  const { buffer, spec } = host
  const socket: LoadSocket = {
    net: connect({ host: '127.0.0.1', port: spec.port, noDelay: true, onread: { buffer, callback } }),
    at,
    state: 'upgrading',
    frames: newFrameState(),
    onFrame: (opcode, chunk, start, end) => {
      if (opcode === opcodes.text) readText(host, socket, { chunk, start, end })
      else if (opcode === opcodes.ping) socket.net.write(clientFrame(opcodes.pong, chunk.subarray(start, end)))
      else if (opcode === opcodes.close) leave(host, socket, closeText(chunk, start, end))
    },
    head: '',
    unprovenBytes: 0,
    position: opening.position,
    onceOpen: opening.onceOpen,
    oncePong: null,
  }
  socket.net.on('connect', () => socket.net.write(upgradeRequest(spec, socket)))
  socket.net.on('error', (error) => leave(host, socket, error.message))
  socket.net.on('close', () => leave(host, socket, 'connection closed'))
  return socket
}

function receive(host: Host, socket: LoadSocket, chunk: Buffer): void {
  host.tally.bytes += chunk.length
  if (socket.state !== 'upgrading') return readFrames(socket.frames, chunk, socket.onFrame)
  socket.head += chunk.toString('latin1')
  const end = socket.head.indexOf('\r\n\r\n')
  if (end < 0) return
  if (!socket.head.startsWith('HTTP/1.1 101')) return leave(host, socket, socket.head.slice(0, 400))
  const rest = Buffer.from(socket.head.slice(end + 4), 'latin1')
  socket.head = ''
  socket.state = 'greeting'
  if (host.spec.dialect === 'plain') opened(socket)
  if (rest.length > 0) readFrames(socket.frames, rest, socket.onFrame)
}

function readText(host: Host, socket: LoadSocket, text: { chunk: Buffer; start: number; end: number }): void {
  const { chunk: buffer, start, end } = text
  host.tally.frames += 1
  const react = dialects[host.spec.dialect]
  const { kind, reply } = react(socket.position, { buffer, start, end, isGreeted: socket.state === 'open' })
  if (reply !== null) socket.net.write(reply)
  if (kind === 'greeted') opened(socket)
  if (kind === 'pong') ponged(socket)
  if (kind !== 'event') return
  host.onText(buffer, start, end)
  if (host.spec.tracksOffset === true) socket.position.offset = offsetOf(buffer, end)
  if (host.spec.dialect === 'edge-inbox') proveLife(socket, end - start)
}

function proveLife(socket: LoadSocket, bytes: number): void {
  socket.unprovenBytes += bytes
  if (socket.unprovenBytes < proofOfLifeBytes) return
  socket.unprovenBytes = 0
  socket.net.write(jsonPing)
}

function opened(socket: LoadSocket): void {
  socket.state = 'open'
  socket.onceOpen?.(null)
  socket.onceOpen = null
}

function ponged(socket: LoadSocket): void {
  socket.oncePong?.()
  socket.oncePong = null
}

function leave({ tally, isLeaving }: Host, socket: LoadSocket, why: string): void {
  if (socket.state === 'closed') return
  socket.state = 'closed'
  socket.net.destroy()
  socket.onceOpen?.(why)
  ponged(socket)
  if (isLeaving) return
  tally.closed += 1
  if (tally.closedBecause === '') tally.closedBecause = why
}

function upgradeRequest(spec: SocketsSpec, { at, position }: LoadSocket): string {
  const { path, headers } = spec.requests[at] ?? { path: '/', headers: [] }
  const { journal } = position
  const resume = journal === null ? '' : `?since=${journal.seq}&epoch=${journal.epoch}`
  return [
    `GET ${path}${resume} HTTP/1.1`,
    `Host: 127.0.0.1:${spec.port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...headers,
    '\r\n',
  ].join('\r\n')
}

function closeText(buffer: Buffer, start: number, end: number): string {
  return end - start < 2 ? 'close frame' : `${buffer.readUInt16BE(start)} ${buffer.toString('utf8', start + 2, end)}`
}
