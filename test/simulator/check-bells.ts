import { factsOf } from '../../src/notifications/facts-of-event.ts'
import { frameOf, viewOf } from '../../src/notifications/notification-of.ts'
import type { NotificationSettings } from '../../src/protocol/notification-settings.ts'
import type { EventRow, NotifiedUser, Tables } from './record.ts'

/** What a line of the journal can be to a user: the notification it makes, or null where it is none. */
export type Meaning = { text: string | null; canSound: boolean }

export type Meanings = (seq: number) => readonly Meaning[]

/**
 * By number, all that a line may have been to a user at any time: by each of its versions, and by each settings that may
 * have been in force. The rules are the product's own and have tests of their own; whom a line is for is asked here again.
 */
export function createMeanings(tables: Tables, user: NotifiedUser): Meanings {
  const versions = Map.groupBy(tables.versions, ({ seq }) => seq)
  const known = new Map<number, Meaning[]>()
  return (seq) => {
    const found = known.get(seq) ?? meaningsOf(tables, user, { seq, datas: versions.get(seq) ?? [] })
    known.set(seq, found)
    return found
  }
}

function meaningsOf(
  { events, head }: Tables,
  { userId, settings, settledAt }: NotifiedUser,
  { seq, datas }: { seq: number; datas: readonly { data: string }[] },
): Meaning[] {
  const event = events[seq - 1]
  if (event === undefined) return []
  const inForce = seq > settledAt ? settings.slice(-1) : settings
  const found = datas.flatMap(({ data }) =>
    inForce.map((one) => meaningOf({ ...event, data }, { userId, settings: one, epoch: head.epoch })),
  )
  return [...new Map(found.map((meaning) => [`${meaning.canSound} ${meaning.text}`, meaning])).values()]
}

type Eyes = { userId: string; settings: NotificationSettings; epoch: string }

export function meaningOf(event: EventRow, { userId, settings, epoch }: Eyes): Meaning {
  const nothing = { text: null, canSound: false }
  if (!isFor(event, userId)) return nothing
  const { seq, platform, created_at: at, data } = event
  // What this version of the line says it is: a broken journal may have had another one under its number.
  const { type } = JSON.parse(data) as { type: string }
  const facts = factsOf({ seq, type, platform, at, data })
  const view = facts === null ? null : viewOf(facts, { userId, settings }, { now: at, focus: new Set() })
  const frame = view === null ? null : frameOf(view, epoch)
  return frame === null ? nothing : { text: canonical(frame.notification), canSound: frame.sound }
}

type Line = {
  note?: { author_id: string; mentions: string[] }
  notification?: { to: string[] | null }
}

/** A line for certain users is nothing to anybody else. Not by the product's rules: they may be what is wrong. */
export function isFor({ data }: Pick<EventRow, 'data'>, userId: string): boolean {
  const { note, notification } = JSON.parse(data) as Line
  if (note !== undefined) return note.author_id !== userId && note.mentions.includes(userId)
  return notification?.to?.includes(userId) ?? true
}

/** The same for the same facts. Whether it was read is the list's to say. */
export function canonical(facts: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(facts).filter(([name]) => name !== 'read')
  return JSON.stringify(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
