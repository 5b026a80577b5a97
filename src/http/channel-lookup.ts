import { createTtlCache } from '../lib/ttl-cache.ts'
import type { Platform } from '../protocol/words.ts'
import { type DirectoryChannel, findChannelsByExternalId } from '../store/channel-directory.ts'
import type { Database } from '../store/database.ts'

/** How long an isolate may go on believing what the directory said. */
const maxAgeMs = 60_000

/** The channels of external ids, remembered for a minute. A miss is always read, so a new channel works at once. */
export type ChannelLookup = {
  /** By the id that was asked for; a channel may have a second one. */
  find(db: Database, platform: Platform, externalIds: readonly string[]): Promise<ReadonlyMap<string, DirectoryChannel>>
  /** What ingest has just learned, so that it is not written again with every delivery. */
  rememberAccount(channel: DirectoryChannel, accountId: string): void
}

export function createChannelLookup(now: () => number): ChannelLookup {
  const entries = createTtlCache<{ channel: DirectoryChannel }>(now, maxAgeMs)
  const keyOf = (platform: Platform, externalId: string) => `${platform} ${externalId}`

  return {
    async find(db, platform, externalIds) {
      const found = new Map<string, DirectoryChannel>()
      for (const id of externalIds) {
        const channel = entries.get(keyOf(platform, id))?.channel
        if (channel !== undefined) found.set(id, channel)
      }
      const missing = [...new Set(externalIds)].filter((id) => !found.has(id))
      for (const [id, channel] of await findChannelsByExternalId(db, platform, missing)) {
        entries.set(keyOf(platform, id), { channel })
        found.set(id, channel)
      }
      return found
    },
    rememberAccount(channel, accountId) {
      for (const id of [channel.externalId, channel.alternateExternalId]) {
        const entry = id === null ? undefined : entries.get(keyOf(channel.platform, id))
        // In place: learning an account does not make the rest of the entry any younger.
        if (entry?.channel.id === channel.id) entry.channel = { ...entry.channel, accountId }
      }
    },
  }
}

/** This isolate's own. */
export const channelLookup = createChannelLookup(() => Date.now())
