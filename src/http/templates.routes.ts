import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { MessageTemplateList } from '../protocol/api.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { platformRefused, requireOpenChannel } from './platform-calls.ts'
import { validate } from './validate.ts'

const about = describe({
  tag: 'writing',
  summary: 'The message templates of a channel that may be used now, as its platform lists them',
  caller: 'user',
  answers: { 200: MessageTemplateList },
  errors: {
    404: '`channel.not_found`',
    409: '`channel.read_only`',
    422: '`template.unsupported`',
    502: '`platform.<kind>`, with the words of the platform',
  },
})

export const templateRoutes = new Hono<AppEnv>().get(
  '/api/v1/communications/channels/:id/templates',
  about,
  requireUser,
  validate('param', z.object({ id: z.string() })),
  async (c) => {
    const open = await requireOpenChannel(c, c.req.valid('param').id)
    const answer = await open.calls.templates?.(open.io)
    if (answer === undefined) throw new AppError('template.unsupported', 422, 'This platform has no templates.')
    if (!answer.ok) throw platformRefused(c, open, answer)
    return c.json({ items: answer.value })
  },
)
