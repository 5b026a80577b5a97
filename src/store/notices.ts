import type { Platform } from '../protocol/words.ts'

// What the sweeps tell of. Both reads are over all tenants (see the head of schema.ts).

export type SettledChannel = { tenantId: string; id: string; platform: Platform }

/** Channels that have worked again since before a time, and nobody was told. */
export async function listSettledChannels(
  d1: D1Database,
  { upBefore, limit }: { upBefore: number; limit: number },
): Promise<SettledChannel[]> {
  return (await selectSettledChannels(d1, { upBefore, limit }).all<SettledChannel>()).results
}

export function selectSettledChannels(
  d1: D1Database,
  { upBefore, limit }: { upBefore: number; limit: number },
): D1PreparedStatement {
  return d1
    .prepare(
      `select h.tenant_id as tenantId, c.id as id, c.platform as platform
         from channel_health h indexed by directory_channel_alerts
         cross join channels c on c.tenant_id = h.tenant_id and c.id = h.channel_id
         where h.alert_up_since is not null and h.alert_up_since <= ?1 order by h.alert_up_since limit ?2`,
    )
    .bind(upBefore, limit)
}

export type GrownQuarantine = { tenantId: string; added: number; count: number }

/** By tenant that is switched on, what came into quarantine between two times, and all that waits there. */
export async function listGrownQuarantines(
  d1: D1Database,
  { since, until }: { since: number; until: number },
): Promise<GrownQuarantine[]> {
  const { results } = await selectGrownQuarantines(d1, { since, until }).all<GrownQuarantine>()
  return results
}

/** Far more than anybody looks through; the number in a notification goes no further. */
const maxCounted = 1_000

export function selectGrownQuarantines(
  d1: D1Database,
  { since, until }: { since: number; until: number },
): D1PreparedStatement {
  return d1
    .prepare(
      `select t.id as tenantId,
           (select count(*) from quarantine q where q.tenant_id = t.id and q.received_at >= ?1 and q.received_at < ?2)
             as added,
           (select count(*) from (select 1 from quarantine w where w.tenant_id = t.id and w.replayed_at is null
             order by w.received_at desc limit ${maxCounted})) as count
         from tenants t where t.disabled_at is null and exists (
           select 1 from quarantine e where e.tenant_id = t.id and e.received_at >= ?1 and e.received_at < ?2)`,
    )
    .bind(since, until)
}
