import type { Context } from 'hono'
import { errorFields, log } from '../lib/log.ts'
import { type TtlCache, createTtlCache } from '../lib/ttl-cache.ts'
import type { AppEnv } from './app-env.ts'

type Noting = { key: string; ids: Record<string, string>; write: () => Promise<void> }

/** All sockets come back at once after a cut; who was just here need not be noted again. */
const everyMs = 10 * 60_000

/**
 * Writes that somebody was here, after the answer, and in each isolate at most every ten minutes for each key. Where that
 * fails it says so in the log as `event`, and the next time does it.
 */
export function createNoteOnce(event: string): (c: Context<AppEnv>, noting: Noting) => void {
  const noted: TtlCache<true> = createTtlCache(() => Date.now(), everyMs)
  return (c, { key, ids, write }) => {
    if (noted.get(key) === true) return
    noted.set(key, true)
    c.executionCtx.waitUntil(
      write().catch((error: unknown) => {
        noted.delete(key)
        log('warn', event, { ...ids, ...errorFields(error) })
      }),
    )
  }
}
