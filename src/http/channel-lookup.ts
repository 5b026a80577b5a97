import type { Platform } from '../protocol/words.ts'
import { type DirectoryChannel, findChannelsByExternalId } from '../store/channel-directory.ts'
import type { Database } from '../store/database.ts'

/** How long an isolate may go on believing what the directory said. */
const maxAgeMs = 60_000
/** Entries beyond this are dropped, oldest first; an isolate has 128 MB for everything. */
const maxEntries = 10_000

type Entry = { channel: DirectoryChannel; readAt: number }

/** The channels of external ids, remembered for a minute. What is not remembered is always read, so a new channel works at once. */
export type ChannelLookup = {
  find(db: Database, platform: Platform, externalIds: readonly string[]): Promise<ReadonlyMap<string, DirectoryChannel>>
  /** What ingest has just learned, so that it is not written again with every delivery. */
  rememberAccount(channel: DirectoryChannel, accountId: string): void
}

export function createChannelLookup(now: () => number): ChannelLookup {
  const entries = new Map<string, Entry>()
  const keyOf = (platform: Platform, externalId: string) => `${platform} ${externalId}`

  function recall(platform: Platform, externalId: string): DirectoryChannel | undefined {
    const entry = entries.get(keyOf(platform, externalId))
    return entry !== undefined && now() - entry.readAt < maxAgeMs ? entry.channel : undefined
  }

  function remember(channel: DirectoryChannel): void {
    const key = keyOf(channel.platform, channel.externalId)
    entries.delete(key) // so that it becomes the newest
    entries.set(key, { channel, readAt: now() })
    const [oldest] = entries.keys()
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
  }

  return {
    async find(db, platform, externalIds) {
      const wanted = [...new Set(externalIds)]
      const found = wanted.flatMap((id) => recall(platform, id) ?? [])
      const known = new Set(found.map((channel) => channel.externalId))
      const missing = wanted.filter((id) => !known.has(id))
      const read = await findChannelsByExternalId(db, platform, missing)
      read.forEach(remember)
      return new Map([...found, ...read].map((channel) => [channel.externalId, channel]))
    },
    rememberAccount(channel, accountId) {
      const entry = entries.get(keyOf(channel.platform, channel.externalId))
      if (entry?.channel.id === channel.id) entry.channel = { ...entry.channel, accountId }
    },
  }
}

/** This isolate's own. */
export const channelLookup = createChannelLookup(Date.now)
