import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { receive } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { ReactBody, SendMessageResponse } from '../protocol/api.ts'
import { openDatabase } from '../store/database.ts'
import { readMessage } from '../store/messages.ts'
import { readRecipient } from '../store/outgoing.ts'
import { toWireMessage } from '../store/wire.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { platformRefused, requireOpenChannel } from './platform-calls.ts'
import { messageNotFound, refusalOf } from './refusals.ts'
import { validate } from './validate.ts'

const about = describe({
  tag: 'writing',
  summary: 'Sets our reaction to a message, or takes it back',
  description:
    'The platform is asked at once; what it refuses is not stored. There is one reaction of the whole business.',
  caller: 'user',
  answers: { 200: SendMessageResponse },
  errors: {
    404: '`message.not_found`, `channel.not_found`',
    409: '`channel.read_only`, `message.not_sent`, `message.deleted`',
    422: '`reaction.unsupported`',
    502: '`platform.<kind>`, with the words of the platform',
  },
})

export const reactionRoutes = new Hono<AppEnv>().post(
  '/api/v1/communications/messages/:id/reaction',
  about,
  requireUser,
  validate('param', z.object({ id: z.string() })),
  validate('json', ReactBody),
  async (c) => c.json(await react(c, c.req.valid('param').id, c.req.valid('json').emoji)),
)

async function react(c: Context<AppEnv>, messageId: string, emoji: string | null) {
  const { tenantId } = c.var.user
  const message = await requireMessage(c, messageId)
  if (message.deletedAt !== null) throw new AppError('message.deleted', 409, 'This message was taken back.')
  const { externalId } = message
  if (externalId === null) throw new AppError('message.not_sent', 409, 'The platform does not know this message yet.')
  const open = await requireOpenChannel(c, message.channelId)
  const to = await readRecipient(openDatabase(c.env.DB), tenantId, message.conversationId)
  const answer = await open.calls.react?.(to, { externalId, emoji }, open.io)
  if (answer === undefined) throw new AppError('reaction.unsupported', 422, 'Nothing can be reacted to here.')
  if (!answer.ok) throw platformRefused(c, open, answer)
  const { id, platform } = open.channel
  const given = emoji === null ? {} : { emoji }
  const item = { kind: 'reaction', at: Date.now(), targetExternalId: externalId, by: 'business', ...given } as const
  const [result] = await receive(c.env, tenantId, [{ channel: { id, platform }, item }])
  if (result === undefined || result.outcome === 'refused') throw refusalOf(result?.code)
  const { row, files, given: reactions } = await requireParts(c, messageId)
  return { message: toWireMessage(row, files, reactions), seq: result.seq ?? row.seq }
}

async function requireMessage(c: Context<AppEnv>, messageId: string) {
  return (await requireParts(c, messageId)).row
}

async function requireParts(c: Context<AppEnv>, messageId: string) {
  const found = await readMessage(openDatabase(c.env.DB), c.var.user.tenantId, messageId)
  if (found === null) throw messageNotFound()
  return found
}
