import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { EventPage } from '../protocol/api.ts'
import { openDatabase } from '../store/database.ts'
import { readEventsAfter } from '../store/journal.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { validate } from './validate.ts'

const Query = z.object({
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
    const { since, limit } = c.req.valid('query')
    const { head, events } = await readEventsAfter(openDatabase(c.env.DB), c.var.user.tenantId, since, limit)
    if (head === null) throw new AppError('tenant.not_found', 404, 'There is no such tenant.')
    const seq = events.at(-1)?.seq ?? head.seq
    // As on the socket: a line that is a notification may be for certain users only.
    const shown = events.filter(({ type }) => type !== 'notification')
    return c.json({
      events: shown.map((event) => JSON.parse(event.data) as EventPage['events'][number]),
      seq,
      epoch: head.epoch,
      more: seq < head.seq,
    })
  },
)
