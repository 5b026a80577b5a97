import { receive } from '../hub/call-hub.ts'
import type { IngestItem, ItemResult } from '../ingest/items.ts'
import { derivedId } from '../lib/derived-id.ts'
import type { BroadcastItem, BroadcastResult } from '../protocol/api.ts'
import type { DirectoryChannel } from '../store/channel-directory.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { type UploadRow, findUploads } from '../store/uploads.ts'
import { type ItemError, checkItem } from './broadcast-check.ts'
import { type TextObject, isNewMessage, meaningOf } from './broadcast-item.ts'
import { channelLookup } from './channel-lookup.ts'

/** What became of one item: stored in some way, or refused by itself. */
export type BroadcastOutcome = { ok: true; result: BroadcastResult } | { ok: false; error: ItemError }

type Ready = { ok: true; ingest: IngestItem; overflow?: TextObject }
type Prepared = Ready | { ok: false; error: ItemError }

/** Takes in what a tenant's server or companion saw. One outcome for each value, in order. */
export async function takeInBroadcast(
  env: Env,
  tenantId: string,
  values: readonly unknown[],
): Promise<BroadcastOutcome[]> {
  const prepared = await prepare(openDatabase(env.DB), tenantId, values)
  const ready = prepared.filter((one) => one.ok)
  // Before the rows: a message never names an object that is not there.
  await Promise.all(ready.map(({ overflow }) => putText(env, overflow)))
  const results = await receive(
    env,
    tenantId,
    ready.map(({ ingest }) => ingest),
  )
  const byItem = new Map(ready.map((one, at) => [one, results[at]]))
  return prepared.map((one) => (one.ok ? outcomeOf(byItem.get(one)) : one))
}

async function prepare(db: Database, tenantId: string, values: readonly unknown[]): Promise<Prepared[]> {
  const checked = values.map(checkItem)
  const items = checked.flatMap((one) => (one.ok ? [one.item] : []))
  const [channels, uploads] = await Promise.all([
    findOwnChannels(db, tenantId, items),
    findUploads(db, tenantId, { ids: items.flatMap(uploadIdsOf), now: Date.now() }),
  ])
  return checked.map((one) => (one.ok ? prepareItem(one.item, channels, uploads) : one))
}

const channelKey = ({ platform, external_id }: BroadcastItem['channel']) => `${platform} ${external_id}`

/** Another tenant's channel is simply not found: a key says nothing about anybody else's accounts (G10). */
async function findOwnChannels(
  db: Database,
  tenantId: string,
  items: readonly BroadcastItem[],
): Promise<ReadonlyMap<string, DirectoryChannel>> {
  const byPlatform = Map.groupBy(items, (item) => item.channel.platform)
  const found = await Promise.all(
    [...byPlatform].map(([platform, ofPlatform]) =>
      channelLookup.find(
        db,
        platform,
        ofPlatform.map((item) => item.channel.external_id),
      ),
    ),
  )
  const own = found.flatMap((map) => [...map.values()]).filter((channel) => channel.tenantId === tenantId)
  return new Map(own.map((channel) => [`${channel.platform} ${channel.externalId}`, channel]))
}

function uploadIdsOf(item: BroadcastItem): string[] {
  if (item.kind === 'file') return 'upload_id' in item.file ? [item.file.upload_id] : []
  if (!isNewMessage(item)) return []
  return (item.message.attachments ?? []).flatMap((file) => ('upload_id' in file ? [file.upload_id] : []))
}

function prepareItem(
  broadcast: BroadcastItem,
  channels: ReadonlyMap<string, DirectoryChannel>,
  uploads: ReadonlyMap<string, UploadRow>,
): Prepared {
  const channel = channels.get(channelKey(broadcast.channel))
  if (channel === undefined) return notFound('channel.not_found', 'This tenant has no such channel.')
  if (uploadIdsOf(broadcast).some((id) => !uploads.has(id))) {
    return notFound('upload.not_found', 'An attachment names an upload that does not exist.')
  }
  const { tenantId, id, platform } = channel
  // The same message has the same object, so that a repetition writes nothing new.
  const textOf = 'message' in broadcast ? broadcast.message.external_id : ''
  const textKey = `t/${tenantId}/${derivedId(tenantId, 'text', id, textOf)}`
  const { item, overflow } = meaningOf(broadcast, uploads, textKey)
  return { ok: true, ingest: { channel: { id, platform }, item }, ...(overflow === undefined ? {} : { overflow }) }
}

function notFound(code: string, message: string): Prepared {
  return { ok: false, error: { code, message, status: 404 } }
}

async function putText(env: Env, overflow: TextObject | undefined): Promise<void> {
  if (overflow !== undefined) await env.BUCKET.put(overflow.objectKey, overflow.text)
}

function outcomeOf(result: ItemResult | undefined): BroadcastOutcome {
  if (result === undefined) throw new Error('The hub gave no result for an item')
  const { outcome, messageId, conversationId, seq, code } = result
  if (outcome === 'refused') {
    const error = { code: code ?? 'item.refused', message: 'The item cannot be stored.', status: 422 as const }
    return { ok: false, error }
  }
  const ids = { message_id: messageId, conversation_id: conversationId, seq }
  const parked = outcome === 'parked' ? { parked: true } : {}
  return { ok: true, result: { ...ids, duplicate: outcome === 'duplicate', ...parked } }
}
