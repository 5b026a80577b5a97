import { log } from '../lib/log.ts'
import { type OldMail, deleteQuarantine, selectOldMails } from '../store/quarantine.ts'
import type { JobDeps } from './job-deps.ts'

/** So long somebody has to connect a mailbox whose mail has come already. */
const keptMs = 30 * 24 * 3_600_000
/** R2 removes a thousand objects in one call. */
const pageSize = 500
const maxPages = 10

/**
 * Forgets mails in quarantine that nobody needs there: to addresses that are no mailbox, which a catch-all brings without
 * end, and those that were replayed and are messages now. Everything else waits for the operator for as long as it takes.
 * Objects first, their rows last: what breaks off is done again.
 */
export async function sweepQuarantine({ db, env, now }: JobDeps): Promise<number> {
  const before = now() - keptMs
  let swept = 0
  for (let page = 0; page < maxPages; page++) {
    const old: OldMail[] = await selectOldMails(db, { before, limit: pageSize })
    if (old.length > 0) {
      await env.BUCKET.delete(old.map(({ objectKey }) => objectKey))
      await deleteQuarantine(db, old)
    }
    swept += old.length
    if (old.length < pageSize) break
  }
  if (swept > 0) log('info', 'quarantine.swept', { mails: swept })
  return swept
}
