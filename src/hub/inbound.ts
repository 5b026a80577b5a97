import { ClientFrame, maxInboundFrameBytes, maxInboundFramesPerMinute } from '../protocol/frames.ts'
import { closeCodes } from '../protocol/close-codes.ts'

/** What to do about a frame that a client sent. */
export type InboundVerdict =
  | { kind: 'frame'; frame: ClientFrame }
  | { kind: 'error'; code: string; message: string }
  | { kind: 'close'; code: number; reason: string }

/** A socket's allowance of inbound frames: refilled evenly over a minute. */
export type Allowance = { left: number; refilledAt: number }

export function fullAllowance(now: number): Allowance {
  return { left: maxInboundFramesPerMinute, refilledAt: now }
}

/** Takes one frame from the allowance; false when there is none left. */
export function takeFrame(allowance: Allowance, now: number): boolean {
  const refill = ((now - allowance.refilledAt) * maxInboundFramesPerMinute) / 60_000
  allowance.left = Math.min(maxInboundFramesPerMinute, allowance.left + Math.max(0, refill))
  allowance.refilledAt = now
  if (allowance.left < 1) return false
  allowance.left -= 1
  return true
}

/** Reads a client's frame. The runtime lets anything up to 32 MiB through, so size comes first. */
export function readFrame(message: string | ArrayBuffer): InboundVerdict {
  if (typeof message !== 'string') return malformed('Frames are text.')
  // A UTF-16 unit is at most three bytes of UTF-8, so only frames near the limit are measured.
  const isTooLong =
    message.length > maxInboundFrameBytes ||
    (message.length * 3 > maxInboundFrameBytes && new TextEncoder().encode(message).length > maxInboundFrameBytes)
  if (isTooLong) return malformed(`Frames are at most ${maxInboundFrameBytes} bytes.`)
  let value: unknown
  try {
    value = JSON.parse(message)
  } catch {
    return malformed('Frames are JSON.')
  }
  const parsed = ClientFrame.safeParse(value)
  if (parsed.success) return { kind: 'frame', frame: parsed.data }
  return {
    kind: 'error',
    code: 'frame.invalid',
    message: 'Known frames: ping, filter, typing, focus. See the documentation for their fields.',
  }
}

function malformed(reason: string): InboundVerdict {
  return { kind: 'close', code: closeCodes.malformed, reason }
}
