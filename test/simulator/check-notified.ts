import type { NotificationFrame } from '../../src/protocol/notifications.ts'
import { canonical, createMeanings, type Meanings } from './check-bells.ts'
import type { Frame, Page } from './check-clients.ts'
import type { ClientRecord, NotifiedUser, TenantRecord } from './record.ts'

/** A page that listens for notifications: each line is what the rules make of it for this very user, or is skipped. */
export function createNotificationsPage(client: ClientRecord, { tables, notified }: TenantRecord): Page {
  const user = notified.users.find(({ userId }) => userId === client.userId)
  if (user === undefined) throw new Error(`${client.name} is of no user`)
  const meanings = createMeanings(tables, user)
  return {
    checkApplied: () => [...checkOrder(client), ...checkComplete(client, { head: tables.head.seq, meanings })],
    checkFrame: (_, frame) =>
      (frame.type === 'batch' ? (frame.events ?? []) : [frame]).flatMap((part) => checkPart(part, meanings)),
    checkAside: (frame) => checkAside(frame, user),
  }
}

function checkOrder({ start, applied, told }: ClientRecord): string[] {
  if (start === null) return ['never got anywhere']
  const findings = applied.flatMap(({ seq, type }, at) => {
    const last = applied[at - 1]?.seq ?? start
    return [
      ...(seq > last ? [] : [`got ${seq} after ${last}`]),
      ...(type === 'notification' ? [] : [`got ${seq} as ${type}`]),
    ]
  })
  return told.length === applied.length ? findings : [...findings, 'was told something else than notifications']
}

function checkComplete(
  { start, applied, told }: ClientRecord,
  { head, meanings }: { head: number; meanings: Meanings },
): string[] {
  const seen = new Set(applied.map(({ seq }) => seq))
  const missed: number[] = []
  for (let seq = (start ?? head) + 1; seq <= head; seq++) {
    if (!seen.has(seq) && meanings(seq).every(({ text }) => text !== null)) missed.push(seq)
  }
  return [
    ...told.flatMap((text) => checkPart(JSON.parse(text) as Frame, meanings)),
    ...(missed.length === 0 ? [] : [`missed the notifications ${missed.join()}`]),
  ]
}

/** What is skipped may be nothing to the user, what is told may be just that. */
function checkPart(part: Frame, meanings: Meanings): string[] {
  const { type, from, seq = 0 } = part
  if (type === 'skip') {
    const numbers = Array.from({ length: seq - (from ?? seq) + 1 }, (_, at) => (from ?? seq) + at)
    const wrong = numbers.filter((one) => meanings(one).every(({ text }) => text !== null))
    return wrong.length === 0 ? [] : [`was not told of ${wrong.join()}`]
  }
  if (type !== 'notification') return [`was sent ${type} ${seq}`]
  const { notification, show, sound } = part as unknown as NotificationFrame
  const meant = meanings(seq).filter(({ text }) => text === canonical(notification))
  if (meant.length === 0) return [`was told of ${seq} what it is not: ${JSON.stringify(notification).slice(0, 300)}`]
  const isLoud = sound && !meant.some(({ canSound }) => canSound)
  return [
    ...(isLoud ? [`heard a sound for ${seq} that nobody wanted`] : []),
    ...(sound && !show ? [`heard a sound for ${seq}, and was shown nothing`] : []),
  ]
}

/** Only marks and settings of this user's own, and nothing of who is there or types. */
function checkAside({ type, up_to: upTo, ids }: Frame, { marks, settings }: NotifiedUser): string[] {
  if (type === 'notification_settings')
    return settings.length > 1 ? [] : ['was told of other settings, which this user never changed']
  if (type !== 'notifications_read') return [`was told ${type}`]
  const isOwn = marks.includes(Number(upTo)) && Array.isArray(ids) && ids.length === 0
  return isOwn ? [] : [`was told that ${String(upTo)} was read, which this user never marked`]
}
