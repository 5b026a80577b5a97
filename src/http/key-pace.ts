import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'

/** The period of the binding in wrangler.toml, in seconds: after it there is room again. */
const periodS = 10

/** Warned of at most this often in an isolate, in ms: a flood must not flood the log. */
const warnEveryMs = 10_000
let warnedAt = 0

/**
 * Keeps one service key from taking the room of all others. Counted by the platform, for each of its locations and only
 * roughly: a shield for the database that tenants share, no quota. A counter that cannot be asked lets everybody through.
 * @throws AppError 429 `key.too_fast`; what was sent is not stored, and may be sent again.
 */
export async function requirePace(env: Partial<Pick<Env, 'KEY_RATE'>>, tenantId: string, keyId: string): Promise<void> {
  if (await isWithinPace(env, `${tenantId} ${keyId}`)) return
  const now = Date.now()
  if (now - warnedAt >= warnEveryMs) {
    warnedAt = now
    log('warn', 'key.too_fast', { tenantId, keyId })
  }
  const message = 'Too many requests with this key. Put several items into one request, and wait before the next.'
  throw new AppError('key.too_fast', 429, message, periodS)
}

async function isWithinPace({ KEY_RATE }: Parameters<typeof requirePace>[0], key: string): Promise<boolean> {
  try {
    return KEY_RATE === undefined || (await KEY_RATE.limit({ key })).success
  } catch (error) {
    log('error', 'key.pace_unknown', errorFields(error))
    return true
  }
}
