import type { NotificationSettings } from '../protocol/notification-settings.ts'
import type { Notification, NotificationFrame, NotificationMedium } from '../protocol/notifications.ts'
import { type Decision, type Situation, decide } from './decide.ts'
import { type EventFacts, type JournalLine, type NotificationBody, type Standing, standingOf } from './facts.ts'
import { factsOf } from './facts-of-event.ts'
import { notificationId } from './read-state.ts'

/** Through whose eyes the journal is seen. */
export type Viewer = { userId: string; settings: NotificationSettings }

/** Nothing open, nothing late: what a list shows does not depend on when it is asked for. */
const calm = (at: number): Situation => ({ now: at, focus: new Set() })

/** A user's view of one event: what it is to them, and what is to become of it. Null: not for this user. */
export type EventView = { facts: EventFacts; standing: Standing; decision: Decision }

export function viewOf(facts: EventFacts, { userId, settings }: Viewer, situation: Situation): EventView | null {
  const standing = standingOf(facts, userId)
  const decision = decide(facts, standing, settings, situation)
  return decision === null ? null : { facts, standing, decision }
}

/**
 * The notification that a line of the journal is in a user's list, or in another list by a medium of its own; null where
 * it is none. Whether it was read is the list's to say.
 */
export function notificationOf(
  line: JournalLine,
  viewer: Viewer,
  epoch: string,
  medium: NotificationMedium = 'socket',
): Notification | null {
  const facts = factsOf(line)
  const view = facts === null ? null : viewOf(facts, viewer, calm(facts.at))
  return view === null || !view.decision.media.includes(medium) ? null : toNotification(view, epoch)
}

/** The frame of the notifications feed; null where no rule names the page, and the feed has `skip` instead. */
export function frameOf(view: EventView, epoch: string): NotificationFrame | null {
  const { media, show } = view.decision
  if (!media.includes('socket')) return null
  const { seq } = view.facts
  const sound = media.includes('sound')
  return { type: 'notification', seq, notification: toNotification(view, epoch), show, sound }
}

export function toNotification({ facts, standing, decision }: EventView, epoch: string): Notification {
  const { seq, at, conversation, channelId, platform } = facts
  return assemble(decision.body, {
    id: notificationId(epoch, seq),
    seq,
    relation: standing === 'all' || standing === 'none' ? null : standing,
    created_at: new Date(at).toISOString(),
    read: false,
    conversation_id: conversation?.id ?? null,
    channel_id: channelId,
    platform,
    client_name: conversation?.clientName ?? null,
  })
}

function assemble(body: NotificationBody, common: Omit<Notification, keyof NotificationBody>): Notification {
  return { ...common, ...body }
}
