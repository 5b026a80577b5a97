import { errorFields, log } from '../lib/log.ts'

/** Objects that R2 deletes in one call. */
const maxRemovals = 1_000

/** Takes away the files of what was taken back. What stays is only written down: no reader has its address any more. */
export async function removeObjects(bucket: R2Bucket, tenantId: string, keys: string[]): Promise<void> {
  try {
    for (let at = 0; at < keys.length; at += maxRemovals) await bucket.delete(keys.slice(at, at + maxRemovals))
  } catch (error) {
    log('error', 'hub.object_removal_failed', { tenantId, objects: keys, ...errorFields(error) })
  }
}
