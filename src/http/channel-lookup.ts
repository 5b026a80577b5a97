import { createTtlCache } from '../lib/ttl-cache.ts'
import type { Platform } from '../protocol/words.ts'
import { type DirectoryChannel, findChannelsByExternalId } from '../store/channel-directory.ts'
import type { Database } from '../store/database.ts'

/** How long an isolate may go on believing what the directory said. */
const maxAgeMs = 60_000

/** The channels of external ids, remembered for a minute. A miss is always read, so a new channel works at once. */
export type ChannelLookup = {
  find(db: Database, platform: Platform, externalIds: readonly string[]): Promise<ReadonlyMap<string, DirectoryChannel>>
  /** What ingest has just learned, so that it is not written again with every delivery. */
  rememberAccount(channel: DirectoryChannel, accountId: string): void
}

export function createChannelLookup(now: () => number): ChannelLookup {
  const entries = createTtlCache<{ channel: DirectoryChannel }>(now, maxAgeMs)
  const keyOf = (platform: Platform, externalId: string) => `${platform} ${externalId}`

  return {
    async find(db, platform, externalIds) {
      const wanted = [...new Set(externalIds)]
      const found = wanted.flatMap((id) => entries.get(keyOf(platform, id))?.channel ?? [])
      const known = new Set(found.map((channel) => channel.externalId))
      const missing = wanted.filter((id) => !known.has(id))
      const read = await findChannelsByExternalId(db, platform, missing)
      for (const channel of read) entries.set(keyOf(channel.platform, channel.externalId), { channel })
      return new Map([...found, ...read].map((channel) => [channel.externalId, channel]))
    },
    rememberAccount(channel, accountId) {
      const entry = entries.get(keyOf(channel.platform, channel.externalId))
      // In place: learning an account does not make the rest of the entry any younger.
      if (entry?.channel.id === channel.id) entry.channel = { ...entry.channel, accountId }
    },
  }
}

/** This isolate's own. */
export const channelLookup = createChannelLookup(() => Date.now())
