import type { EventPage } from '../src/protocol/api.ts'
import type { CompanionInbox } from './companion-inbox.ts'
import { idIn } from './companion-messages.ts'

/** How far the journal had come at a moment, by `performance.now()`. */
export type Glance = { at: number; count: number }
/** When the last of our messages was seen in the journal, and what was seen on the way there. */
export type Committed = { lastAt: number; glances: readonly Glance[] }
type Wanted = { since: number; firstId: number; count: number; requireAlive: () => void }

const lookEveryMs = 20
const patienceMs = 300_000

/**
 * Waits until the journal has each of `count` messages, and only once. What is looked at meanwhile is the head alone, so
 * that looking costs little; whose events they are is read at the end.
 */
export async function awaitCommitted(inbox: CompanionInbox, wanted: Wanted): Promise<Committed> {
  const tally = createTally(wanted)
  const deadline = performance.now() + patienceMs
  const glances: Glance[] = []
  for (;;) {
    const head = await inbox.head()
    const at = performance.now()
    glances.push({ at, count: head - wanted.since })
    if (head > tally.seq() && head - wanted.since >= wanted.count) {
      await readUpTo(inbox, tally, head)
      if (tally.count() >= wanted.count) return { lastAt: at, glances }
    }
    wanted.requireAlive()
    if (at > deadline) throw new Error(`Only ${tally.count()} of ${wanted.count} messages have arrived`)
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

async function readUpTo(inbox: CompanionInbox, tally: Tally, head: number): Promise<void> {
  while (tally.seq() < head) tally.take(await inbox.events(tally.seq()))
}

/** The most that came within any second, or longer where nobody looked that often; as a rate. */
export function busiestSecond(glances: readonly Glance[]): number {
  const rates = glances.map(({ at, count }, place) => {
    const end = glances.slice(place).find((later) => later.at - at >= 1000)
    return end === undefined ? 0 : ((end.count - count) / (end.at - at)) * 1000
  })
  return Math.max(0, ...rates)
}

/** Which of some messages a journal has shown so far. */
export type Tally = { seq: () => number; count: () => number; take: (page: EventPage) => void }

export function createTally({ since, firstId, count }: Omit<Wanted, 'requireAlive'>): Tally {
  const found = new Set<number>()
  let seq = since
  return {
    seq: () => seq,
    count: () => found.size,
    take({ events, seq: upTo }) {
      seq = upTo
      for (const event of events) {
        const id = event.type === 'new_message' ? idIn(event.message.content) : null
        if (id === null || id < firstId || id >= firstId + count) continue
        if (found.has(id)) throw new Error(`Message ${id} is in the journal twice`)
        found.add(id)
      }
    },
  }
}
