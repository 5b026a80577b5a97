import type { ParsedUpdate } from '../channels/channel.ts'
import { adapterFor } from '../channels/registry.ts'
import { receive } from '../hub/call-hub.ts'
import type { ItemResult } from '../ingest/items.ts'
import type { Platform } from '../protocol/words.ts'
import { type DirectoryChannel, findChannelsByAccount } from '../store/channel-directory.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { channelLookup } from './channel-lookup.ts'
import { readJson } from './read-json.ts'
import {
  type DeliverySource,
  type KnownChannels,
  type Refusal,
  type RoutedItem,
  destinationsOf,
  routeUpdates,
} from './routing.ts'

/**
 * What became of a signed delivery. `received` counts updates. What is in `refusals` was stored nowhere yet.
 * `unreadable`: the delivery could not be taken apart at all, and why.
 */
export type Intake =
  | { kind: 'taken'; received: number; items: number; ignored: number; refusals: readonly Refusal[]; failure?: Error }
  | { kind: 'unreadable'; reason: string }

/**
 * Takes a signed delivery in: parse, find whose it is, hand each tenant's items to its hub. One tenant's failure does
 * not hold up the others; it comes back as `failure`, and the sender has to send again.
 */
export async function takeIn(env: Env, source: DeliverySource, body: Uint8Array): Promise<Intake> {
  const adapter = adapterFor(source.platform)
  if (adapter === undefined) return { kind: 'unreadable', reason: 'platform.no_adapter' }
  const reading = readJson(body)
  if (!reading.ok) return { kind: 'unreadable', reason: reading.reason }
  const updates = adapter.parse(reading.value)
  const routes = routeUpdates(source, await knownChannels(openDatabase(env.DB), source.platform, updates), updates)
  const outcomes = await Promise.allSettled(
    [...routes.byTenant].map(([tenantId, items]) => handOver(env, tenantId, items)),
  )
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  const refusedLater = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
  const items = [...routes.byTenant.values()].reduce((sum, list) => sum + list.length, 0)
  const report = { received: updates.length, items, ignored: routes.ignored }
  const refusals = [...routes.refusals, ...refusedLater]
  return { kind: 'taken', ...report, refusals, ...(failed === undefined ? {} : { failure: errorOf(failed.reason) }) }
}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('a hub failed', { cause: reason })
}

async function knownChannels(
  db: Database,
  platform: Platform,
  updates: readonly ParsedUpdate[],
): Promise<KnownChannels> {
  const { externalIds, accountIds } = destinationsOf(updates)
  // Accounts are not remembered: a list that lacks a new channel would not be a miss.
  const [byExternalId, ofAccounts] = await Promise.all([
    channelLookup.find(db, platform, externalIds),
    findChannelsByAccount(db, platform, accountIds),
  ])
  return { byExternalId, byAccountId: Map.groupBy(ofAccounts, (channel: DirectoryChannel) => channel.accountId ?? '') }
}

/** Gives what the hub refused. */
async function handOver(env: Env, tenantId: string, items: readonly RoutedItem[]): Promise<Refusal[]> {
  const results = await receive(
    env,
    tenantId,
    items.map(({ ingest }) => ingest),
  )
  for (const { channel, ingest } of items) {
    const accountId = ingest.channel?.accountId
    if (accountId !== undefined && accountId !== channel.accountId) channelLookup.rememberAccount(channel, accountId)
  }
  return items.flatMap((item, at) => refusalOf(tenantId, item, results[at]))
}

function refusalOf(tenantId: string, { raw }: RoutedItem, result: ItemResult | undefined): Refusal[] {
  if (result?.outcome !== 'refused') return []
  return [{ tenantId, reason: result.code ?? 'item.refused', raw }]
}
