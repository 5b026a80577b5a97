import { Hono } from 'hono'
import { AppError } from '../lib/app-error.ts'
import { UploadResponse } from '../protocol/api.ts'
import { openDatabase } from '../store/database.ts'
import { insertUpload } from '../store/uploads.ts'
import type { AppEnv } from './app-env.ts'
import { requireService } from './callers.ts'
import { describe } from './describe.ts'
import { refuseEncodedBody } from './read-body.ts'

const maxUploadBytes = 100 * 1024 * 1024

const about = describe({
  tag: 'inbound',
  summary: 'Stores a file ahead of the message it belongs to',
  caller: 'service',
  body: { media: '*/*', description: 'The file as it is, with its Content-Length; 100 MiB at most' },
  answers: { 201: UploadResponse },
  errors: {
    400: '`upload.length_mismatch`',
    411: '`upload.length_required`',
    413: '`body.too_large`',
    415: '`body.encoded`',
  },
})

export const uploadRoutes = new Hono<AppEnv>().post(
  '/api/v1/communications/uploads',
  about,
  requireService('ingest'),
  async (c) => {
    refuseEncodedBody(c.req.raw)
    const size = declaredLength(c.req.header('content-length'))
    const { tenantId } = c.var.service
    const id = crypto.randomUUID()
    const objectKey = `t/${tenantId}/${id}`
    await store(c.env.BUCKET, objectKey, c.req.raw.body, size)
    const mimeType = declaredType(c.req.header('content-type'))
    const row = { tenantId, id, objectKey, mimeType, size, createdAt: Date.now() }
    try {
      await insertUpload(openDatabase(c.env.DB), row)
    } catch (error) {
      await c.env.BUCKET.delete(objectKey)
      throw error
    }
    return c.json({ upload_id: id }, 201)
  },
)

/** R2 takes a stream only when its length is known. */
function declaredLength(header: string | undefined): number {
  if (header === undefined || !/^\d{1,15}$/.test(header)) {
    throw new AppError('upload.length_required', 411, 'Say the length of the file in Content-Length.')
  }
  const size = Number(header)
  if (size > maxUploadBytes) {
    throw new AppError('body.too_large', 413, `A file may have ${maxUploadBytes} bytes at most.`)
  }
  return size
}

/** Passes the body on without holding it. What arrives is counted: more or fewer bytes than declared fail. */
async function store(bucket: R2Bucket, key: string, body: ReadableStream | null, size: number): Promise<void> {
  if (body === null || size === 0) {
    if (body !== null && !(await body.getReader().read()).done) throw lengthMismatch()
    if (body === null && size > 0) throw lengthMismatch()
    await bucket.put(key, new Uint8Array(0))
    return
  }
  const { readable, writable } = new FixedLengthStream(size)
  const [piped, put] = await Promise.allSettled([body.pipeTo(writable), bucket.put(key, readable)])
  if (piped.status === 'rejected') {
    await bucket.delete(key)
    throw lengthMismatch()
  }
  if (put.status === 'rejected') throw put.reason
}

function lengthMismatch(): AppError {
  return new AppError('upload.length_mismatch', 400, 'The file is not as long as Content-Length said.')
}

/** Kept as a description only: what a file is served as is decided by looking into it. */
function declaredType(header: string | undefined): string | null {
  const isType =
    header !== undefined && header.length <= 255 && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(?:;[\x20-\x7e]*)?$/.test(header)
  return isType ? header : null
}
