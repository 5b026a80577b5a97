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
  accountId: string | null
  metaAppId: string | null
}

const columns = {
  tenantId: channels.tenantId,
  id: channels.id,
  platform: channels.platform,
  externalId: channels.externalId,
  accountId: channels.accountId,
  metaAppId: channels.metaAppId,
}

/** One account belongs to one tenant, so each external id has one channel at most. */
export async function findChannelsByExternalId(
  db: Database,
  platform: Platform,
  externalIds: readonly string[],
): Promise<DirectoryChannel[]> {
  if (externalIds.length === 0) return []
  return selectByExternalId(db, platform, externalIds)
}

export function selectByExternalId(db: Database, platform: Platform, externalIds: readonly string[]) {
  return db
    .select(columns)
    .from(channels)
    .where(and(eq(channels.platform, platform), inList(channels.externalId, externalIds)))
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
