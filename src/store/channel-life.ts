import { and, eq, sql } from 'drizzle-orm'
import type { Platform } from '../protocol/words.ts'
import type { ChannelRow } from './channels.ts'
import type { Database } from './database.ts'
import { channels } from './schema.ts'

// What the hourly look at the accounts reads and writes. The first read is over all tenants (see the head of schema.ts).

const isChannel = ({ tenantId, id }: Pick<ChannelRow, 'tenantId' | 'id'>) =>
  and(eq(channels.tenantId, tenantId), eq(channels.id, id))

export type ChannelTurn = { platforms: readonly Platform[]; now: number; checkedBefore: number; limit: number }

/**
 * Takes the channels whose turn it is, of every tenant that is switched on, and marks them as looked at: of two runs at
 * once each channel goes to one. Those that have waited longest come first.
 */
export async function takeChannels(db: Database, turn: ChannelTurn): Promise<Pick<ChannelRow, 'tenantId' | 'id'>[]> {
  return db
    .update(channels)
    .set({ checkedAt: turn.now })
    .where(sql`(tenant_id, id) in (${selectTurn(db, turn)})`)
    .returning({ tenantId: channels.tenantId, id: channels.id })
}

export function selectTurn(db: Database, { platforms, checkedBefore, limit }: ChannelTurn) {
  return db
    .select({ tenantId: channels.tenantId, id: channels.id })
    .from(channels)
    .where(
      and(
        sql`sealed_credentials is not null`,
        sql`(checked_at is null or checked_at < ${checkedBefore})`,
        // With a plus, so that the order of the turn stays what the rows are found by.
        sql`+platform in (select value from json_each(${JSON.stringify(platforms)}))`,
        sql`not exists (select 1 from tenants where tenants.id = channels.tenant_id and disabled_at is not null)`,
      ),
    )
    .orderBy(channels.checkedAt)
    .limit(limit)
}

/** Replaces the credentials that were read. False when somebody else has stored others meanwhile: theirs stay. */
export async function storeFreshCredentials(
  db: Database,
  channel: ChannelRow,
  fresh: { sealedCredentials: string; now: number },
): Promise<boolean> {
  const stored = await db
    .update(channels)
    .set({ sealedCredentials: fresh.sealedCredentials, tokenRefreshedAt: fresh.now })
    .where(and(isChannel(channel), eq(channels.sealedCredentials, channel.sealedCredentials ?? '')))
    .returning({ id: channels.id })
  return stored.length > 0
}

/** Notes a second id of an account that has none yet. False when it stays as it was, because the id is taken perhaps. */
export async function learnAlternate(db: Database, channel: ChannelRow, alternateExternalId: string): Promise<boolean> {
  const isTaken = sql`exists (select 1 from channels as other where other.platform = ${channel.platform}
    and (other.external_id = ${alternateExternalId} or other.alternate_external_id = ${alternateExternalId}))`
  const learned = await db
    .update(channels)
    .set({ alternateExternalId })
    .where(and(isChannel(channel), sql`alternate_external_id is null`, sql`not ${isTaken}`))
    .returning({ id: channels.id })
  return learned.length > 0
}

export async function markReconciled(db: Database, channel: ChannelRow, upTo: number): Promise<void> {
  await db.update(channels).set({ reconciledAt: upTo }).where(isChannel(channel))
}
