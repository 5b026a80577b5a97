import { describe, expect, it } from 'vitest'
import { readCheckpoint, writeCheckpoint } from '../../../companion/telegram/checkpoint.ts'
import { sealer } from './listening.ts'

/** What the Worker takes at most, sealed. */
const maxSealed = 64 * 1024
const session = 'x'.repeat(700)
const state = { pts: 2 ** 31 - 1, qts: 5, date: 1_790_000_000, seq: 9 }

describe('a checkpoint', () => {
  it('fits whatever the number of channels, by leaving out those that were not heard for longest', () => {
    // The newest first, of the longest ids that there are.
    const recent = Array.from({ length: 5_000 }, (_, at) => String(4_000_000_000_000 - at * 7))
    const channels = Object.fromEntries(recent.toReversed().map((id) => [id, 2 ** 31 - 1]))
    const text = writeCheckpoint({ session, state: { ...state, channels } }, recent)
    expect(sealer.seal(text, 'checkpoint|telegram:123456789').length).toBeLessThanOrEqual(maxSealed)
    const kept = readCheckpoint(text)
    expect(kept?.session).toBe(session)
    const ids = new Set(Object.keys(kept?.state.channels ?? {}))
    expect(ids.size).toBeGreaterThan(1_500)
    expect(ids).toEqual(new Set(recent.slice(0, ids.size)))
  })

  it('keeps all channels where they fit', () => {
    const recent = Array.from({ length: 1_000 }, (_, at) => String(1_000_000_000 + at))
    const channels = Object.fromEntries(recent.map((id, at) => [id, at + 1]))
    const text = writeCheckpoint({ session, state: { ...state, channels } }, recent)
    expect(readCheckpoint(text)?.state).toEqual({ ...state, channels })
  })
})
