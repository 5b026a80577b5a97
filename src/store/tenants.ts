import { asc, eq, getTableColumns, sql } from 'drizzle-orm'
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

/** Who of a tenant is let in: by user, from when on their credentials count, for those who had some revoked. */
export type TenantAccess = { tenant: TenantRow; validFrom: ReadonlyMap<string, number> }

export async function findTenantAccess(db: Database, tenantId: string): Promise<TenantAccess | undefined> {
  const revoked = sql<string>`(select json_group_object(user_id, valid_from) from revocations where tenant_id = ${tenantId})`
  const row = await db
    .select({ ...getTableColumns(tenants), revoked })
    .from(tenants)
    .where(eq(tenants.id, tenantId))
    .get()
  if (row === undefined) return undefined
  const { revoked: byUser, ...tenant } = row
  return { tenant, validFrom: new Map(Object.entries(JSON.parse(byUser) as Record<string, number>)) }
}

/** Changes what is given; a tenant that is off already stays so from when it was. Undefined when there is none. */
export async function updateTenant(
  db: Database,
  tenantId: string,
  { name, disabledAt }: Partial<Pick<TenantRow, 'name' | 'disabledAt'>>,
): Promise<TenantRow | undefined> {
  const offSince = sql`coalesce(${tenants.disabledAt}, cast(${disabledAt} as integer))`
  const change = {
    ...(name === undefined ? {} : { name }),
    ...(disabledAt === undefined ? {} : { disabledAt: disabledAt === null ? null : offSince }),
  }
  const [updated] = await db.update(tenants).set(change).where(eq(tenants.id, tenantId)).returning()
  return updated
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
