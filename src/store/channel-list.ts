import { and, asc, eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { type Head, headOf, selectHead } from './journal.ts'
import { channelHealth, channels } from './schema.ts'
import type { HealthRow } from './wire.ts'

/** A channel as the staff may see it. `health` null: nothing was ever heard of it. */
export type ChannelWithHealth = {
  channel: Pick<typeof channels.$inferSelect, 'id' | 'platform' | 'externalId' | 'name'>
  health: HealthRow | null
}

export async function listChannelsWithHealth(
  db: Database,
  tenantId: string,
): Promise<{ rows: ChannelWithHealth[]; head: Head }> {
  const [heads, rows] = await db.batch([selectHead(db, tenantId), selectChannels(db, tenantId)])
  return { rows, head: headOf(heads) }
}

/** A tenant has few channels, so they are sorted after reading. */
export function selectChannels(db: Database, tenantId: string) {
  return db
    .select({
      channel: { id: channels.id, platform: channels.platform, externalId: channels.externalId, name: channels.name },
      health: channelHealth,
    })
    .from(channels)
    .leftJoin(
      channelHealth,
      and(eq(channelHealth.tenantId, channels.tenantId), eq(channelHealth.channelId, channels.id)),
    )
    .where(eq(channels.tenantId, tenantId))
    .orderBy(asc(channels.createdAt), asc(channels.id))
}
