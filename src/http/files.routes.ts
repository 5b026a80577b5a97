// Trust boundary: a link made here is the only credential, and it opens one object for a quarter of an hour.
import { Hono } from 'hono'
import { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { readFileLink } from '../lib/file-link.ts'
import type { AppEnv } from './app-env.ts'
import { attachmentHeaders } from './attachment-headers.ts'
import { describe } from './describe.ts'
import { sendObject } from './send-object.ts'
import { validate } from './validate.ts'

const about = describe({
  tag: 'writing',
  summary: 'A file of a reply, for the platform that fetches it by address',
  description: 'The address is signed and lasts 15 minutes. Takes `Range`.',
  caller: 'anyone',
  answers: { 200: { description: 'The file', media: '*/*' }, 206: { description: 'A part of it', media: '*/*' } },
  errors: { 404: '`file.not_found`', 416: '`attachment.range`' },
})

export const fileRoutes = new Hono<AppEnv>().get(
  '/api/v1/communications/files/:token',
  about,
  validate('param', z.object({ token: z.string().max(4096) })),
  async (c) => {
    const link = await readFileLink(c.var.config.authSecret, c.req.valid('param').token, Date.now())
    if (link === null) throw notFound()
    return sendObject(c, link.objectKey, { headers: headersOf(link), notFound })
  },
)

// One answer for a link that is forged, has expired, or whose file is gone.
const notFound = () => new AppError('file.not_found', 404, 'There is no such file.')

/** Always a download. A platform looks at the type, so a PDF keeps its own; what could carry a script has none. */
function headersOf(file: { mimeType: string; filename: string }): Record<string, string> {
  const headers = attachmentHeaders(file)
  const disposition = (headers['Content-Disposition'] ?? '').replace(/^inline/, 'attachment')
  const type = file.mimeType === 'application/pdf' ? file.mimeType : (headers['Content-Type'] ?? '')
  return {
    ...headers,
    'Content-Type': type,
    'Content-Disposition': disposition,
    'Cross-Origin-Resource-Policy': 'cross-origin',
  }
}
