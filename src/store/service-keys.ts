import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { serviceKeys } from './access-schema.ts'

export type ServiceKeyRow = typeof serviceKeys.$inferSelect

/** Two, so that a new key can be in use everywhere before the old one goes. */
export const maxLiveKeys = 2

export function insertServiceKey(db: Database, key: ServiceKeyRow) {
  return db.insert(serviceKeys).values(key)
}

/** False, and nothing written, when the tenant has two live keys: counted and written in one statement. */
export async function addServiceKey(db: Database, key: ServiceKeyRow): Promise<boolean> {
  const live = sql`(select count(*) from ${serviceKeys} where ${liveKeysOf(key.tenantId)})`
  const columns = {
    tenantId: sql<string>`${key.tenantId}`.as('tenant_id'),
    id: sql<string>`${key.id}`.as('id'),
    name: sql<string>`${key.name}`.as('name'),
    secretHash: sql<string>`${key.secretHash}`.as('secret_hash'),
    scopes: sql<ServiceKeyRow['scopes']>`${JSON.stringify(key.scopes)}`.as('scopes'),
    createdAt: sql<number>`cast(${key.createdAt} as integer)`.as('created_at'),
    revokedAt: sql<number | null>`null`.as('revoked_at'),
    lastUsedAt: sql<number | null>`null`.as('last_used_at'),
  }
  const inserted = await db
    .insert(serviceKeys)
    .select(
      db
        .select(columns)
        .from(sql`(select 1)`)
        .where(sql`${live} < ${maxLiveKeys}`),
    )
    .returning({ id: serviceKeys.id })
  return inserted.length > 0
}

export async function findServiceKey(db: Database, tenantId: string, id: string): Promise<ServiceKeyRow | undefined> {
  return db
    .select()
    .from(serviceKeys)
    .where(and(eq(serviceKeys.tenantId, tenantId), eq(serviceKeys.id, id)))
    .get()
}

/** Also the revoked ones. */
export async function listServiceKeys(db: Database, tenantId: string): Promise<ServiceKeyRow[]> {
  return db
    .select()
    .from(serviceKeys)
    .where(eq(serviceKeys.tenantId, tenantId))
    .orderBy(asc(serviceKeys.createdAt), asc(serviceKeys.id))
}

export async function noteKeyUse(
  db: Database,
  { tenantId, id }: Pick<ServiceKeyRow, 'tenantId' | 'id'>,
  lastUsedAt: number,
): Promise<void> {
  await db
    .update(serviceKeys)
    .set({ lastUsedAt })
    .where(and(eq(serviceKeys.tenantId, tenantId), eq(serviceKeys.id, id)))
}

/** False when there is no live key of this id. */
export async function revokeServiceKey(
  db: Database,
  tenantId: string,
  id: string,
  revokedAt: number,
): Promise<boolean> {
  const revoked = await db
    .update(serviceKeys)
    .set({ revokedAt })
    .where(and(liveKeysOf(tenantId), eq(serviceKeys.id, id)))
    .returning({ id: serviceKeys.id })
  return revoked.length > 0
}

function liveKeysOf(tenantId: string) {
  return and(eq(serviceKeys.tenantId, tenantId), isNull(serviceKeys.revokedAt))
}
