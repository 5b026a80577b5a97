import { log } from '../lib/log.ts'
import { type OldUpload, deleteUploads, findAttached, findUsed, selectOldUploads, uploadMs } from '../store/uploads.ts'
import type { JobDeps } from './job-deps.ts'

/** By then whoever found an upload in its last moment has stored the message that names it, or never will. */
const marginMs = 3_600_000
/** R2 removes a thousand objects in one call. */
const pageSize = 500
const maxPages = 10

/**
 * Removes files that were sent ahead of a message that never came. An object that a message has is the message's from then
 * on, and only the row goes. Objects first, their rows last: what breaks off is done again.
 */
export async function sweepUploads(deps: JobDeps): Promise<number> {
  const before = deps.now() - uploadMs - marginMs
  let after: OldUpload | null = null
  let removed = 0
  for (let page = 0; page < maxPages; page++) {
    const old: OldUpload[] = await selectOldUploads(deps.db, { before, after, limit: pageSize })
    removed += await sweepPage(deps, old)
    after = old.at(-1) ?? null
    if (old.length < pageSize) break
  }
  if (removed > 0) log('info', 'uploads.swept', { objects: removed })
  return removed
}

async function sweepPage({ db, env }: JobDeps, old: readonly OldUpload[]): Promise<number> {
  if (old.length === 0) return 0
  const attached = await findAttached(env.DB, old)
  const rest = old.filter(({ objectKey }) => !attached.has(objectKey))
  const used = rest.length === 0 ? { attached, waiting: new Set() } : await findUsed(env.DB, rest)
  const unused = rest.filter(({ objectKey }) => !used.attached.has(objectKey) && !used.waiting.has(objectKey))
  if (unused.length > 0) await env.BUCKET.delete(unused.map(({ objectKey }) => objectKey))
  // What waits may still go to its message, or be given up with it: looked at again.
  await deleteUploads(
    db,
    old.filter(({ objectKey }) => !used.waiting.has(objectKey)),
  )
  return unused.length
}
