import { mailObjectKey } from '../../src/store/mail-objects.ts'
import type { ChannelIds, MessageRow, Tables } from './record.ts'

/** Keeps every version of a journal line: what was sent must be what the line said at the time. */
export async function keepJournalVersions(d1: D1Database): Promise<void> {
  const copy = `insert into simulator_versions (tenant_id, seq, data) values (new.tenant_id, new.seq, new.data)`
  await d1.batch([
    d1.prepare('create table if not exists simulator_versions (tenant_id text, seq integer, data text)'),
    d1.prepare('create index if not exists simulator_versions_tenant on simulator_versions (tenant_id)'),
    ...['insert', 'update'].map((what) =>
      d1.prepare(`create trigger if not exists simulator_${what} after ${what} on journal_events begin ${copy}; end`),
    ),
  ])
}

const orders = {
  journal_heads: 'tenant_id',
  journal_events: 'seq',
  simulator_versions: 'rowid',
  messages: 'seq',
  conversations: 'id',
  parked_items: 'target_external_id',
  reactions: 'message_id',
  contact_aliases: 'value',
  contacts: 'id',
  jobs: 'seq',
  attachments: 'id',
  quarantine: 'id',
  notes: 'seq',
} as const

/** Everything of one tenant. Objects of quarantine, files and mails are read as well. */
export async function readTables(
  { DB, BUCKET }: Pick<Env, 'DB' | 'BUCKET'>,
  { id: tenantId, channels }: { id: string; channels: ChannelIds },
): Promise<Tables> {
  const names = Object.keys(orders) as (keyof typeof orders)[]
  const results = await DB.batch<Record<string, unknown>>(
    names.map((name) =>
      DB.prepare(`select * from ${name} where tenant_id = ?1 order by ${orders[name]}`).bind(tenantId),
    ),
  )
  const rows = <Row>(name: keyof typeof orders): Row[] => (results[names.indexOf(name)]?.results ?? []) as Row[]
  const [head] = rows<Tables['head']>('journal_heads')
  if (head === undefined) throw new Error('The tenant has no journal')
  const mails = rows<MessageRow>('messages').filter(
    (row) => row.channel_id === channels.email && row.direction === 'inbound',
  )
  const kept = rows<{ id: string; reason: string; body: string | null; object_key: string | null }>('quarantine')
  return {
    head,
    events: rows('journal_events'),
    versions: rows('simulator_versions'),
    messages: rows('messages'),
    conversations: rows('conversations'),
    parked: rows('parked_items'),
    reactions: rows('reactions'),
    aliases: rows('contact_aliases'),
    contacts: rows('contacts'),
    jobs: rows('jobs'),
    notes: rows('notes'),
    attachments: await Promise.all(
      rows<Tables['attachments'][number]>('attachments').map((row) => withObject(BUCKET, row)),
    ),
    rawMails: await Promise.all(mails.map((mail) => readRaw(BUCKET, tenantId, mail))),
    quarantine: await Promise.all(
      kept.map(async ({ id, reason, body, object_key: key }) => {
        const object = key === null ? null : await BUCKET.get(key)
        return { id, reason, content: key === null ? body : object === null ? null : await object.text() }
      }),
    ),
  }
}

async function readRaw(bucket: R2Bucket, tenantId: string, { id, channel_id: channelId, external_id }: MessageRow) {
  const object = await bucket.get(mailObjectKey({ tenantId, channelId, externalId: external_id ?? '' }, 'raw'))
  return { message_id: id, content: object === null ? null : await object.text() }
}

async function withObject(
  bucket: R2Bucket,
  row: Tables['attachments'][number],
): Promise<Tables['attachments'][number]> {
  const object = row.object_key === null ? null : await bucket.get(row.object_key)
  return { ...row, content: object === null ? null : `${(await object.arrayBuffer()).byteLength} bytes` }
}

const tablesOfTenant = [
  ...Object.keys(orders),
  ...['channel_health', 'channels', 'service_keys', 'uploads', 'used_tokens', 'journal_mentions', 'staff'],
  ...['notification_settings', 'notification_reads'],
]

/** Removes a tenant, so that a long run does not slow down. */
export async function dropTenant(d1: D1Database, tenantId: string): Promise<void> {
  await d1.batch([
    ...tablesOfTenant.map((name) => d1.prepare(`delete from ${name} where tenant_id = ?1`).bind(tenantId)),
    d1.prepare('delete from tenants where id = ?1').bind(tenantId),
  ])
}
