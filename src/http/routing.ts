import type { Destination, ParsedUpdate } from '../channels/channel.ts'
import type { IngestItem } from '../ingest/items.ts'
import type { Platform } from '../protocol/words.ts'
import type { DirectoryChannel } from '../store/channel-directory.ts'

/**
 * Whose signature a delivery carries. `metaAppId` null: the operator's own app, shared by tenants, and `tenantId` is
 * empty. Otherwise the app of one tenant.
 */
export type DeliverySource = { platform: Platform; metaAppId: string | null; tenantId: string }

/** What the directory knows of the accounts that a delivery names. */
export type KnownChannels = {
  byExternalId: ReadonlyMap<string, DirectoryChannel>
  byAccountId: ReadonlyMap<string, readonly DirectoryChannel[]>
}

/** An update that goes to quarantine. `tenantId` is empty while nobody owns it. */
export type Refusal = { tenantId: string; reason: string; raw: unknown }

export type RoutedItem = { channel: DirectoryChannel; ingest: IngestItem; raw: unknown }

export type Routes = {
  byTenant: ReadonlyMap<string, readonly RoutedItem[]>
  refusals: readonly Refusal[]
  ignored: number
}

/** The external ids and accounts that the updates name. */
export function destinationsOf(updates: readonly ParsedUpdate[]): { externalIds: string[]; accountIds: string[] } {
  const externalIds = new Set<string>()
  const accountIds = new Set<string>()
  for (const update of updates) {
    const to = update.kind === 'ignored' ? undefined : update.to
    if (to === undefined) continue
    if ('channelExternalId' in to) externalIds.add(to.channelExternalId)
    else accountIds.add(to.accountId)
  }
  return { externalIds: [...externalIds], accountIds: [...accountIds] }
}

/**
 * Sends each update where it belongs. A signature counts only for the accounts that are connected to the app that made
 * it (G10): anything else is kept under the signer, and its owner never hears of it.
 */
export function routeUpdates(source: DeliverySource, known: KnownChannels, updates: readonly ParsedUpdate[]): Routes {
  const byTenant = new Map<string, RoutedItem[]>()
  const refusals: Refusal[] = []
  let ignored = 0
  for (const update of updates) {
    if (update.kind === 'ignored') {
      ignored += 1
      continue
    }
    const place = placeOf(source, known, update.to)
    if (update.kind === 'refused') {
      refusals.push({ tenantId: ownerOf(source, place.channels), reason: update.reason, raw: update.raw })
    } else if (place.channels.length === 0) {
      refusals.push({ tenantId: source.tenantId, reason: place.problem, raw: update.raw })
    } else {
      for (const channel of place.channels) addItem(byTenant, channel, update)
    }
  }
  return { byTenant, refusals, ignored }
}

type Place = { channels: readonly DirectoryChannel[]; problem: 'channel.unknown' | 'asset.foreign' }

function placeOf(source: DeliverySource, known: KnownChannels, to: Destination | undefined): Place {
  const named = channelsOf(known, to)
  const channels = named.filter((channel) => isSignedFor(source, channel))
  return { channels, problem: named.length > 0 ? 'asset.foreign' : 'channel.unknown' }
}

function channelsOf(known: KnownChannels, to: Destination | undefined): readonly DirectoryChannel[] {
  if (to === undefined) return []
  if (!('channelExternalId' in to)) return known.byAccountId.get(to.accountId) ?? []
  const channel = known.byExternalId.get(to.channelExternalId)
  return channel === undefined ? [] : [channel]
}

function isSignedFor({ metaAppId, tenantId }: DeliverySource, channel: DirectoryChannel): boolean {
  return channel.metaAppId === metaAppId && (metaAppId === null || channel.tenantId === tenantId)
}

function ownerOf(source: DeliverySource, channels: readonly DirectoryChannel[]): string {
  const owners = new Set(channels.map((channel) => channel.tenantId))
  const [owner] = owners
  return owners.size === 1 && owner !== undefined ? owner : source.tenantId
}

type ItemUpdate = Extract<ParsedUpdate, { kind: 'item' }>

function addItem(byTenant: Map<string, RoutedItem[]>, channel: DirectoryChannel, { to, item, raw }: ItemUpdate): void {
  const { id, platform, accountId: knownAccountId, tenantId } = channel
  const ingest: IngestItem = { channel: { id, platform, accountId: to.accountId, knownAccountId }, item }
  const items = byTenant.get(tenantId)
  if (items === undefined) byTenant.set(tenantId, [{ channel, ingest, raw }])
  else items.push({ channel, ingest, raw })
}
