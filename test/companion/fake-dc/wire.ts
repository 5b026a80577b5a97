import type { Socket } from 'node:net'

/** Two transports of MTProto, told apart by the first four bytes: https://core.telegram.org/mtproto/mtproto-transports */
const tags = { intermediate: 0xeeeeeeee, padded: 0xdddddddd } as const
const maxFrame = 2 * 1024 * 1024

/** One TCP connection, cut into frames. A frozen one neither hears nor says anything, and stays open. */
export class Wire {
  readonly socket: Socket
  isFrozen = false
  #pending: Buffer = Buffer.alloc(0)
  #isTagged = false
  #onFrame: (frame: Buffer) => void

  constructor(socket: Socket, onFrame: (frame: Buffer) => void) {
    this.socket = socket
    this.#onFrame = onFrame
    socket.setNoDelay(true)
    socket.on('data', (data) => this.#receive(data))
    // A client that dies mid-sentence is an ordinary thing here.
    socket.on('error', () => socket.destroy())
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable
  }

  send(frame: Uint8Array): void {
    if (this.isFrozen || !this.isOpen) return
    const head = Buffer.alloc(4)
    head.writeUInt32LE(frame.length)
    this.socket.write(Buffer.concat([head, frame]))
  }

  /** A transport error: a frame of four bytes, the negative code. */
  sendError(code: number): void {
    const body = Buffer.alloc(4)
    body.writeInt32LE(-code)
    this.send(body)
  }

  cut(): void {
    this.socket.destroy()
  }

  #receive(data: Buffer): void {
    if (this.isFrozen) return
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data])
    if (!this.#isTagged && !this.#readTag()) return
    for (let frame = this.#nextFrame(); frame !== null; frame = this.#nextFrame()) {
      this.#onFrame(frame)
      if (!this.isOpen) return
    }
  }

  #readTag(): boolean {
    if (this.#pending.length < 4) return false
    const tag = this.#pending.readUInt32LE(0)
    if (tag !== tags.intermediate && tag !== tags.padded) {
      this.cut()
      return false
    }
    this.#isTagged = true
    this.#pending = this.#pending.subarray(4)
    return true
  }

  #nextFrame(): Buffer | null {
    if (this.#pending.length < 4) return null
    const length = this.#pending.readUInt32LE(0)
    if (length > maxFrame) {
      this.cut()
      return null
    }
    if (this.#pending.length < 4 + length) return null
    const frame = this.#pending.subarray(4, 4 + length)
    this.#pending = this.#pending.subarray(4 + length)
    return frame
  }
}
