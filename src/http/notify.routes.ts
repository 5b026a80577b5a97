import { Hono } from 'hono'
import { z } from 'zod'
import { attentionOf, receive } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { factsOf } from '../notifications/facts-of-event.ts'
import { type KeyedNotice, systemNotice, testNotice } from '../notifications/notice.ts'
import { viewOf } from '../notifications/notification-of.ts'
import { reachOf } from '../notifications/reach.ts'
import { settingsOf } from '../notifications/settings.ts'
import {
  type NotificationReach,
  SystemNotificationBody,
  TestNotificationBody,
  TestNotificationResponse,
} from '../protocol/notifications.ts'
import { openDatabase } from '../store/database.ts'
import { readEventsAfter } from '../store/journal.ts'
import { readSettings } from '../store/notifications.ts'
import { listStaff } from '../store/staff.ts'
import { requireService } from './callers.ts'
import type { AppEnv } from './app-env.ts'
import { describe } from './describe.ts'
import { refusalOf } from './refusals.ts'
import { validate } from './validate.ts'

const tag = 'notifications'

/** `seq`: of the event; null when one of this key was told before. */
const Told = z.object({ seq: z.number().int().nullable() })

const telling = describe({
  tag,
  summary: "Tells a user, or all of them, of an event of the tenant's own",
  description: 'The same `key` twice makes one notification.',
  caller: 'service',
  answers: { 200: Told },
})
const testing = describe({
  tag,
  summary: 'Sends a test notification the way of every other, and says what reached whom and why not',
  description: 'To one user, or to all who have signed in at some time.',
  caller: 'service',
  answers: { 200: TestNotificationResponse },
  errors: { 409: '`staff.empty`' },
})

export const notifyRoutes = new Hono<AppEnv>()
  .post(
    '/api/v1/notifications',
    telling,
    requireService('notifications'),
    validate('json', SystemNotificationBody),
    async (c) => {
      const notice = systemNotice(c.req.valid('json'), crypto.randomUUID())
      return c.json({ seq: await tell(c.env, c.var.service.tenantId, notice) })
    },
  )
  .post(
    '/api/v1/communications/test-notification',
    testing,
    requireService('notifications'),
    validate('json', TestNotificationBody),
    async (c) => {
      const { tenantId } = c.var.service
      const { user_id } = c.req.valid('json')
      const staff = user_id === undefined ? await listStaff(openDatabase(c.env.DB), tenantId) : []
      const userIds = user_id === undefined ? staff.map(({ userId }) => userId) : [user_id]
      if (userIds.length === 0) throw new AppError('staff.empty', 409, 'Nobody has signed in yet: name a user_id.')
      const seq = await tell(c.env, tenantId, testNotice(userIds, crypto.randomUUID()))
      if (seq === null) throw new Error('A test is never told twice')
      return c.json({ seq, users: await reached(c.env, tenantId, userIds, seq) })
    },
  )

async function tell(env: Env, tenantId: string, notice: KeyedNotice): Promise<number | null> {
  const [result] = await receive(env, tenantId, [{ item: { kind: 'notice', ...notice } }])
  if (result === undefined || result.outcome === 'refused') throw refusalOf(result?.code)
  return result.seq
}

/** What became of a line that was just written, for each of these users: sockets are those that have got it. */
async function reached(env: Env, tenantId: string, userIds: string[], seq: number): Promise<NotificationReach[]> {
  const db = openDatabase(env.DB)
  const [{ events }, settings, attention] = await Promise.all([
    readEventsAfter(db, tenantId, seq - 1, 1),
    readSettings(db, tenantId, userIds),
    attentionOf(env, tenantId, userIds, seq),
  ])
  const [line] = events
  const facts = line === undefined ? null : factsOf(line)
  if (facts === null) throw new Error('The line of a test is not there')
  return attention.flatMap(({ userId, sockets, focus }) => {
    const viewer = { userId, settings: settingsOf(settings.get(userId) ?? null) }
    const view = viewOf(facts, viewer, { now: Date.now(), focus: new Set(focus) })
    return view === null ? [] : [reachOf(userId, view.decision, { sockets, pushes: 0 })]
  })
}
