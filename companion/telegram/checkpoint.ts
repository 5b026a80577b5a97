import { z } from 'zod'
import type { UpdateState } from './session-storage.ts'

const Count = z.number().int().nonnegative()
const State = z.object({ pts: Count, qts: Count, date: Count, seq: Count, channels: z.record(z.string(), Count) })
const Checkpoint = z.object({ version: z.literal(1), session: z.string().min(1), state: State })

/** Sealed, it becomes a third longer and a bit, and must fit into 64 KiB. */
const maxBytes = 47 * 1024

/** All that an empty disk needs to go on where an account stood: who it is, and what was told to it last. */
export type TelegramCheckpoint = { session: string; state: UpdateState }

/**
 * `recent`: the channels, those heard last first. Of thousands not all fit into what the Worker takes; one that is left
 * out counts as new on an empty disk, and is searched from the time of this checkpoint.
 */
export function writeCheckpoint(
  { session, state }: TelegramCheckpoint,
  recent: readonly string[] = Object.keys(state.channels),
): string {
  const textOf = (channels: UpdateState['channels']) =>
    JSON.stringify({ version: 1, session, state: { ...state, channels } })
  let room = maxBytes - textOf({}).length
  const kept: UpdateState['channels'] = {}
  for (const channel of recent) {
    const count = state.channels[channel]
    if (count === undefined) continue
    room -= JSON.stringify({ [channel]: count }).length
    if (room < 0) break
    kept[channel] = count
  }
  return textOf(kept)
}

/** Null when it is none of ours. */
export function readCheckpoint(text: string): TelegramCheckpoint | null {
  try {
    return Checkpoint.parse(JSON.parse(text))
  } catch {
    return null
  }
}
