import { asc, eq } from 'drizzle-orm'
import type { ChannelWithHealth } from './channels.ts'
import type { Database } from './database.ts'
import { type Head, headOf, selectHead } from './journal.ts'
import { channelHealth, channels } from './schema.ts'

/**
 * All channels of a tenant with their health, as of one moment. Two statements and no join: in a batch D1 gives rows as
 * objects, where columns of one name from two tables overwrite each other.
 */
export async function listChannelsWithHealth(
  db: Database,
  tenantId: string,
): Promise<{ rows: ChannelWithHealth[]; head: Head }> {
  const [heads, found, health] = await db.batch([
    selectHead(db, tenantId),
    db
      .select()
      .from(channels)
      .where(eq(channels.tenantId, tenantId))
      .orderBy(asc(channels.createdAt), asc(channels.id)),
    db.select().from(channelHealth).where(eq(channelHealth.tenantId, tenantId)),
  ])
  const byChannel = new Map(health.map((row) => [row.channelId, row]))
  const rows = found.map((channel) => ({ channel, health: byChannel.get(channel.id) ?? null }))
  return { rows, head: headOf(heads) }
}
