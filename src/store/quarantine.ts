import { type SQL, and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import { type Database, inTuples } from './database.ts'
import { quarantine } from './intake-schema.ts'

export type QuarantineRow = typeof quarantine.$inferSelect
export type NewQuarantineRow = Omit<QuarantineRow, 'replayedAt' | 'replayOutcome'>

/** The last row of the page before. */
export type QuarantinePosition = { receivedAt: number; id: string; tenantId: string }
export type QuarantinePage = { after: QuarantinePosition | null; limit: number }

/** Longest JSON text in one bound parameter, in UTF-16 units: D1 takes 2 MB of bytes. */
const maxParameterLength = 600_000

/**
 * Keeps rows; one that is there already stays as it is, also what a replay said of it. That counts as well for one that
 * was nobody's when it first came. Repeating it is harmless.
 */
export async function insertQuarantine(db: Database, rows: readonly NewQuarantineRow[]): Promise<void> {
  for (const part of chunk(rows.map(encodeRow))) await insertPart(db, part)
}

function encodeRow(row: NewQuarantineRow): string {
  const { tenantId, id, platform, metaAppId, reason, body, objectKey, receivedAt } = row
  return JSON.stringify([tenantId, id, platform, metaAppId, reason, body, objectKey, receivedAt])
}

async function insertPart(db: Database, encoded: readonly string[]): Promise<void> {
  const columns = 'tenant_id, id, platform, meta_app_id, reason, body, object_key, received_at'
  await db.run(sql`
    insert into quarantine (${sql.raw(columns)})
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
    from json_each(${`[${encoded.join(',')}]`})
    where not exists (select 1 from quarantine as nobodys where nobodys.tenant_id = '' and nobodys.id = value ->> 1)
    on conflict (tenant_id, id) do nothing`)
}

function chunk(encoded: readonly string[]): string[][] {
  const chunks: string[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const row of encoded) {
    if (length + row.length > maxParameterLength) {
      chunks.push([])
      length = 0
    }
    chunks.at(-1)?.push(row)
    length += row.length
  }
  return chunks
}

/** Newest first, one more row than the page holds. The operator's own rows have the empty tenant id. */
export async function listQuarantine(db: Database, tenantId: string, page: QuarantinePage): Promise<QuarantineRow[]> {
  return selectQuarantine(db, eq(quarantine.tenantId, tenantId), page)
}

/** The same over all tenants, for the operator alone; the only read here that is not bound to one tenant. */
export async function listWholeQuarantine(db: Database, page: QuarantinePage): Promise<QuarantineRow[]> {
  return selectQuarantine(db, undefined, page)
}

export function selectQuarantine(db: Database, of: SQL | undefined, { after, limit }: QuarantinePage) {
  const { receivedAt, id, tenantId } = quarantine
  const isAfter =
    after === null
      ? undefined
      : sql`(${receivedAt}, ${id}, ${tenantId}) < (${after.receivedAt}, ${after.id}, ${after.tenantId})`
  return db
    .select()
    .from(quarantine)
    .where(and(of, isAfter))
    .orderBy(desc(receivedAt), desc(id), desc(tenantId))
    .limit(limit + 1)
}

export async function readQuarantine(db: Database, tenantId: string, id: string): Promise<QuarantineRow | null> {
  const rows = await db
    .select()
    .from(quarantine)
    .where(and(eq(quarantine.tenantId, tenantId), eq(quarantine.id, id)))
  return rows[0] ?? null
}

export async function markReplayed(
  db: Database,
  row: Pick<QuarantineRow, 'tenantId' | 'id'>,
  replay: { at: number; outcome: string },
): Promise<void> {
  await db
    .update(quarantine)
    .set({ replayedAt: replay.at, replayOutcome: replay.outcome })
    .where(and(eq(quarantine.tenantId, row.tenantId), eq(quarantine.id, row.id)))
}

// What follows is over all tenants (see the head of schema.ts).

/**
 * Word for word the condition of the partial index. A row is marked as replayed only once its delivery was stored. What
 * else is email's here is a job that was given up (it has no object), which may yet die again.
 */
const isForgettable = sql`platform = 'email' and (reason = 'mailbox.unknown' or replayed_at is not null)`

export type OldMail = { tenantId: string; id: string; objectKey: string }

/** Mails from before a time that nobody needs here any more: to an address that is no mailbox, or stored since. */
export function selectOldMails(db: Database, { before, limit }: { before: number; limit: number }) {
  const { tenantId, id, objectKey, receivedAt } = quarantine
  return db
    .select({ tenantId, id, objectKey: sql<string>`${objectKey}` })
    .from(quarantine)
    .where(and(sql`received_at < ${before}`, isForgettable, isNotNull(objectKey)))
    .orderBy(receivedAt)
    .limit(limit)
}

export async function deleteQuarantine(db: Database, rows: readonly OldMail[]): Promise<void> {
  const ids = rows.map(({ tenantId, id }) => [tenantId, id])
  await db.delete(quarantine).where(inTuples([quarantine.tenantId, quarantine.id], ids))
}
