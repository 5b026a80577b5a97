import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { tellRead, tellSettingsChanged } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'
import { rescheduleDigest } from '../notifications/digest-plan.ts'
import { standingOf } from '../notifications/facts.ts'
import { factsOf } from '../notifications/facts-of-event.ts'
import { type Reader, countUnread, readList } from '../notifications/read-list.ts'
import { parseNotificationId } from '../notifications/read-state.ts'
import { settingsOf } from '../notifications/settings.ts'
import { NotificationSettings } from '../protocol/notification-settings.ts'
import { NotificationList, ReadAllNotificationsBody, UnreadNotifications } from '../protocol/notifications.ts'
import { openDatabase } from '../store/database.ts'
import { type DigestRow, readDigest } from '../store/digests.ts'
import { readEventsAfter } from '../store/journal.ts'
import { markAllRead, markRead, readUserState, writeSettings } from '../store/notifications.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { describe } from './describe.ts'
import { refuseOwnMailbox, sendConfirmation } from './send-confirmation.ts'
import { validate } from './validate.ts'

const path = '/api/v1/notifications'
const tag = 'notifications'
const caller = 'user'

const Query = z.object({
  unread: z.enum(['true', 'false', '1', '0']).optional(),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})
/** The epoch and the number of the last line that the page before has looked at. */
const Position = z.tuple([z.string(), z.number()])
// Any text: an id of a strange form is one that is not found, like another user's.
const IdParam = z.object({ id: z.string() })

const listing = describe({
  tag,
  summary: "The user's notifications, newest first",
  description:
    'What the rules of today select, also of the past. A page may hold fewer than `limit`; `next_cursor` says whether to go on.',
  caller,
  answers: { 200: NotificationList },
  errors: { 400: '`request.invalid`, `cursor.invalid`' },
})
const counting = describe({
  tag,
  summary: 'How many notifications are unread',
  caller,
  answers: { 200: UnreadNotifications },
})
const reading = describe({
  tag,
  summary: 'Marks a notification as read',
  caller,
  answers: { 200: UnreadNotifications },
  errors: { 404: '`notification.not_found`' },
})
const readingAll = describe({
  tag,
  summary: 'Marks all notifications up to a number as read',
  caller,
  answers: { 200: UnreadNotifications },
})
const showing = describe({
  tag,
  summary: "The user's settings, whole",
  caller,
  answers: { 200: NotificationSettings },
})
const setting = describe({
  tag,
  summary: "Replaces the user's settings; what is left out gets its default",
  description: 'A new address of digests gets a mail that asks for its confirmation.',
  caller,
  answers: { 200: NotificationSettings },
  errors: { 422: '`digest.own_mailbox`' },
})

export const notificationRoutes = new Hono<AppEnv>()
  .get(path, listing, requireUser, validate('query', Query), async (c) => {
    const { unread, cursor, limit } = c.req.valid('query')
    const reader = await readerOf(c)
    const before = positionOf(cursor, reader)
    const isUnread = unread === 'true' || unread === '1'
    const { items, next } = await readList(c.env.DB, reader, { before, limit, isUnread })
    const { seq: as_of, epoch } = reader.head
    const next_cursor = next === null ? null : encodeCursor([epoch, next])
    return c.json({ items, next_cursor, as_of, epoch, unread: await countUnread(c.env.DB, reader) })
  })
  .get(`${path}/unread`, counting, requireUser, async (c) => c.json(await unreadOf(c)))
  .post(`${path}/read-all`, readingAll, requireUser, validate('json', ReadAllNotificationsBody), async (c) => {
    const { tenantId, userId } = c.var.user
    const { up_to: seq } = c.req.valid('json')
    await markAllRead(c.env.DB, { tenantId, userId, seq })
    showRead(c, { up_to: seq, ids: [] })
    return c.json(await unreadOf(c))
  })
  .post(`${path}/:id/read`, reading, requireUser, validate('param', IdParam), async (c) => {
    const { tenantId, userId } = c.var.user
    const { id } = c.req.valid('param')
    await markRead(c.env.DB, { tenantId, userId, seq: await requireOwn(c, id) })
    showRead(c, { up_to: null, ids: [id] })
    return c.json(await unreadOf(c))
  })
  .get(`${path}/settings`, showing, requireUser, async (c) => c.json((await readerOf(c)).settings))
  .put(`${path}/settings`, setting, requireUser, validate('json', NotificationSettings), async (c) => {
    const { tenantId, userId } = c.var.user
    const settings = c.req.valid('json')
    const before = await readDigest(c.env.DB, { tenantId, userId })
    const was = settingsOf(before?.settings ?? null).digest
    const { address, enabled } = settings.digest
    // An address that became a mailbox only later gets no digests, and is no reason to refuse other changes.
    if (address !== was.address || (enabled && !was.enabled)) await refuseOwnMailbox(c.env, tenantId, address)
    await writeSettings(c.env.DB, tenantId, userId, JSON.stringify(settings))
    // At once: whoever repeats a request that fails after this changes nothing any more.
    askForConfirmation(c, settings, before)
    await rescheduleDigest(c.env.DB, { tenantId, userId }, Date.now())
    await tellHub(c)
    return c.json(settings)
  })

