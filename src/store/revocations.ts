import { and, eq } from 'drizzle-orm'
import { revocations } from './access-schema.ts'
import type { Database } from './database.ts'

type User = { tenantId: string; userId: string }

/** The last moment that a Date can hold: nothing is ever issued after it. */
export const neverValid = 8_640_000_000_000_000

/** Since when credentials of a user count, epoch ms; null where none was ever revoked. */
export async function readValidFrom(db: Database, { tenantId, userId }: User): Promise<number | null> {
  const row = await db
    .select({ validFrom: revocations.validFrom })
    .from(revocations)
    .where(and(eq(revocations.tenantId, tenantId), eq(revocations.userId, userId)))
    .get()
  return row?.validFrom ?? null
}

/**
 * Makes void what was issued to a user before `validFrom`, and ends the pushes to their browsers. Whoever is disabled
 * stays so.
 */
export async function revokeCredentials(d1: D1Database, { tenantId, userId }: User, validFrom: number): Promise<void> {
  const revoke = d1.prepare(
    `insert into revocations (tenant_id, user_id, valid_from) values (?1, ?2, cast(?3 as integer))
       on conflict do update set valid_from = max(valid_from, excluded.valid_from)`,
  )
  const endPushes = d1.prepare('delete from push_subscriptions where tenant_id = ?1 and user_id = ?2')
  await d1.batch([revoke.bind(tenantId, userId, validFrom), endPushes.bind(tenantId, userId)])
}

/** Lets a disabled user in again, with what is issued from `validFrom` on. False for one who is not disabled. */
export async function enableUser(db: Database, { tenantId, userId }: User, validFrom: number): Promise<boolean> {
  const { tenantId: tenant, userId: user, validFrom: from } = revocations
  const enabled = await db
    .update(revocations)
    .set({ validFrom })
    .where(and(eq(tenant, tenantId), eq(user, userId), eq(from, neverValid)))
    .returning({ userId: user })
  return enabled.length > 0
}

/** SQL: the user of a row is not disabled. The arguments name its columns. */
export function isEnabled(tenantColumn: string, userColumn: string): string {
  return `not exists (select 1 from revocations r where r.tenant_id = ${tenantColumn} and r.user_id = ${userColumn}
      and r.valid_from = ${neverValid})`
}
