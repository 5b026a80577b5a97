import { z } from 'zod'
import type { UpdateState } from './session-storage.ts'

const Count = z.number().int().nonnegative()
const State = z.object({ pts: Count, qts: Count, date: Count, seq: Count, channels: z.record(z.string(), Count) })
const Checkpoint = z.object({ version: z.literal(1), session: z.string().min(1), state: State })

/** All that an empty disk needs to go on where an account stood: who it is, and what was told to it last. */
export type TelegramCheckpoint = { session: string; state: UpdateState }

export function writeCheckpoint({ session, state }: TelegramCheckpoint): string {
  return JSON.stringify({ version: 1, session, state })
}

/** Null when it is none of ours. */
export function readCheckpoint(text: string): TelegramCheckpoint | null {
  try {
    return Checkpoint.parse(JSON.parse(text))
  } catch {
    return null
  }
}
