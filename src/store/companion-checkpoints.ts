import { and, eq } from 'drizzle-orm'
import { companionCheckpoints } from './companion-schema.ts'
import type { Database } from './database.ts'

export type CheckpointRow = typeof companionCheckpoints.$inferSelect

export async function findCheckpoint(
  db: Database,
  tenantId: string,
  channelId: string,
): Promise<CheckpointRow | undefined> {
  const { tenantId: tenant, channelId: channel } = companionCheckpoints
  return db
    .select()
    .from(companionCheckpoints)
    .where(and(eq(tenant, tenantId), eq(channel, channelId)))
    .get()
}

/**
 * Keeps a checkpoint of whoever holds the lease, unless a newer one is there; one statement decides. The same one again is
 * taken as well: its answer may have been lost. False when it was not kept.
 */
export async function storeCheckpoint(d1: D1Database, row: CheckpointRow, token: number): Promise<boolean> {
  const { tenantId, channelId, version, sealed, storedAt } = row
  const stored = await d1
    .prepare(
      `insert into companion_checkpoints (tenant_id, channel_id, version, sealed, stored_at)
         select ?1, ?2, cast(?3 as integer), ?4, cast(?5 as integer) from companion_leases l
           where l.tenant_id = ?1 and l.channel_id = ?2 and l.token = ?6
         on conflict (tenant_id, channel_id) do update set
           version = excluded.version, sealed = excluded.sealed, stored_at = excluded.stored_at
         where companion_checkpoints.version < excluded.version
           or (companion_checkpoints.version = excluded.version and companion_checkpoints.sealed = excluded.sealed)
         returning version`,
    )
    .bind(tenantId, channelId, version, sealed, storedAt, token)
    .first()
  return stored !== null
}
