/** What one socket has received of the frame that is under way. A frame's length is known once its head is complete. */
export type FrameState = { parts: Buffer[]; held: number }

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export type OnFrame = (opcode: number, buffer: Buffer, start: number, end: number) => void

export function newFrameState(): FrameState {
  return { parts: [], held: 0 }
}

/**
 * Walks the frames of a server (RFC 6455: unmasked) in what a socket has just received. Whole frames are reported in
 * place, without a copy; the rest is kept for the next call. `chunk` may be reused by the caller afterwards.
 */
export function readFrames(state: FrameState, chunk: Buffer, onFrame: OnFrame): void {
  const buffer = state.held === 0 ? chunk : joined(state, chunk)
  if (buffer === null) return
  let at = 0
  for (;;) {
    const head = headAt(buffer, at)
    if (head === null || head.end > buffer.length) break
    onFrame(head.opcode, buffer, head.start, head.end)
    at = head.end
  }
  keep(state, buffer, at)
}

/** Null while the frame under way still lacks bytes: then nothing is copied twice. */
function joined(state: FrameState, chunk: Buffer): Buffer | null {
  state.parts.push(Buffer.from(chunk))
  state.held += chunk.length
  const first = state.parts[0]
  const head = first === undefined ? null : headAt(first, 0)
  if (head !== null && state.held < head.end) return null
  return state.parts.length === 1 && first !== undefined ? first : Buffer.concat(state.parts)
}

function keep(state: FrameState, buffer: Buffer, from: number): void {
  state.held = buffer.length - from
  state.parts = state.held === 0 ? [] : [Buffer.from(buffer.subarray(from))]
}

function headAt(buffer: Buffer, at: number): { opcode: number; start: number; end: number } | null {
  const first = buffer[at]
  const second = buffer[at + 1]
  if (first === undefined || second === undefined) return null
  const short = second & 0x7f
  const start = at + 2 + (short === 126 ? 2 : short === 127 ? 8 : 0)
  if (start > buffer.length) return null
  const length =
    short === 126 ? buffer.readUInt16BE(at + 2) : short === 127 ? Number(buffer.readBigUInt64BE(at + 2)) : short
  return { opcode: first & 0x0f, start, end: start + length }
}

/** A client's frame. Its mask is zero: allowed, and it spares the generator the work. */
export function clientFrame(opcode: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload)
  if (body.length > 125) throw new RangeError('The load generator sends short frames only')
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | body.length, 0, 0, 0, 0]), body])
}
