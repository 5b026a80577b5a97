import { asc, eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { journalHeads, tenants } from './schema.ts'
import { type ServiceKeyRow, insertServiceKey } from './service-keys.ts'

export type TenantRow = typeof tenants.$inferSelect

/** A tenant, the head of its journal and its first service key: all of them or none. */
export async function createTenant(db: Database, tenant: TenantRow, epoch: string, key: ServiceKeyRow): Promise<void> {
  await db.batch([
    db.insert(tenants).values(tenant),
    db.insert(journalHeads).values({ tenantId: tenant.id, seq: 0, revision: 0, epoch }),
    insertServiceKey(db, key),
  ])
}

export async function findTenant(db: Database, tenantId: string): Promise<TenantRow | undefined> {
  return db.select().from(tenants).where(eq(tenants.id, tenantId)).get()
}

/** Every tenant: for the operator only. */
export async function listTenants(db: Database): Promise<TenantRow[]> {
  return db.select().from(tenants).orderBy(asc(tenants.createdAt), asc(tenants.id))
}

/** False when there is no such tenant. */
export async function setEpoch(db: Database, tenantId: string, epoch: string): Promise<boolean> {
  const updated = await db
    .update(journalHeads)
    .set({ epoch })
    .where(eq(journalHeads.tenantId, tenantId))
    .returning({ tenantId: journalHeads.tenantId })
  return updated.length > 0
}
