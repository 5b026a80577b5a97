// Trust boundary: what an exception says stays inside. Only the words of an AppError leave.
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AppError } from '../lib/app-error.ts'
import { ConfigError } from '../lib/config.ts'
import { errorFields, log } from '../lib/log.ts'
import type { AppEnv } from './app-env.ts'

/** D1 and Durable Objects when they are away rather than asked something wrong. */
const outage =
  /Network connection lost|overloaded|storage operation exceeded timeout|reset because its code was updated|storage caused object to be reset|Cannot resolve D1 DB|D1_ERROR: (?:internal error|D1 is)/i

/** The one place that turns what was thrown into an answer. */
export const onError: ErrorHandler<AppEnv> = (error, c) => {
  const answer = toAppError(error)
  if (answer.status >= 500) {
    const { method } = c.req
    log('error', 'http.failed', { code: answer.code, method, path: c.req.path, ...errorFields(error) })
  }
  return envelope(c, answer)
}

/** An error as the API says it. */
export function envelope(c: Context<AppEnv>, error: AppError): Response {
  if (error.status === 401) c.header('WWW-Authenticate', 'Bearer')
  const retryAfterS = error.retryAfterS ?? (error.status === 503 ? 5 : null)
  if (retryAfterS !== null) c.header('Retry-After', String(retryAfterS))
  return c.json({ error: { code: error.code, message: error.message } }, error.status as ContentfulStatusCode)
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof ConfigError) return new AppError(error.code, 503, 'The service is not set up yet.')
  if (error instanceof HTTPException) return fromHono(error)
  if (isOutage(error)) return new AppError('store.unavailable', 503, 'The database cannot be reached right now.')
  return new AppError('internal', 500, 'Something went wrong on our side.')
}

/** Hono's own refusals (a malformed path, say) have words of their own; ours are stable. */
function fromHono({ status }: HTTPException): AppError {
  if (status >= 500) return new AppError('internal', status, 'Something went wrong on our side.')
  return new AppError('request.invalid', status, 'The request cannot be understood.')
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return outage.test(error.message) || isOutage(error.cause)
}
