import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import type { JournalLine } from '../notifications/facts.ts'
import { factsOf } from '../notifications/facts-of-event.ts'
import { frameOf, viewOf } from '../notifications/notification-of.ts'
import { settingsOf } from '../notifications/settings.ts'
import { EventPage } from '../protocol/api.ts'
import { openDatabase } from '../store/database.ts'
import { readEventsAfter } from '../store/journal.ts'
import { readUserState } from '../store/notifications.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { validate } from './validate.ts'

const Query = z.object({
  /** Whose gaps it fills: those of the messages' socket, or of the notifications' socket. */
  feed: z.enum(['communications', 'notifications']).default('communications'),
  since: z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

const about = describe({
  tag: 'reading',
  summary: 'The journal after `since`, oldest first',
  description:
    'A page may hold fewer events than `limit`, also none, and `more` says whether to ask again: long ones fill it sooner, and what is not for this feed is left out. Past the head there is nothing: `seq` is then the head. A new `epoch` means that the page has to start again.',
  caller: 'user',
  answers: { 200: EventPage },
})

export const eventRoutes = new Hono<AppEnv>().get(
  '/api/v1/communications/events',
  about,
  requireUser,
  validate('query', Query),
  async (c) => {
    const { since, limit, feed } = c.req.valid('query')
    const { head, events } = await readEventsAfter(openDatabase(c.env.DB), c.var.user.tenantId, since, limit)
    if (head === null) throw new AppError('tenant.not_found', 404, 'There is no such tenant.')
    const seq = events.at(-1)?.seq ?? head.seq
    return c.json({
      events: feed === 'communications' ? messagesIn(events) : await notificationsIn(c, events),
      seq,
      epoch: head.epoch,
      more: seq < head.seq,
    })
  },
)

type Events = EventPage['events']

/** As on the socket: a line that is a notification may be for certain users only. */
function messagesIn(lines: readonly JournalLine[]): Events {
  return lines.flatMap(({ type, data }) => (type === 'notification' ? [] : [JSON.parse(data) as Events[number]]))
}

/** What the notifications' socket would have sent this user, late. */
async function notificationsIn(c: Context<AppEnv>, lines: readonly JournalLine[]): Promise<Events> {
  const { tenantId, userId } = c.var.user
  const { settings, head } = await readUserState(openDatabase(c.env.DB), tenantId, userId)
  const viewer = { userId, settings: settingsOf(settings) }
  const situation = { now: Date.now(), focus: new Set<string>() }
  return lines.flatMap((line): Events => {
    const facts = factsOf(line)
    const view = facts === null ? null : viewOf(facts, viewer, situation)
    const frame = view === null ? null : frameOf(view, head.epoch)
    return frame === null ? [] : [frame]
  })
}
