import { Hono } from 'hono'
import { z } from 'zod'
import { createTtlCache } from '../lib/ttl-cache.ts'
import { showTyping } from '../outbox/customer-signals.ts'
import { readConversation } from '../store/conversations.ts'
import { openDatabase } from '../store/database.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { callContextOf, finishSignal } from './platform-calls.ts'
import { conversationNotFound } from './refusals.ts'
import { validate } from './validate.ts'

/** What the customer sees lasts about as long. */
const repeatMs = 20_000
/** Conversations whose customer has just been shown it, by this isolate. */
const shown = createTtlCache<true>(() => Date.now(), repeatMs)

const about = describe({
  tag: 'writing',
  summary: 'Shows the customer that somebody writes',
  description:
    'As often as one likes: the platform hears of it once in 20 s. Where it knows no such sign nothing happens.',
  caller: 'user',
  answers: { 204: { description: 'Taken' } },
  errors: { 404: '`conversation.not_found`' },
})

export const typingRoutes = new Hono<AppEnv>().post(
  '/api/v1/communications/conversations/:id/typing',
  about,
  requireUser,
  validate('param', z.object({ id: z.string() })),
  async (c) => {
    const { tenantId } = c.var.user
    const conversationId = c.req.valid('param').id
    const key = `${tenantId} ${conversationId}`
    if (shown.get(key) === undefined) {
      const { row } = await readConversation(openDatabase(c.env.DB), tenantId, conversationId)
      if (row === null) throw conversationNotFound()
      const isFirst = shown.get(key) === undefined
      shown.set(key, true)
      const place = { tenantId, conversationId, channelId: row.channelId }
      if (isFirst)
        c.executionCtx.waitUntil(finishSignal(c.env, showTyping(callContextOf(c), place), 'typing.not_shown'))
    }
    return c.body(null, 204)
  },
)
