import { log } from '../lib/log.ts'
import { deleteParked } from '../store/parked.ts'
import type { JobDeps } from './job-deps.ts'

/** A message that is so late after its deletion or a reaction to it is not expected any more. */
const keptMs = 30 * 24 * 3_600_000
const pageSize = 1_000
const maxPages = 10

/** Forgets what came before its message and never found it. */
export async function sweepParked({ env, now }: JobDeps): Promise<number> {
  let swept = 0
  for (let page = 0; page < maxPages; page++) {
    const gone = await deleteParked(env.DB, { before: now() - keptMs, limit: pageSize })
    swept += gone
    if (gone < pageSize) break
  }
  if (swept > 0) log('info', 'parked.swept', { items: swept })
  return swept
}
