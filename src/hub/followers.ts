import type { CommittedEvent } from '../ingest/items.ts'
import { errorFields, log } from '../lib/log.ts'

/**
 * Somebody who reads a tenant's journal behind the hub, from a cursor of their own: the hub only rings, and never waits.
 * Where nobody hears it, a sweep finds what lies past the cursor.
 */
export type Follower = {
  name: string
  /** Whether the tenant has anybody to tell. Asked once, and again when that has changed. */
  isWanted: () => Promise<boolean>
  /** Whether an event is one to ring for. */
  concerns: (event: CommittedEvent) => boolean
  ring: () => Promise<void>
}

/** Commits in a burst share a ring, in ms. */
const ringEveryMs = 1_000

export type FollowerBell = {
  /** Events that were committed. Costs nothing where nobody follows. */
  tell: (events: readonly CommittedEvent[]) => void
  /** Somebody has come, or gone. */
  changed: () => void
}

/** `waitUntil`: keeps the hub alive for what goes on behind its back. */
export function createFollowerBell(
  { name, isWanted, concerns, ring }: Follower,
  host: { waitUntil: (work: Promise<unknown>) => void; now: () => number; wait: (ms: number) => Promise<void> },
): FollowerBell {
  /** Null: not known. */
  let known: Promise<boolean> | null = null
  let isUnwanted = false
  let isPending = false
  let rungAt = 0

  async function look(): Promise<boolean> {
    const asked = (known ??= isWanted())
    const isFollowed = await asked
    // Somebody may have come while we asked.
    if (known !== asked) return look()
    isUnwanted = !isFollowed
    return isFollowed
  }

  async function isTimeToRing(): Promise<boolean> {
    if (!(await look())) return false
    const waitMs = rungAt + ringEveryMs - host.now()
    if (waitMs > 0) await host.wait(waitMs)
    return true
  }

  async function ringSoon(): Promise<void> {
    try {
      // What is committed from the ring on has a ring of its own: this one may be heard before.
      const isFollowed = await isTimeToRing().finally(() => {
        isPending = false
      })
      if (!isFollowed) return
      rungAt = host.now()
      await ring()
    } catch (error) {
      known = null
      log('error', 'hub.follower_not_rung', { follower: name, ...errorFields(error) })
    }
  }

  return {
    tell(events) {
      if (isUnwanted || isPending || !events.some(concerns)) return
      isPending = true
      host.waitUntil(ringSoon())
    },
    changed() {
      known = null
      isUnwanted = false
    },
  }
}
