import { z } from 'zod'
import type { ChannelAdapter } from '../channels/channel.ts'
import type { PlatformCalls, PlatformIo } from '../channels/outbound.ts'
import { adapterFor } from '../channels/registry.ts'
import type { Config } from '../lib/config.ts'
import { errorFields, log } from '../lib/log.ts'
import { unseal } from '../lib/seal.ts'
import { type ChannelRow, findChannel } from '../store/channels.ts'
import type { Database } from '../store/database.ts'
import type { HealthRow } from '../store/wire.ts'

/** What it takes to speak to a platform. `now` in epoch ms. */
export type CallContext = {
  db: Database
  config: Config
  fetch: typeof fetch
  now: () => number
  /** Takes mail to be sent, where replies are sent. */
  mail?: NonNullable<PlatformIo['mail']>
}

/** A channel with everything its platform's calls need. */
export type OpenChannel = {
  channel: ChannelRow
  health: HealthRow | null
  adapter: ChannelAdapter
  calls: PlatformCalls
  io: PlatformIo
}

/** Why a channel cannot be spoken for. `read_only`: this build has no calls for its platform. */
export type Opening = { ok: true; open: OpenChannel } | { ok: false; reason: 'not_found' | 'read_only' | 'credentials' }

// Trust boundary: JSON from storage, written by whoever stored the credentials.
const Credentials = z.record(z.string(), z.string())

/** Reads a channel and unseals its credentials. Without any it opens as well: the platform's calls say what is missing. */
export async function openChannel(context: CallContext, tenantId: string, channelId: string): Promise<Opening> {
  const found = await findChannel(context.db, tenantId, channelId)
  if (found === undefined) return { ok: false, reason: 'not_found' }
  const { channel, health } = found
  const adapter = adapterFor(channel.platform)
  if (adapter?.calls === undefined) return { ok: false, reason: 'read_only' }
  const credentials = await readCredentials(context.config, channel)
  if (credentials === null) return { ok: false, reason: 'credentials' }
  const io = ioOf(context, channel, credentials)
  return { ok: true, open: { channel, health, adapter, calls: adapter.calls, io } }
}

/** Null when they cannot be read: another key sealed them, or they were altered. */
async function readCredentials(config: Config, channel: ChannelRow): Promise<Record<string, string> | null> {
  if (channel.sealedCredentials === null) return {}
  const { tenantId, id } = channel
  const context = { tenantId, kind: 'channel_credentials', rowId: id }
  try {
    return parseCredentials(await unseal(config.encryptionKeys, channel.sealedCredentials, context))
  } catch (error) {
    log('error', 'channel.credentials_unreadable', { tenantId, channelId: id, ...errorFields(error) })
    return null
  }
}

/** @throws Error that says nothing of the text: a parser's own words may repeat a part of it. */
function parseCredentials(json: string): Record<string, string> {
  try {
    return Credentials.parse(JSON.parse(json))
  } catch {
    throw new Error('the stored credentials have an unknown form')
  }
}

function ioOf(
  { config, fetch, now, mail }: CallContext,
  channel: ChannelRow,
  credentials: Record<string, string>,
): PlatformIo {
  const { externalId, alternateExternalId, accountId } = channel
  return {
    fetch,
    now,
    apiUrl: config.graphApiUrl,
    instagramApiUrl: config.instagramApiUrl,
    ...(mail === undefined ? {} : { mail }),
    channel: { externalId, alternateExternalId, accountId },
    credentials,
  }
}
