import type { Context } from 'hono'
import { AppError } from '../lib/app-error.ts'
import type { AppEnv } from './app-env.ts'
import { readRange } from './byte-range.ts'

const noSuchPart = () => new AppError('attachment.range', 416, 'The file has no such part.')

/** An object of R2 as an answer, or the part of it that was asked for. `notFound`: what to say when it is gone. */
export async function sendObject(
  c: Context<AppEnv>,
  key: string,
  { headers, notFound }: { headers: Record<string, string>; notFound: () => AppError },
): Promise<Response> {
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
