import { Hono } from 'hono'
import { z } from 'zod'
import { receive } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { type KeyedNotice, ownTestNotice, systemNotice, testNotice } from '../notifications/notice.ts'
import {
  OwnTestResponse,
  SystemNotificationBody,
  TestNotificationBody,
  TestNotificationResponse,
} from '../protocol/notifications.ts'
import { openDatabase } from '../store/database.ts'
import { listStaff } from '../store/staff.ts'
import { requireService, requireUser } from './callers.ts'
import type { AppEnv } from './app-env.ts'
import { describe } from './describe.ts'
import { reached } from './reached.ts'
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
const trying = describe({
  tag,
  summary: 'Sends the user a test notification, and says what reached them and why not',
  description: 'Waits up to eight seconds for what their push services say.',
  caller: 'user',
  answers: { 200: OwnTestResponse },
  errors: { 429: '`test.too_fast`, with Retry-After' },
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
      return c.json({ seq, users: await reached(c.env, { tenantId, userIds, seq }) })
    },
  )
  .post('/api/v1/notifications/test', trying, requireUser, async (c) => {
    const { tenantId, userId } = c.var.user
    const { waitMs, ...notice } = ownTestNotice(userId, Date.now())
    const seq = await tell(c.env, tenantId, notice)
    if (seq === null) throw tooFast(waitMs)
    const [reach] = await reached(c.env, { tenantId, userIds: [userId], seq })
    if (reach === undefined) throw new Error('A test is for the one who made it')
    return c.json({ seq, reach })
  })

const tooFast = (waitMs: number) =>
  new AppError('test.too_fast', 429, 'A test was sent just now. Wait a moment.', Math.ceil(waitMs / 1000))

async function tell(env: Env, tenantId: string, notice: KeyedNotice): Promise<number | null> {
  const [result] = await receive(env, tenantId, [{ item: { kind: 'notice', ...notice } }])
  if (result === undefined || result.outcome === 'refused') throw refusalOf(result?.code)
  return result.seq
}
