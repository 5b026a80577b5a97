import { errorFields, log } from '../lib/log.ts'
import { findAttached } from '../store/uploads.ts'

/** Objects that R2 deletes in one call. */
const maxRemovals = 1_000

/**
 * Takes away the files of what was taken back, but for those that another message has as well: one upload may be named
 * by several. What stays is only written down: no reader has its address any more.
 */
export async function removeObjects(
  { DB, BUCKET }: Pick<Env, 'DB' | 'BUCKET'>,
  tenantId: string,
  keys: string[],
): Promise<void> {
  try {
    const inUse = await findAttached(
      DB,
      keys.map((objectKey) => ({ tenantId, objectKey })),
    )
    const unused = keys.filter((key) => !inUse.has(key))
    for (let at = 0; at < unused.length; at += maxRemovals) await BUCKET.delete(unused.slice(at, at + maxRemovals))
  } catch (error) {
    log('error', 'hub.object_removal_failed', { tenantId, objects: keys, ...errorFields(error) })
  }
}
