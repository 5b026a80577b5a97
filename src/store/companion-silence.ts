import { and, asc, eq, sql } from 'drizzle-orm'
import type { Platform } from '../protocol/words.ts'
import { companionLeases } from './companion-schema.ts'
import type { Database } from './database.ts'
import { isOpen } from './job-conditions.ts'
import type { JobRow } from './jobs.ts'
import { jobs } from './schema.ts'

// What nobody does that a companion should. The first read is over all tenants (see the head of schema.ts).

/** A channel whose companion is missed. `isSilent`: nobody holds its lease. */
export type MissedChannel = { tenantId: string; id: string; platform: Platform; isSilent: boolean }

/** Times in epoch ms: leases that ended before, replies that were due before. */
export type Patience = { expiredBefore: number; dueBefore: number; now: number; limit: number }

type MissedRow = Omit<MissedChannel, 'isSilent'> & { isSilent: number }

/**
 * Channels whose lease has ended and nobody was told, and those with replies that have waited for the companion too long
 * and do not say so.
 */
export async function listMissedChannels(d1: D1Database, patience: Patience): Promise<MissedChannel[]> {
  const { results } = await selectMissedChannels(d1, patience).all<MissedRow>()
  return results.map((row) => ({ ...row, isSilent: row.isSilent === 1 }))
}

// The indexes are named: SQLite takes a tenant's own for a walk through everything. Joins are crossed so that the list leads.
export function selectMissedChannels(
  d1: D1Database,
  { expiredBefore, dueBefore, now, limit }: Patience,
): D1PreparedStatement {
  return d1
    .prepare(
      `select c.tenant_id as tenantId, c.id as id, c.platform as platform,
           not exists (select 1 from companion_leases l
             where l.tenant_id = c.tenant_id and l.channel_id = c.id and l.expires_at > ?3) as isSilent
         from (
           select tenant_id, channel_id from companion_leases indexed by directory_leases_expiry
             where missed_at is null and expires_at < ?1
           union
           select j.tenant_id, j.channel_id from jobs j indexed by directory_jobs_open
             where j.state in ('due', 'running', 'sending') and j.due_at < ?2 and j.kind = 'send'
               and j.last_error is null and (j.state = 'due' or j.handed_to is not null)
               and exists (select 1 from channels own
                 where own.tenant_id = j.tenant_id and own.id = j.channel_id and own.companion_sends = 1)
         ) as missed
         cross join channels c on c.tenant_id = missed.tenant_id and c.id = missed.channel_id
         limit ?4`,
    )
    .bind(expiredBefore, dueBefore, now, limit)
}

/** So that it is told once. */
export async function markMissed(
  db: Database,
  { tenantId, id }: Pick<MissedChannel, 'tenantId' | 'id'>,
  now: number,
): Promise<void> {
  await db
    .update(companionLeases)
    .set({ missedAt: now })
    .where(
      and(
        eq(companionLeases.tenantId, tenantId),
        eq(companionLeases.channelId, id),
        sql`missed_at is null and expires_at <= ${now}`,
      ),
    )
}

/** Replies of a channel that wait without a word, the oldest first. */
export async function listWordlessSends(
  db: Database,
  { tenantId, id, dueBefore, limit }: Pick<MissedChannel, 'tenantId' | 'id'> & Pick<Patience, 'dueBefore' | 'limit'>,
): Promise<JobRow[]> {
  return db
    .select()
    .from(jobs)
    .where(
      and(
        eq(jobs.tenantId, tenantId),
        eq(jobs.channelId, id),
        sql`kind = 'send' and ${isOpen} and last_error is null and (state = 'due' or handed_to is not null)
          and due_at < ${dueBefore}`,
      ),
    )
    .orderBy(asc(jobs.seq))
    .limit(limit)
}
