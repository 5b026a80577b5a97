import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { loadConfig } from '../lib/config.ts'
import { type MailPart, mailObjectKey } from '../store/mail-objects.ts'
import { openDatabase } from '../store/database.ts'
import { readMessage } from '../store/messages.ts'
import type { AppEnv } from './app-env.ts'
import { attachmentHeaders } from './attachment-headers.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { type InlinePicture, mailHtmlHeaders, mailPage, readPictures } from './mail-html.ts'
import { messageNotFound } from './refusals.ts'
import { sendObject } from './send-object.ts'
import { validate } from './validate.ts'

// Any text: an id of a strange form is one that is not found, like another tenant's.
const IdParam = z.object({ id: z.string() })
/** `images=1`: pictures of other servers are shown; fetching one tells its server who reads the mail, and when. */
const HtmlQuery = z.object({ images: z.enum(['0', '1']).default('0') })

const errors = { 404: '`message.not_found`, `mail.not_found`' }
const raw = describe({
  tag: 'reading',
  summary: 'A mail as it came, as a download',
  description: 'Takes `Range`.',
  caller: 'user',
  answers: { 200: { description: 'The mail', media: 'message/rfc822' }, 206: { description: 'A part', media: '*/*' } },
  errors: { ...errors, 416: '`attachment.range`' },
})
const html = describe({
  tag: 'reading',
  summary: "A mail's HTML, cleaned, for a sandboxed frame",
  description: 'Pictures of other servers are left out unless `images=1`.',
  caller: 'user',
  answers: { 200: { description: 'The HTML', media: 'text/html' } },
  errors,
})

export const mailRoutes = new Hono<AppEnv>()
  .get('/api/v1/communications/messages/:id/raw', raw, requireUser, validate('param', IdParam), async (c) => {
    const { key } = await findMail(c, c.req.valid('param').id)
    const headers = {
      ...attachmentHeaders({ mimeType: null, filename: 'message.eml' }),
      'Content-Type': 'message/rfc822',
    }
    return sendObject(c, key('raw'), { headers, notFound: mailNotFound })
  })
  .get(
    '/api/v1/communications/messages/:id/html',
    html,
    requireUser,
    validate('param', IdParam),
    validate('query', HtmlQuery),
    async (c) => {
      const { key, pictures } = await findMail(c, c.req.valid('param').id)
      const object = await c.env.BUCKET.get(key('html'))
      if (object === null) throw mailNotFound()
      const hasRemoteImages = c.req.valid('query').images === '1'
      const page = mailPage(await object.text(), await readPictures(c.env.BUCKET, pictures), hasRemoteImages)
      return c.body(page, 200, mailHtmlHeaders(hasRemoteImages, loadConfig(c.env).environment === 'local'))
    },
  )

const mailNotFound = () => new AppError('mail.not_found', 404, 'Nothing of that kind is kept of this message.')

type FoundMail = { key: (part: MailPart) => string; pictures: InlinePicture[] }

const Inline = z.array(z.object({ content_id: z.string(), position: z.number() })).catch([])

async function findMail(c: Context<AppEnv>, messageId: string): Promise<FoundMail> {
  const { tenantId } = c.var.user
  const found = await readMessage(openDatabase(c.env.DB), tenantId, messageId)
  if (found === null) throw messageNotFound()
  const { row, files } = found
  if (row.deletedAt !== null || row.externalId === null) throw mailNotFound()
  const { channelId, externalId } = row
  const pictures = Inline.parse(row.details['inline']).flatMap(({ content_id: contentId, position }) => {
    const file = files.find((one) => one.position === position)
    if (file === undefined || file.objectKey === null) return []
    return [{ contentId, mimeType: file.mimeType ?? '', size: file.size ?? 0, objectKey: file.objectKey }]
  })
  return { key: (part) => mailObjectKey({ tenantId, channelId, externalId }, part), pictures }
}
