import { asc, eq, sql } from 'drizzle-orm'
import type { Role } from '../protocol/api.ts'
import type { Database } from './database.ts'
import { staff } from './notification-schema.ts'

export type StaffRow = Omit<typeof staff.$inferSelect, 'role'> & { role: Role }

/** Most users that one list holds. */
const maxStaff = 1_000

/** A user was here. The latest name and role stay. */
export async function noteStaff(db: Database, row: StaffRow): Promise<void> {
  await db
    .insert(staff)
    .values(row)
    .onConflictDoUpdate({
      target: [staff.tenantId, staff.userId],
      set: { name: row.name, role: row.role, seenAt: row.seenAt },
      setWhere: sql`${staff.seenAt} <= ${row.seenAt}`,
    })
}

/** By name. */
export async function listStaff(db: Database, tenantId: string): Promise<StaffRow[]> {
  const rows = await db
    .select()
    .from(staff)
    .where(eq(staff.tenantId, tenantId))
    .orderBy(asc(staff.name))
    .limit(maxStaff)
  return rows.map((row) => ({ ...row, role: row.role === 'admin' ? 'admin' : 'manager' }))
}
