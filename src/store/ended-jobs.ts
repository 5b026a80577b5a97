import { and, asc, eq, sql } from 'drizzle-orm'
import { type Database, inList, inTuples } from './database.ts'
import { attachments, contacts, jobs } from './schema.ts'

/** `hasFailed`: at some time, though it may have ended well. */
export type EndedJob = { tenantId: string; id: string; attempts: number; hasFailed: boolean; subjectId: string }

/** Word for word the condition of the partial index: SQLite uses it for nothing else. */
const isEnded = sql`kind in ('media', 'profile') and state in ('done', 'failed')`

/** Ended work on files and pictures of every tenant, begun before a time, the oldest first. */
export async function listEndedJobs(db: Database, of: { before: number; limit: number }): Promise<EndedJob[]> {
  const rows = await selectEndedJobs(db, of)
  return rows.map(({ lastError, ...job }) => ({ ...job, hasFailed: lastError !== null }))
}

export function selectEndedJobs(db: Database, { before, limit }: { before: number; limit: number }) {
  const { tenantId, id, attempts, subjectId, lastError, createdAt } = jobs
  return db
    .select({ tenantId, id, attempts, subjectId, lastError })
    .from(jobs)
    .where(and(isEnded, sql`created_at < ${before}`))
    .orderBy(asc(createdAt))
    .limit(limit)
}

/** Those objects of what these jobs were about, files or contacts, that are in use. */
export async function findObjectsInUse(db: Database, ended: readonly EndedJob[]): Promise<ReadonlySet<string>> {
  const subjects = ended.map(({ tenantId, subjectId }) => [tenantId, subjectId])
  const [files, pictures] = await db.batch([
    db
      .select({ key: attachments.objectKey })
      .from(attachments)
      .where(inTuples([attachments.tenantId, attachments.id], subjects)),
    db
      .select({ key: contacts.pictureKey })
      .from(contacts)
      .where(inTuples([contacts.tenantId, contacts.id], subjects)),
  ])
  return new Set([...files, ...pictures].flatMap(({ key }) => key ?? []))
}

/** Removes the rows of jobs that are still ended. */
export async function deleteEndedJobs(db: Database, ended: readonly EndedJob[]): Promise<void> {
  for (const [tenantId, ofTenant] of Map.groupBy(ended, (job) => job.tenantId)) {
    const ids = ofTenant.map(({ id }) => id)
    await db.delete(jobs).where(and(eq(jobs.tenantId, tenantId), inList(jobs.id, ids), isEnded))
  }
}
