import { Hono } from 'hono'
import { z } from 'zod'
import { receive } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { Uuid } from '../protocol/words.ts'
import { findAttachment, findFileOfMessage } from '../store/attachments.ts'
import { readConversation } from '../store/conversations.ts'
import { openDatabase } from '../store/database.ts'
import type { AppEnv } from './app-env.ts'
import { attachmentHeaders } from './attachment-headers.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { conversationNotFound, refusalOf } from './refusals.ts'
import { sendObject } from './send-object.ts'
import { validate } from './validate.ts'

const filePath = '/api/v1/communications/attachments/:id'
const IdParam = z.object({ id: Uuid })
const RetryResponse = z.object({ seq: z.number().int().nullable() })

const reading = describe({
  tag: 'reading',
  summary: 'A file of a message',
  description: 'Takes `Range`. Pictures, sound and film are shown by the browser, everything else is a download.',
  caller: 'user',
  answers: { 200: { description: 'The file', media: '*/*' }, 206: { description: 'A part of it', media: '*/*' } },
  errors: { 404: '`attachment.not_found`', 409: '`attachment.not_ready`', 416: '`attachment.range`' },
})

const retrying = describe({
  tag: 'writing',
  summary: 'Fetches a file again that could not be fetched',
  description:
    'Answers at once; what becomes of it the message shows. Asking again while it is under way does nothing.',
  caller: 'user',
  answers: { 202: RetryResponse },
  errors: { 404: '`attachment.not_found`', 409: '`attachment.ready`, `attachment.not_retryable`' },
})

const picturing = describe({
  tag: 'reading',
  summary: "The customer's picture",
  caller: 'user',
  answers: { 200: { description: 'The picture', media: 'image/*' } },
  errors: { 404: '`conversation.not_found`, `picture.not_found`' },
})

export const attachmentRoutes = new Hono<AppEnv>()
  .get(filePath, reading, requireUser, validate('param', IdParam), async (c) => {
    const { id } = c.req.valid('param')
    const file = await findAttachment(openDatabase(c.env.DB), c.var.user.tenantId, id)
    if (file === undefined) throw notFound()
    if (file.objectKey === null) {
      throw new AppError('attachment.not_ready', 409, `This file is ${file.state}: there is nothing to read.`)
    }
    return sendObject(c, file.objectKey, { headers: attachmentHeaders(file), notFound })
  })
  .post(`${filePath}/retry`, retrying, requireUser, validate('param', IdParam), async (c) => {
    const { tenantId } = c.var.user
    const seq = await fetchAgain(c.env, tenantId, c.req.valid('param').id)
    return c.json({ seq }, 202)
  })
  .get(
    '/api/v1/communications/conversations/:id/picture',
    picturing,
    requireUser,
    validate('param', z.object({ id: z.string() })),
    async (c) => {
      const { row } = await readConversation(openDatabase(c.env.DB), c.var.user.tenantId, c.req.valid('param').id)
      if (row === null) throw conversationNotFound()
      const picture = row.pictureKey === null ? null : await c.env.BUCKET.get(row.pictureKey)
      if (picture === null) throw new AppError('picture.not_found', 404, 'There is no picture of this customer.')
      const mimeType = picture.httpMetadata?.contentType ?? null
      // The address changes with the picture, so a browser may keep it; nobody on the way may.
      const headers = {
        ...attachmentHeaders({ mimeType, filename: 'picture' }),
        'Cache-Control': 'private, max-age=86400',
      }
      return c.body(picture.body, 200, { ...headers, 'Content-Length': String(picture.size) })
    },
  )

const notFound = () => new AppError('attachment.not_found', 404, 'There is no such file.')
const notRetryable = () =>
  new AppError('attachment.not_retryable', 409, 'This file cannot be asked for again: nothing says where it was.')

/** Gives the event's number; null when the file is being fetched already. */
async function fetchAgain(env: Env, tenantId: string, attachmentId: string): Promise<number | null> {
  const found = await findFileOfMessage(openDatabase(env.DB), tenantId, attachmentId)
  if (found === undefined) throw notFound()
  const { file, message } = found
  if (file.state === 'ready') throw new AppError('attachment.ready', 409, 'This file is here already.')
  if (message.deletedAt !== null || (file.mediaId === null && file.sourceUrl === null)) throw notRetryable()
  const { id: messageId, conversationId } = message
  const item = {
    kind: 'attachment',
    conversationId,
    messageId,
    attachmentId,
    state: 'pending',
  } as const
  const [result] = await receive(env, tenantId, [{ item }])
  if (result?.outcome === 'refused')
    throw result.code === 'attachment.not_retryable' ? notRetryable() : refusalOf(result.code)
  return result?.outcome === 'applied' ? result.seq : null
}
