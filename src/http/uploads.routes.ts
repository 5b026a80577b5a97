import { Hono } from 'hono'
import { AppError } from '../lib/app-error.ts'
import { UploadResponse } from '../protocol/api.ts'
import { openDatabase } from '../store/database.ts'
import { insertUpload } from '../store/uploads.ts'
import type { AppEnv } from './app-env.ts'
import { requireServiceOrUser } from './callers.ts'
import { describe } from './describe.ts'
import { refuseEncodedBody } from './read-body.ts'

const maxUploadBytes = 100 * 1024 * 1024

const about = describe({
  tag: 'inbound',
  summary: 'Stores a file ahead of the message it belongs to',
  description: 'A message may name it for 7 days. If none has by then, it is removed.',
  caller: 'service_or_user',
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
  requireServiceOrUser('ingest'),
  async (c) => {
    refuseEncodedBody(c.req.raw)
    const size = declaredLength(c.req.header('content-length'))
    const { tenantId } = c.var
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
  const counted = { bytes: 0, isWhole: body === null }
  const { readable, writable } = new FixedLengthStream(size)
  const source = body === null ? writable.close() : body.pipeThrough(counter(counted)).pipeTo(writable)
  const [piped, put] = await Promise.allSettled([source, bucket.put(key, readable)])
  if (piped.status === 'fulfilled' && put.status === 'fulfilled') return
  await bucket.delete(key)
  if (counted.bytes > size || (counted.isWhole && counted.bytes < size)) throw lengthMismatch()
  throw put.status === 'rejected' ? put.reason : new Error('the upload broke off')
}

function counter(counted: { bytes: number; isWhole: boolean }): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      counted.bytes += chunk.byteLength
      controller.enqueue(chunk)
    },
    flush() {
      counted.isWhole = true
    },
  })
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
