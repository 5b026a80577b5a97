import { and, asc, eq, sql } from 'drizzle-orm'
import type { Role } from '../protocol/api.ts'
import type { Database } from './database.ts'
import { staff } from './notification-schema.ts'
import { isEnabled } from './revocations.ts'

export type StaffRow = Omit<typeof staff.$inferSelect, 'role'> & { role: Role }

/** Most users that one list holds. */
const maxStaff = 1_000

/**
 * A user was here. The latest name and role stay. What happened before their first time is nothing that they missed, so
 * their notifications begin at the head of the journal.
 */
export async function noteStaff(d1: D1Database, { tenantId, userId, name, role, seenAt }: StaffRow): Promise<void> {
  const note = d1.prepare(
    `insert into staff (tenant_id, user_id, name, role, seen_at) values (?1, ?2, ?3, ?4, cast(?5 as integer))
       on conflict (tenant_id, user_id) do update set name = excluded.name, role = excluded.role, seen_at = excluded.seen_at
         where staff.seen_at <= excluded.seen_at`,
  )
  const begin = d1.prepare(
    `insert into notification_settings (tenant_id, user_id, settings, epoch, read_seq)
       select ?1, ?2, null, epoch, seq from journal_heads where tenant_id = ?1 on conflict do nothing`,
  )
  await d1.batch([note.bind(tenantId, userId, name, role, seenAt), begin.bind(tenantId, userId)])
}

/** By name, without those who are disabled. */
export async function listStaff(db: Database, tenantId: string): Promise<StaffRow[]> {
  const rows = await db
    .select()
    .from(staff)
    .where(and(eq(staff.tenantId, tenantId), sql.raw(isEnabled('staff.tenant_id', 'staff.user_id'))))
    .orderBy(asc(staff.name))
    .limit(maxStaff)
  return rows.map((row) => ({ ...row, role: row.role === 'admin' ? 'admin' : 'manager' }))
}
