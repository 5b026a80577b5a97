import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** The server's side of WebSocket, as far as a doorbell needs it: short text frames, both ways. */
export type FakeDoorbell = {
  accept(request: IncomingMessage, socket: Duplex): void
  send(text: string): void
  /** Cuts every socket without a word. */
  cut(): void
  /** Goes on holding sockets but answers no ping: a link that died half-way. */
  muted: boolean
  count(): number
  /** Texts that came in. */
  received: string[]
}

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export function createFakeDoorbell(): FakeDoorbell {
  const sockets = new Set<Duplex>()
  const bell: FakeDoorbell = {
    muted: false,
    received: [],
    accept(request, socket) {
      const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${guid}`).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      let buffered = Buffer.alloc(0)
      socket.on('data', (chunk: Buffer) => {
        buffered = Buffer.concat([buffered, chunk])
        for (let frame = readFrame(buffered); frame !== null; frame = readFrame(buffered)) {
          buffered = buffered.subarray(frame.size)
          if (frame.opcode === 8) socket.end()
          if (frame.opcode !== 1) continue
          bell.received.push(frame.text)
          if (frame.text === '{"type":"ping"}' && !bell.muted) socket.write(writeFrame('{"type":"pong","seq":0}'))
        }
      })
    },
    send(text) {
      for (const socket of sockets) socket.write(writeFrame(text))
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    count: () => sockets.size,
  }
  return bell
}

function readFrame(bytes: Buffer): { opcode: number; text: string; size: number } | null {
  const first = bytes[0]
  const second = bytes[1]
  if (first === undefined || second === undefined) return null
  const length = second & 0x7f
  if (length > 125) throw new Error('a doorbell takes short frames only')
  const size = 6 + length
  if (bytes.length < size) return null
  const mask = bytes.subarray(2, 6)
  const text = Buffer.from(bytes.subarray(6, size).map((byte, at) => byte ^ (mask[at % 4] ?? 0))).toString()
  return { opcode: first & 0x0f, text, size }
}

function writeFrame(text: string): Buffer {
  const body = Buffer.from(text)
  const head = body.length < 126 ? [0x81, body.length] : [0x81, 126, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from(head), body])
}
