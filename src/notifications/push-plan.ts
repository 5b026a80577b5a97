import type { PushLine, PushReader } from '../store/push-runs.ts'
import { factsOf } from './facts-of-event.ts'
import { toNotification, viewOf } from './notification-of.ts'
import { type PushMessage, pushMessage } from './push-message.ts'
import { isRead } from './read-state.ts'
import { settingsOf } from './settings.ts'

/** One push to a user, of the line `seq`. */
export type PlannedPush = { seq: number; isTest: boolean; message: PushMessage }

/** `readers`, `focus`: by user; whoever is in neither has the defaults, and nothing open. `readers` count in the epoch. */
export type PushMoment = {
  tenantId: string
  epoch: string
  now: number
  readers: ReadonlyMap<string, PushReader>
  focus: ReadonlyMap<string, ReadonlySet<string>>
}

/**
 * What these lines are to be pushed as, by user: each line is read once, each user judged once. Of several with one topic
 * only the newest is left: it would take the place of the others anyway.
 */
export function planPushes(
  lines: readonly PushLine[],
  userIds: Iterable<string>,
  moment: PushMoment,
): ReadonlyMap<string, PlannedPush[]> {
  const told = lines.flatMap((line) => {
    const facts = factsOf(line)
    return facts === null ? [] : [{ facts, conversationReadSeq: line.conversationReadSeq }]
  })
  const plan = new Map<string, PlannedPush[]>()
  for (const userId of userIds) {
    if (!plan.has(userId)) plan.set(userId, newestOfTopics(pushesOf(told, userId, moment)))
  }
  return plan
}

type Told = { facts: NonNullable<ReturnType<typeof factsOf>>; conversationReadSeq: number }

const nothing: ReadonlySet<string> = new Set()

function pushesOf(told: readonly Told[], userId: string, moment: PushMoment): PlannedPush[] {
  const { tenantId, epoch, now, readers, focus } = moment
  const reader = readers.get(userId)
  const settings = settingsOf(reader?.settings ?? null)
  const state = { epoch, readSeq: reader?.readSeq ?? 0, singles: new Set(reader?.singles) }
  const situation = { now, focus: focus.get(userId) ?? nothing }
  return told.flatMap(({ facts, conversationReadSeq }) => {
    const view = viewOf(facts, { userId, settings }, situation)
    if (view === null || !view.decision.media.includes('web_push')) return []
    const notification = toNotification(view, epoch)
    if (isRead(notification, state, { epoch, conversationReadSeq })) return []
    const message = pushMessage(notification, { tenantId, userId, preview: settings.push.preview, now })
    return message === null ? [] : [{ seq: facts.seq, isTest: notification.kind === 'test', message }]
  })
}

function newestOfTopics(pushes: readonly PlannedPush[]): PlannedPush[] {
  const newest = new Map(pushes.map(({ seq, message }) => [message.options.topic ?? `${seq}`, seq]))
  return pushes.filter(({ seq, message }) => newest.get(message.options.topic ?? `${seq}`) === seq)
}
