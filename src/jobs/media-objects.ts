import { derivedId } from '../lib/derived-id.ts'
import { errorFields, log } from '../lib/log.ts'
import type { JobRow } from '../store/jobs.ts'

/**
 * Where an attempt puts its object. The key comes from the job, whose row was there first: so whatever any attempt left
 * behind can be found from the row alone, and removed, as long as the row is there (`media-sweep.ts`).
 */
export function objectKeyOf({ tenantId, id }: Pick<JobRow, 'tenantId' | 'id'>, attempt: number): string {
  return `t/${tenantId}/${derivedId(tenantId, 'object', id, String(attempt))}`
}

/**
 * Removes what this attempt and earlier ones left, but for the object that is in use. Only for a file whose state is final
 * (ready, or taken back): anywhere else a slow earlier attempt may be about to report its object. What stays is removed
 * with the job's row.
 */
export async function removeLeftovers(bucket: R2Bucket, job: JobRow, inUse: string | null): Promise<void> {
  const keys = Array.from({ length: job.attempts }, (_, at) => objectKeyOf(job, at + 1))
  try {
    await bucket.delete(keys.filter((key) => key !== inUse))
  } catch (error) {
    log('warn', 'media.leftovers_kept', { tenantId: job.tenantId, jobId: job.id, ...errorFields(error) })
  }
}
