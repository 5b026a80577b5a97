import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { log } from '../lib/log.ts'
import { Platform, Timestamp } from '../protocol/words.ts'
import { openDatabase } from '../store/database.ts'
import {
  type QuarantinePage,
  type QuarantineRow,
  listQuarantine,
  listWholeQuarantine,
  markReplayed,
  readQuarantine,
} from '../store/quarantine.ts'
import type { AppEnv } from './app-env.ts'
import { requireAdmin } from './callers.ts'
import { cutPage, decodeCursor, encodeCursor } from './cursor.ts'
import { describe } from './describe.ts'
import { keptBytes } from './keep-refused.ts'
import { type Replay, replayJob } from './replay-job.ts'
import { replayMail } from './replay-mail.ts'
import { validate } from './validate.ts'
import { takeIn } from './webhook-intake.ts'

/** What the operator keeps is nobody's yet: its tenant id is empty. */
const operatorPath = '/api/v1/admin/quarantine'
const tenantPath = '/api/v1/admin/tenants/:tenant_id/quarantine'

const PageQuery = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})
const OperatorQuery = PageQuery.extend({ all: z.enum(['true', 'false']).optional() })

/** Of a job that was given up: replaying it makes the job due again. */
const deadJob = 'job.dead'

/** The last row of the page before: when, which, whose. */
const Position = z.tuple([z.number(), z.string(), z.string()])

const QuarantineItem = z.object({
  id: z.string(),
  tenant_id: z.string(),
  platform: Platform,
  reason: z.string(),
  received_at: Timestamp,
  replayed_at: Timestamp.nullable(),
  replay_outcome: z.string().nullable(),
  /** The delivery as text; null where it is larger than 64 KB or no text at all. */
  body: z.string().nullable(),
})
const QuarantineList = z.object({ items: z.array(QuarantineItem), next_cursor: z.string().nullable() })
const ReplayResponse = z.object({
  outcome: z.enum(['stored', 'still_refused']),
  received: z.number().int(),
  reason: z.string().optional(),
}) satisfies z.ZodType<Replay>

const listing = (summary: string) =>
  describe({
    tag: 'quarantine',
    summary,
    caller: 'operator',
    answers: { 200: QuarantineList },
    errors: { 400: '`request.invalid`, `cursor.invalid`' },
  })
const replaying = (summary: string) =>
  describe({
    tag: 'quarantine',
    summary,
    description:
      'Parses and routes the kept delivery again, as it would be today; a job that was given up becomes due again. ' +
      'Doing it twice is harmless.',
    caller: 'operator',
    answers: { 200: ReplayResponse },
    errors: { 404: '`quarantine.not_found`', 410: '`quarantine.gone`' },
  })

export const quarantineRoutes = new Hono<AppEnv>()
  .get(
    operatorPath,
    listing("What was signed but is nobody's; with `all` everybody's"),
    requireAdmin,
    validate('query', OperatorQuery),
    async (c) => {
      const { all, cursor, limit } = c.req.valid('query')
      const db = openDatabase(c.env.DB)
      const page = pageOf(cursor, limit)
      return c.json(
        toList(all === 'true' ? await listWholeQuarantine(db, page) : await listQuarantine(db, '', page), limit),
      )
    },
  )
  .get(
    tenantPath,
    listing('What was signed for a tenant but could not be understood or placed'),
    requireAdmin,
    validate('param', z.object({ tenant_id: z.string() })),
    validate('query', PageQuery),
    async (c) => {
      const { cursor, limit } = c.req.valid('query')
      const tenantId = c.req.valid('param').tenant_id
      return c.json(toList(await listQuarantine(openDatabase(c.env.DB), tenantId, pageOf(cursor, limit)), limit))
    },
  )
  .post(
    `${operatorPath}/:id/replay`,
    replaying("Tries again what is nobody's"),
    requireAdmin,
    validate('param', z.object({ id: z.string() })),
    async (c) => c.json(await replay(c, '', c.req.valid('param').id)),
  )
  .post(
    `${tenantPath}/:id/replay`,
    replaying("Tries a tenant's delivery again"),
    requireAdmin,
    validate('param', z.object({ tenant_id: z.string(), id: z.string() })),
    async (c) => {
      const { tenant_id, id } = c.req.valid('param')
      return c.json(await replay(c, tenant_id, id))
    },
  )

function pageOf(cursor: string | undefined, limit: number): QuarantinePage {
  const position = decodeCursor(cursor, Position)
  const after = position === null ? null : { receivedAt: position[0], id: position[1], tenantId: position[2] }
  return { after, limit }
}

function toList(rows: readonly QuarantineRow[], limit: number): z.infer<typeof QuarantineList> {
  const { page, last } = cutPage(rows, limit)
  const next_cursor = last === null ? null : encodeCursor([last.receivedAt, last.id, last.tenantId])
  return { items: page.map(toItem), next_cursor }
}

function toItem(row: QuarantineRow): z.infer<typeof QuarantineItem> {
  return {
    id: row.id,
    tenant_id: row.tenantId,
    platform: row.platform,
    reason: row.reason,
    received_at: new Date(row.receivedAt).toISOString(),
    replayed_at: row.replayedAt === null ? null : new Date(row.replayedAt).toISOString(),
    replay_outcome: row.replayOutcome,
    body: row.body,
  }
}

async function replay(c: Context<AppEnv>, tenantId: string, id: string): Promise<Replay> {
  const db = openDatabase(c.env.DB)
  const row = await readQuarantine(db, tenantId, id)
  if (row === null) throw new AppError('quarantine.not_found', 404, 'There is no such delivery in quarantine.')
  const bytes = await keptBytes(c.env, row)
  if (bytes === null) throw new AppError('quarantine.gone', 410, 'The delivery itself is gone.')
  const answer = await replayRow(c.env, row, bytes)
  if (answer.outcome === 'stored') await markReplayed(db, row, { at: Date.now(), outcome: answer.outcome })
  const { outcome, received, reason } = answer
  log('info', 'quarantine.replayed', { tenantId, id, outcome, received, reason })
  return answer
}

function replayRow(env: Env, row: QuarantineRow, bytes: Uint8Array): Promise<Replay> {
  if (row.reason === deadJob) return replayJob(env, row, bytes)
  return row.platform === 'email' ? replayMail(env, row, bytes) : replayBytes(env, row, bytes)
}

/** What is refused again stays in the row it came from, so nothing new is kept. */
async function replayBytes(env: Env, row: QuarantineRow, bytes: Uint8Array): Promise<Replay> {
  const { platform, metaAppId } = row
  // The signature was checked when it came. It counted for this app, and an own app belongs to one tenant.
  const intake = await takeIn(env, { platform, metaAppId, tenantId: metaAppId === null ? '' : row.tenantId }, bytes)
  if (intake.kind === 'unreadable') return { outcome: 'still_refused', received: 0, reason: intake.reason }
  if (intake.failure !== undefined) throw intake.failure
  const [refusal] = intake.refusals
  if (refusal === undefined) return { outcome: 'stored', received: intake.received }
  return { outcome: 'still_refused', received: intake.received, reason: refusal.reason }
}
