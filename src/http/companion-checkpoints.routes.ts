import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { Checkpoint, CompanionAccount } from '../protocol/companion.ts'
import { findCheckpoint, storeCheckpoint } from '../store/companion-checkpoints.ts'
import { openDatabase } from '../store/database.ts'
import type { AppEnv } from './app-env.ts'
import { requireService } from './callers.ts'
import { requireCompanionChannel, requireLease } from './companion-channel.ts'
import { describe } from './describe.ts'
import { validate } from './validate.ts'

const path = '/api/v1/companion/checkpoints/:platform/:external_id'
const about = { tag: 'companion', caller: 'service' } as const
/** What is sealed, and some room. */
const maxBytes = 72 * 1024

const TokenQuery = z.object({
  token: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
})

const reading = describe({
  ...about,
  summary: 'What a lost disk would have lost',
  answers: { 200: Checkpoint },
  errors: { 404: '`channel.not_found`, `checkpoint.not_found`' },
})
const storing = describe({
  ...about,
  summary: 'Keeps what a lost disk would lose',
  description:
    'Sealed by the companion: nobody here can read it. Only the holder of the lease may, and `version` grows.',
  answers: { 204: { description: 'Kept' } },
  errors: { 404: '`channel.not_found`', 409: '`checkpoint.older`, `lease.lost`' },
})

export const companionCheckpointRoutes = new Hono<AppEnv>()
  .get(path, reading, requireService('companion'), validate('param', CompanionAccount), async (c) => {
    const { tenantId, id } = await requireCompanionChannel(c.env, c.var.service.tenantId, c.req.valid('param'))
    const row = await findCheckpoint(openDatabase(c.env.DB), tenantId, id)
    if (row === undefined) throw new AppError('checkpoint.not_found', 404, 'There is no checkpoint of this account.')
    return c.json({ version: row.version, sealed: row.sealed })
  })
  .put(
    path,
    storing,
    requireService('companion'),
    validate('param', CompanionAccount),
    validate('query', TokenQuery),
    validate('json', Checkpoint, { maxBytes }),
    async (c) => {
      const channel = await requireCompanionChannel(c.env, c.var.service.tenantId, c.req.valid('param'))
      const { token } = c.req.valid('query')
      const row = { tenantId: channel.tenantId, channelId: channel.id, ...c.req.valid('json'), storedAt: Date.now() }
      if (!(await storeCheckpoint(c.env.DB, row, token))) {
        await requireLease(openDatabase(c.env.DB), channel, token)
        throw new AppError('checkpoint.older', 409, 'A newer checkpoint of this account is there.')
      }
      return c.body(null, 204)
    },
  )
