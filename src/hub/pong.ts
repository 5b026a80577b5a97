import { PongFrame } from '../protocol/frames.ts'

/** The pong outlives hibernation in the runtime, so it also tells a hub that wakes what it sent last. */
export function readPong(response: string | undefined): { seq: number; epoch: string } | null {
  if (response === undefined) return null
  const parsed = PongFrame.safeParse(JSON.parse(response))
  return parsed.success ? parsed.data : null
}
