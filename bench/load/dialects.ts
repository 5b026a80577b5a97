import { clientFrame, opcodes } from './frame-reader.ts'
import type { Dialect } from './messages.ts'

/** Where a socket stands in what it receives, so that it can come back: of Edge Inbox the first, of Socket.IO the others. */
export type Position = { journal: { seq: number; epoch: string } | null; recoveryId: string; offset: string }

export type Text = { buffer: Buffer; start: number; end: number; isGreeted: boolean }
/** What to do about a text frame. `event`: hand it on. `greeted`: the socket is open now. */
export type Reaction = { kind: 'event' | 'greeted' | 'pong' | 'reply'; reply: Buffer | null }

const event: Reaction = { kind: 'event', reply: null }
const greeted: Reaction = { kind: 'greeted', reply: null }
const pong: Reaction = { kind: 'pong', reply: null }

/** Longer frames are events for sure, and need not be looked at. */
const longestControlFrame = 2048

/** How each dialect takes a text frame. Notes in `position` what a return needs. */
export const dialects: Readonly<Record<Dialect, (position: Position, text: Text) => Reaction>> = {
  plain: () => event,
  'edge-inbox': (position, { buffer, start, end, isGreeted }) => {
    if (isGreeted && end - start > longestControlFrame) return event
    const isPong = buffer.toString('latin1', start, start + 14).startsWith('{"type":"pong"')
    if (isGreeted && !isPong) return event
    const { seq, epoch } = JSON.parse(buffer.toString('utf8', start, end)) as { seq: number; epoch: string }
    position.journal = { seq, epoch }
    return isPong ? pong : greeted
  },
  // Engine.IO: 0 open, 2 ping, 3 pong, 4 message; of a message the second digit is Socket.IO's: 0 connect, 2 event.
  'socket-io': (position, { buffer, start, end }) => {
    const kind = buffer.toString('latin1', start, Math.min(end, start + 2))
    if (kind === '2') return { kind: 'reply', reply: clientFrame(opcodes.text, '3') }
    if (kind === '40') {
      position.recoveryId = /"pid":"([^"]+)"/.exec(buffer.toString('latin1', start, end))?.[1] ?? ''
      return greeted
    }
    return kind.startsWith('0') ? { kind: 'reply', reply: connectFrame(position) } : event
  },
}

function connectFrame({ recoveryId, offset }: Position): Buffer {
  const known = recoveryId === '' ? '' : JSON.stringify({ pid: recoveryId, offset })
  return clientFrame(opcodes.text, `40${known}`)
}

/** Socket.IO ends each event with the offset to resume from. */
export function offsetOf(buffer: Buffer, end: number): string {
  return /,"([^"]+)"\]$/.exec(buffer.toString('latin1', Math.max(0, end - 48), end))?.[1] ?? ''
}
