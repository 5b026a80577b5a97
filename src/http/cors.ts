import { createMiddleware } from 'hono/factory'
import type { AppEnv } from './app-env.ts'
import { originRefused } from './callers.ts'
import { envelope } from './errors.ts'

const allowedMethods = 'GET, POST, PUT, PATCH, DELETE'
const allowedHeaders = 'Authorization, Content-Type'
const preflightAgeSeconds = '7200'

/**
 * Lets pages of the allowed origins call the API with a token. The session cookie is not for them: credentials stay
 * unmentioned, so a browser neither sends it nor shows the answer.
 */
export const cors = createMiddleware<AppEnv>(async (c, next) => {
  const origin = c.req.header('origin')
  const isAllowed = origin !== undefined && c.var.config.allowedOrigins.has(origin)
  const isPreflight = c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined
  if (!isPreflight) await next()
  if (c.res.status === 101) return undefined
  c.header('Vary', 'Origin', { append: true })
  if (isAllowed) c.header('Access-Control-Allow-Origin', origin)
  if (!isPreflight) return undefined
  if (!isAllowed) return envelope(c, originRefused())
  c.header('Access-Control-Allow-Methods', allowedMethods)
  c.header('Access-Control-Allow-Headers', allowedHeaders)
  c.header('Access-Control-Max-Age', preflightAgeSeconds)
  return c.body(null, 204)
})