/** Of an address that digests were just switched on for. Nobody waits for the mail, which can be asked for again. */
function askForConfirmation(c: Context<AppEnv>, { digest }: NotificationSettings, before: DigestRow | null): void {
  const { address, language, enabled } = digest
  const was = settingsOf(before?.settings ?? null).digest
  const isNew = !was.enabled || was.address !== address
  if (!enabled || address === null || !isNew || before?.confirmedAddress === address) return
  if (c.var.config.digestFrom === null) return
  const { tenantId, userId } = c.var.user
  const sent = sendConfirmation(c.env, c.var.config, { tenantId, userId }, { address, language })
  c.executionCtx.waitUntil(
    sent.catch((error: unknown) => log('warn', 'digest.not_asked', { tenantId, userId, ...errorFields(error) })),
  )
}

/** They are stored, so a hub that cannot be reached is no failure: it reads them when it wakes, or a window opens. */
async function tellHub(c: Context<AppEnv>): Promise<void> {
  const { tenantId, userId } = c.var.user
  try {
    await tellSettingsChanged(c.env, tenantId, userId)
  } catch (error) {
    log('warn', 'notifications.hub_not_told', { tenantId, userId, ...errorFields(error) })
  }
}

async function readerOf(c: Context<AppEnv>): Promise<Reader> {
  const { tenantId, userId } = c.var.user
  const { settings, readSeq, head } = await readUserState(openDatabase(c.env.DB), tenantId, userId)
  return { tenantId, userId, settings: settingsOf(settings), readSeq, head }
}

/** A restore gives numbers out again, so a place in the list before it means nothing any more. */
function positionOf(cursor: string | undefined, { head }: Reader): number | null {
  const position = decodeCursor(cursor, Position)
  if (position === null) return null
  const [epoch, seq] = position
  if (epoch !== head.epoch) throw new AppError('cursor.invalid', 400, 'This list has begun anew: ask without a cursor.')
  return seq
}

async function unreadOf(c: Context<AppEnv>): Promise<z.infer<typeof UnreadNotifications>> {
  const reader = await readerOf(c)
  return { ...(await countUnread(c.env.DB, reader)), as_of: reader.head.seq, epoch: reader.head.epoch }
}

/** The user's other windows. Nobody here waits for that; a list that is loaded anew says the same. */
function showRead(c: Context<AppEnv>, read: { up_to: number | null; ids: string[] }): void {
  const { tenantId, userId } = c.var.user
  const told = tellRead(c.env, { tenantId, userId }, read)
  c.executionCtx.waitUntil(
    told.catch((error: unknown) =>
      log('warn', 'notifications.read_not_shown', { tenantId, userId, ...errorFields(error) }),
    ),
  )
}

const notFound = () => new AppError('notification.not_found', 404, 'There is no such notification.')

/** The number of an event that is one to tell this user of, whatever their rules are today. */
async function requireOwn(c: Context<AppEnv>, id: string): Promise<number> {
  const { tenantId, userId } = c.var.user
  const named = parseNotificationId(id)
  if (named === null) throw notFound()
  const { head, events } = await readEventsAfter(openDatabase(c.env.DB), tenantId, named.seq - 1, 1)
  const [line] = events
  if (line === undefined || line.seq !== named.seq || head?.epoch !== named.epoch) throw notFound()
  const facts = factsOf(line)
  if (facts === null || standingOf(facts, userId) === 'none') throw notFound()
  return named.seq
}
