import { z } from 'zod'
import { DigestState } from '../protocol/digest.ts'
import { NotificationSettings } from '../protocol/notification-settings.ts'
import { Notification, NotificationList, NotificationReach, UnreadNotifications } from '../protocol/notifications.ts'
import { PushSubscriptionAnswer, PushStatus, type PushSubscriptionBody } from '../protocol/push.ts'
import type { Request } from './request.ts'
import { withQuery } from './with-query.ts'

/** The number of a test's event, and what it reached of the user who asked for it. */
export const OwnTest = z.object({ seq: z.number().int(), reach: NotificationReach })
export type OwnTest = z.infer<typeof OwnTest>

/** What a user's settings can be given: what is left out gets its default. */
export type NotificationSettingsInput = z.input<typeof NotificationSettings>

/** The calls about a user's notifications. */
export type NotificationCalls = {
  /** Newest first; `cursor` is the `next_cursor` of the page before. Kinds that this version does not know are left out. */
  notifications(cursor?: string | null, limit?: number): Promise<NotificationList>
  unreadNotifications(): Promise<UnreadNotifications>
  readNotification(id: string): Promise<UnreadNotifications>
  /** `upTo`: the `as_of` of the list that was on show. */
  readAllNotifications(upTo: number): Promise<UnreadNotifications>
  notificationSettings(): Promise<NotificationSettings>
  /** Replaces all settings, and gives them as stored. */
  saveNotificationSettings(settings: NotificationSettingsInput): Promise<NotificationSettings>
  /** Sends this user a test the way of every other notification, and says what it reached. */
  testNotification(): Promise<OwnTest>
  /** Which of the user's browsers take pushes, and the key to subscribe another one with. */
  push(): Promise<PushStatus>
  subscribePush(body: PushSubscriptionBody): Promise<PushSubscriptionAnswer>
  unsubscribePush(id: string): Promise<void>
  digest(): Promise<DigestState>
  /** Sends the mail once more by which the digest's address is confirmed. */
  confirmDigest(): Promise<void>
}

const base = '/api/v1/notifications'

// Lenient on single lines: one of a newer server's kinds must not make the whole list unreadable.
const LenientList = NotificationList.extend({ items: z.array(z.unknown()) }).transform((page) => ({
  ...page,
  items: page.items.flatMap((item): Notification[] => {
    const result = Notification.safeParse(item)
    return result.success ? [result.data] : []
  }),
}))

export function notificationCalls(request: Request): NotificationCalls {
  return {
    notifications: (cursor, limit) => request({ path: withQuery(base, { cursor, limit }), schema: LenientList }),
    unreadNotifications: () => request({ path: `${base}/unread`, schema: UnreadNotifications }),
    readNotification(id) {
      const path = `${base}/${encodeURIComponent(id)}/read`
      return request({ method: 'POST', path, schema: UnreadNotifications })
    },
    readAllNotifications(upTo) {
      const path = `${base}/read-all`
      return request({ method: 'POST', path, body: { up_to: upTo }, schema: UnreadNotifications })
    },
    notificationSettings: () => request({ path: `${base}/settings`, schema: NotificationSettings }),
    saveNotificationSettings: (settings) =>
      request({ method: 'PUT', path: `${base}/settings`, body: settings, schema: NotificationSettings }),
    testNotification: () => request({ method: 'POST', path: `${base}/test`, schema: OwnTest }),
    ...deviceCalls(request),
  }
}

type DeviceCalls = Pick<NotificationCalls, 'push' | 'subscribePush' | 'unsubscribePush' | 'digest' | 'confirmDigest'>

function deviceCalls(request: Request): DeviceCalls {
  return {
    push: () => request({ path: `${base}/push`, schema: PushStatus }),
    subscribePush: (body) =>
      request({ method: 'POST', path: `${base}/push/subscriptions`, body, schema: PushSubscriptionAnswer }),
    async unsubscribePush(id) {
      const path = `${base}/push/subscriptions/${encodeURIComponent(id)}`
      await request({ method: 'DELETE', path, schema: z.unknown() })
    },
    digest: () => request({ path: `${base}/digest`, schema: DigestState }),
    async confirmDigest() {
      await request({ method: 'POST', path: `${base}/digest/confirmation`, schema: z.unknown() })
    },
  }
}
