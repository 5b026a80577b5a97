import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { log } from '../lib/log.ts'
import { BroadcastResult } from '../protocol/api.ts'
import type { AppEnv } from './app-env.ts'
import { type BroadcastOutcome, takeInBroadcast } from './broadcast-intake.ts'
import { requireService } from './callers.ts'
import { describe } from './describe.ts'
import { maxBodyBytes, readBody, refuseEncodedBody } from './read-body.ts'
import { readJson } from './read-json.ts'

const maxItems = 500

const about = describe({
  tag: 'inbound',
  summary: 'Stores and shows what a server or the companion saw',
  description:
    'One item, answered by its result or an error; or `{items: […]}`, where each item has a result of its own and an ' +
    'invalid one costs the others nothing. Answered once everything is committed; sending again is harmless.',
  caller: 'service',
  body: {
    media: 'application/json',
    description: 'BroadcastItem, or up to 500 of them as {items: […]}; 4 MiB at most',
  },
  answers: { 200: z.union([BroadcastResult, z.object({ items: z.array(BroadcastResult) })]) },
  errors: {
    400: '`request.invalid`, `item.invalid`',
    404: '`channel.not_found`, `upload.not_found`',
    413: '`body.too_large`',
    415: '`body.encoded`',
    422: '`platform.unknown`, or a code of the store, such as `item.refused`',
  },
})

export const broadcastRoutes = new Hono<AppEnv>().post(
  '/api/v1/communications/broadcast-message',
  about,
  requireService('ingest'),
  async (c) => {
    refuseEncodedBody(c.req.raw)
    const { isSingle, values } = readBroadcast(await readBody(c.req.raw, maxBodyBytes))
    const { tenantId } = c.var.service
    const startedAt = Date.now()
    const outcomes = await takeInBroadcast(c.env, tenantId, values)
    const refused = outcomes.filter((outcome) => !outcome.ok).length
    log('info', 'broadcast.received', { tenantId, items: outcomes.length, refused, ms: Date.now() - startedAt })
    const [first] = outcomes
    if (isSingle && first !== undefined) return c.json(resultOrThrow(first))
    return c.json({ items: outcomes.map(resultOf) })
  },
)

function readBroadcast(bytes: Uint8Array): { isSingle: boolean; values: readonly unknown[] } {
  const reading = readJson(bytes)
  if (!reading.ok) throw new AppError('request.invalid', 400, 'The body is no JSON that can be read.')
  const { value } = reading
  if (typeof value !== 'object' || value === null || !('items' in value)) return { isSingle: true, values: [value] }
  const { items } = value
  if (!Array.isArray(items)) throw new AppError('request.invalid', 400, 'items: must be a list')
  if (items.length > maxItems) throw new AppError('request.invalid', 400, `items: at most ${maxItems} at once`)
  return { isSingle: false, values: items }
}

/** Alone, an item that was not stored is the whole request's failure: a 200 would say that it is safe. */
function resultOrThrow(outcome: BroadcastOutcome): BroadcastResult {
  if (outcome.ok) return outcome.result
  const { code, status, message } = outcome.error
  throw new AppError(code, status, message)
}

function resultOf(outcome: BroadcastOutcome): BroadcastResult {
  if (outcome.ok) return outcome.result
  const { code, message } = outcome.error
  return { message_id: null, conversation_id: null, seq: null, duplicate: false, error: { code, message } }
}
