import { and, eq } from 'drizzle-orm'
import { type Database, inList } from './database.ts'
import { uploads } from './schema.ts'

export type UploadRow = typeof uploads.$inferSelect

export async function insertUpload(db: Database, row: UploadRow): Promise<void> {
  await db.insert(uploads).values(row)
}

/** Those of the ids that the tenant has uploaded, by id. */
export async function findUploads(
  db: Database,
  tenantId: string,
  uploadIds: readonly string[],
): Promise<ReadonlyMap<string, UploadRow>> {
  if (uploadIds.length === 0) return new Map()
  const rows = await db
    .select()
    .from(uploads)
    .where(and(eq(uploads.tenantId, tenantId), inList(uploads.id, uploadIds)))
  return new Map(rows.map((row) => [row.id, row]))
}
