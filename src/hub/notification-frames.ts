import type { CommittedEvent } from '../ingest/items.ts'
import { factsOf } from '../notifications/facts-of-event.ts'
import { frameOf, viewOf } from '../notifications/notification-of.ts'
import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { framesBy } from './frames.ts'

/** What is known of users at the moment of telling. `focusOf`: conversations that lie open before one. */
export type Telling = {
  epoch: string
  now: number
  settingsOf: (userId: string) => NotificationSettings
  focusOf: (userId: string) => ReadonlySet<string>
}

/** The frames of events on the notifications feed of one user. */
export type Teller = (userId: string, isV1: boolean) => string[]

/**
 * The same events for any number of users: each event is read once, each user judged once, and users who are told the
 * same share the text. What is nothing to a user is `skip`, so the proof that nothing was missed is that of messages.
 */
export function createTeller(events: readonly CommittedEvent[], telling: Telling): Teller {
  const facts = events.map(factsOf)
  const texts = new Map<string, string>()
  const framesByUser = new Map<string, string[]>()

  function textFor(userId: string, at: number): string | null {
    const one = facts[at] ?? null
    if (one === null) return null
    const situation = { now: telling.now, focus: telling.focusOf(userId) }
    const view = viewOf(one, { userId, settings: telling.settingsOf(userId) }, situation)
    const frame = view === null ? null : frameOf(view, telling.epoch)
    if (frame === null) return null
    const { kind, relation } = frame.notification
    const key = `${frame.seq} ${kind} ${relation} ${frame.show} ${frame.sound}`
    const text = texts.get(key) ?? JSON.stringify(frame)
    texts.set(key, text)
    return text
  }

  return (userId, isV1) => {
    const key = `${userId} ${isV1}`
    const frames = framesByUser.get(key) ?? framesBy(events, isV1, (_, at) => textFor(userId, at))
    framesByUser.set(key, frames)
    return frames
  }
}
