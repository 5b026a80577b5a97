import { and, eq } from 'drizzle-orm'
import type { Platform } from '../protocol/words.ts'
import { type Database, inList } from './database.ts'
import { channels } from './schema.ts'

// The reads that come before the tenant is known: whose account is this? (See the head of schema.ts.)

export type DirectoryChannel = {
  tenantId: string
  id: string
  platform: Platform
  externalId: string
  /** A second id under which the same account's deliveries may come. */
  alternateExternalId: string | null
  accountId: string | null
  metaAppId: string | null
}

const columns = {
  tenantId: channels.tenantId,
  id: channels.id,
  platform: channels.platform,
  externalId: channels.externalId,
  alternateExternalId: channels.alternateExternalId,
  accountId: channels.accountId,
  metaAppId: channels.metaAppId,
}

/**
 * The channel of each of these ids, by the id it was asked for. An account has one channel, so an id names one at most:
 * a channel's own id, else the second id of one.
 */
export async function findChannelsByExternalId(
  db: Database,
  platform: Platform,
  externalIds: readonly string[],
): Promise<Map<string, DirectoryChannel>> {
  if (externalIds.length === 0) return new Map()
  const [own, alternate] = await db.batch([
    selectByExternalId(db, platform, externalIds),
    selectByAlternateId(db, platform, externalIds),
  ])
  return new Map([
    ...alternate.map((channel) => [channel.alternateExternalId ?? '', channel] as const),
    ...own.map((channel) => [channel.externalId, channel] as const),
  ])
}

export function selectByExternalId(db: Database, platform: Platform, externalIds: readonly string[]) {
  return db
    .select(columns)
    .from(channels)
    .where(and(eq(channels.platform, platform), inList(channels.externalId, externalIds)))
}

// Two statements: with "or" the partial index of the second ids would not be used.
export function selectByAlternateId(db: Database, platform: Platform, externalIds: readonly string[]) {
  return db
    .select(columns)
    .from(channels)
    .where(and(eq(channels.platform, platform), inList(channels.alternateExternalId, externalIds)))
}

/** Every channel of these accounts, of whichever tenant. */
export async function findChannelsByAccount(
  db: Database,
  platform: Platform,
  accountIds: readonly string[],
): Promise<DirectoryChannel[]> {
  if (accountIds.length === 0) return []
  return selectByAccount(db, platform, accountIds)
}

export function selectByAccount(db: Database, platform: Platform, accountIds: readonly string[]) {
  return db
    .select(columns)
    .from(channels)
    .where(and(eq(channels.platform, platform), inList(channels.accountId, accountIds)))
}

/** A tenant's channels of one platform whose webhooks its own Meta app signs. */
export async function findChannelsOfApp(
  db: Database,
  tenantId: string,
  platform: Platform,
  metaAppId: string,
): Promise<DirectoryChannel[]> {
  return db
    .select(columns)
    .from(channels)
    .where(and(eq(channels.tenantId, tenantId), eq(channels.platform, platform), eq(channels.metaAppId, metaAppId)))
}
