import type { Context } from 'hono'
import { errorFields, log } from '../lib/log.ts'
import { type TtlCache, createTtlCache } from '../lib/ttl-cache.ts'
import { noteStaff } from '../store/staff.ts'
import type { AppEnv, UserCaller } from './app-env.ts'

/** All sockets come back at once after a cut; who was just here need not be noted again. */
const rememberedMs = 10 * 60_000
const seen: TtlCache<true> = createTtlCache(() => Date.now(), rememberedMs)

/** Notes that a user is one of the staff, after the answer. */
export function noteSeen(c: Context<AppEnv>, user: UserCaller): void {
  const { tenantId, userId, name, role } = user
  const key = JSON.stringify([tenantId, userId, name, role])
  if (seen.get(key) === true) return
  seen.set(key, true)
  const noted = noteStaff(c.env.DB, { tenantId, userId, name, role, seenAt: Date.now() })
  c.executionCtx.waitUntil(
    noted.catch((error: unknown) => {
      seen.delete(key)
      log('warn', 'staff.not_noted', { tenantId, userId, ...errorFields(error) })
    }),
  )
}
