import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { Uuid } from '../protocol/words.ts'
import { findAttachment } from '../store/attachments.ts'
import { openDatabase } from '../store/database.ts'
import type { AppEnv } from './app-env.ts'
import { attachmentHeaders } from './attachment-headers.ts'
import { readRange } from './byte-range.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { validate } from './validate.ts'

const about = describe({
  tag: 'reading',
  summary: 'A file of a message',
  description: 'Takes `Range`. Pictures, sound and film are shown by the browser, everything else is a download.',
  caller: 'user',
  answers: { 200: { description: 'The file', media: '*/*' }, 206: { description: 'A part of it', media: '*/*' } },
  errors: { 404: '`attachment.not_found`', 409: '`attachment.not_ready`', 416: '`attachment.range`' },
})

export const attachmentRoutes = new Hono<AppEnv>().get(
  '/api/v1/communications/attachments/:id',
  about,
  requireUser,
  validate('param', z.object({ id: Uuid })),
  async (c) => {
    const { id } = c.req.valid('param')
    const file = await findAttachment(openDatabase(c.env.DB), c.var.user.tenantId, id)
    if (file === undefined) throw notFound()
    if (file.objectKey === null) {
      throw new AppError('attachment.not_ready', 409, `This file is ${file.state}: there is nothing to read.`)
    }
    return answer(c, file.objectKey, attachmentHeaders(file))
  },
)

const noSuchPart = () => new AppError('attachment.range', 416, 'The file has no such part.')
const notFound = () => new AppError('attachment.not_found', 404, 'There is no such file.')

async function answer(c: Context<AppEnv>, key: string, headers: Record<string, string>): Promise<Response> {
  const stored = await c.env.BUCKET.head(key)
  if (stored === null) throw notFound()
  const range = readRange(c.req.header('range'), stored.size)
  if (range === 'unsatisfiable') throw noSuchPart()
  const object = await c.env.BUCKET.get(key, range === null ? {} : { range })
  if (object === null) throw notFound()
  const length = range?.length ?? stored.size
  const all = { ...headers, 'Accept-Ranges': 'bytes', 'Content-Length': String(length) }
  if (range === null) return c.body(object.body, 200, all)
  const last = range.offset + length - 1
  return c.body(object.body, 206, { ...all, 'Content-Range': `bytes ${range.offset}-${last}/${stored.size}` })
}
