import { and, eq } from 'drizzle-orm'
import type { OutboundLimits } from '../channels/outbound.ts'
import type { Channel, ChannelHealth, ReplyRules } from '../protocol/message.ts'
import type { Platform } from '../protocol/words.ts'
import { companionCheckpoints, companionLeases } from './companion-schema.ts'
import { type Database, inList } from './database.ts'
import { channelHealth, channels } from './schema.ts'
import { type HealthRow, toWireHealth } from './wire.ts'

export type ChannelRow = typeof channels.$inferSelect
/** A channel with what is known of its health: nothing before its first delivery. */
export type ChannelWithHealth = { channel: ChannelRow; health: HealthRow | null }
/** What an operator may change of a channel. */
export type ChannelChange = Partial<
  Pick<
    ChannelRow,
    | 'name'
    | 'sealedCredentials'
    | 'tokenRefreshedAt'
    | 'metaAppId'
    | 'accountId'
    | 'alternateExternalId'
    | 'companionSends'
  >
>
/** What replies of a platform may contain; null where nothing can be sent. */
export type LimitsOf = (platform: Platform) => OutboundLimits | null

const idleHealth: ChannelHealth = {
  state: 'idle',
  last_inbound_at: null,
  last_error_at: null,
  last_error_code: null,
  last_error_message: null,
  signature_failures: 0,
  token_expires_at: null,
  session_state: null,
}

export function toWireChannel({ channel, health }: ChannelWithHealth, limitsOf: LimitsOf): Channel {
  const limits = limitsOf(channel.platform)
  return {
    id: channel.id,
    platform: channel.platform,
    external_id: channel.externalId,
    name: channel.name,
    health: health === null ? idleHealth : toWireHealth(health),
    reply_rules: limits === null ? null : toReplyRules(limits),
  }
}

function toReplyRules(limits: OutboundLimits): ReplyRules {
  const { text, caption, unit, attachments, buttons } = limits
  return {
    text,
    caption,
    unit,
    attachments,
    files: limits.fileBytes,
    buttons,
    button_title: limits.buttonTitle,
    can_reply_to: limits.canReplyTo,
    can_react: limits.canReact,
    has_templates: limits.hasTemplates,
    human_agent_ms: limits.humanAgentMs ?? null,
  }
}

export async function findChannel(db: Database, tenantId: string, id: string): Promise<ChannelWithHealth | undefined> {
  return db
    .select({ channel: channels, health: channelHealth })
    .from(channels)
    .leftJoin(
      channelHealth,
      and(eq(channelHealth.tenantId, channels.tenantId), eq(channelHealth.channelId, channels.id)),
    )
    .where(and(eq(channels.tenantId, tenantId), eq(channels.id, id)))
    .get()
}

/** False when the account is connected already, to whichever tenant. */
export async function insertChannel(db: Database, channel: ChannelRow): Promise<boolean> {
  const inserted = await db.insert(channels).values(channel).onConflictDoNothing().returning({ id: channels.id })
  return inserted.length > 0
}

/** False when another channel has one of the account's ids already. */
export async function updateChannel(
  db: Database,
  tenantId: string,
  id: string,
  change: ChannelChange,
): Promise<boolean> {
  if (Object.keys(change).length === 0) return true
  try {
    await db
      .update(channels)
      .set(change)
      .where(and(eq(channels.tenantId, tenantId), eq(channels.id, id)))
  } catch (error) {
    if (/UNIQUE constraint failed/.test(`${String(error)} ${String((error as Error).cause)}`)) return false
    throw error
  }
  return true
}

/** Its conversations stay readable. False when there is no such channel. */
export async function deleteChannel(db: Database, tenantId: string, id: string): Promise<boolean> {
  const [deleted] = await db.batch([
    db
      .delete(channels)
      .where(and(eq(channels.tenantId, tenantId), eq(channels.id, id)))
      .returning({ id: channels.id }),
    db.delete(channelHealth).where(and(eq(channelHealth.tenantId, tenantId), eq(channelHealth.channelId, id))),
    db.delete(companionLeases).where(and(eq(companionLeases.tenantId, tenantId), eq(companionLeases.channelId, id))),
    db
      .delete(companionCheckpoints)
      .where(and(eq(companionCheckpoints.tenantId, tenantId), eq(companionCheckpoints.channelId, id))),
  ])
  return deleted.length > 0
}

/** The accounts of a tenant's channels, by the channel's id. */
export async function findAccounts(
  db: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { platform: Platform; external_id: string }>> {
  const rows = await db
    .select({ id: channels.id, platform: channels.platform, external_id: channels.externalId })
    .from(channels)
    .where(and(eq(channels.tenantId, tenantId), inList(channels.id, ids)))
  return new Map(rows.map(({ id, ...account }) => [id, account]))
}
