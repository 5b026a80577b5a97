import { and, eq, sql } from 'drizzle-orm'
import { type Database, inList, inTuples } from './database.ts'
import { uploads } from './intake-schema.ts'

export type UploadRow = typeof uploads.$inferSelect

/** So long a message may name an upload, in ms. */
export const uploadMs = 7 * 24 * 3_600_000

export async function insertUpload(db: Database, row: UploadRow): Promise<void> {
  await db.insert(uploads).values(row)
}

/** Those of the ids that the tenant has uploaded and that may still be named, by id. */
export async function findUploads(
  db: Database,
  tenantId: string,
  { ids, now }: { ids: readonly string[]; now: number },
): Promise<ReadonlyMap<string, UploadRow>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select()
    .from(uploads)
    .where(and(eq(uploads.tenantId, tenantId), inList(uploads.id, ids), sql`created_at > ${now - uploadMs}`))
  return new Map(rows.map((row) => [row.id, row]))
}

// What follows is over all tenants (see the head of schema.ts).

/** An upload that no message may name any more. `rowId` is its place among those of the same moment. */
export type OldUpload = Pick<UploadRow, 'tenantId' | 'id' | 'objectKey' | 'createdAt'> & { rowId: number }

/** Uploads from before a time, the oldest first. */
export function selectOldUploads(
  db: Database,
  { before, after, limit }: { before: number; after: OldUpload | null; limit: number },
) {
  const { tenantId, id, objectKey, createdAt } = uploads
  const isNext = after === null ? undefined : sql`(created_at, rowid) > (${after.createdAt}, ${after.rowId})`
  return db
    .select({ tenantId, id, objectKey, createdAt, rowId: sql<number>`rowid` })
    .from(uploads)
    .where(and(sql`created_at < ${before}`, isNext))
    .orderBy(sql`created_at, rowid`)
    .limit(limit)
}

type OfObject = Pick<OldUpload, 'tenantId' | 'objectKey'>

/** Those of the objects that messages have. */
export async function findAttached(d1: D1Database, old: readonly OfObject[]): Promise<ReadonlySet<string>> {
  const { results } = await selectAttached(d1, old).all<{ key: string }>()
  return new Set(results.map(({ key }) => key))
}

// The list leads, and the index is named: SQLite would rather go through all files of a tenant.
export function selectAttached(d1: D1Database, old: readonly OfObject[]): D1PreparedStatement {
  return d1
    .prepare(
      `select a.object_key as key from json_each(?1) as old
         cross join attachments a indexed by attachments_object
           on a.tenant_id = old.value ->> 0 and a.object_key = old.value ->> 1`,
    )
    .bind(JSON.stringify(old.map(({ tenantId, objectKey }) => [tenantId, objectKey])))
}

/**
 * Objects of those that messages have and that messages may yet get, as of one moment: a file goes from what waits to its
 * message.
 */
export async function findUsed(
  d1: D1Database,
  old: readonly OldUpload[],
): Promise<{ attached: ReadonlySet<string>; waiting: ReadonlySet<string> }> {
  const tenantIds = JSON.stringify([...new Set(old.map(({ tenantId }) => tenantId))])
  const selectWaiting = d1.prepare(
    `select p.item as item from json_each(?1) as tenant cross join parked_items p
       on p.tenant_id = tenant.value and instr(p.item, '"objectKey"') > 0`,
  )
  const [parked, attached] = await d1.batch<{ item: string; key: string }>([
    selectWaiting.bind(tenantIds),
    selectAttached(d1, old),
  ])
  const named = new Set(parked?.results.flatMap(({ item }) => item.match(/"t\/[^"]+"/g) ?? []))
  const waiting = old.map(({ objectKey }) => objectKey).filter((key) => named.has(JSON.stringify(key)))
  return { attached: new Set(attached?.results.map(({ key }) => key)), waiting: new Set(waiting) }
}

export async function deleteUploads(db: Database, old: readonly OldUpload[]): Promise<void> {
  const ids = old.map(({ tenantId, id }) => [tenantId, id])
  await db.delete(uploads).where(inTuples([uploads.tenantId, uploads.id], ids))
}
