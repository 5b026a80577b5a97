import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ParsedUpdate } from '../../src/channels/channel.ts'
import { log } from '../../src/lib/log.ts'
import { createChannel, deliver } from '../worker/inbox.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'
import { type Delivery, type Json, type Source, sources } from './real-deliveries.ts'

// Real deliveries through the real entrance: the hub, the database and quarantine are those of production.

type Tenant = { tenantId: string; channels: Map<string, string> }

type Item = Extract<ParsedUpdate, { kind: 'item' }>
const itemsOf = (updates: readonly ParsedUpdate[]): Item[] => updates.filter((update) => update.kind === 'item')
const channelOf = ({ to }: Item) => ('channelExternalId' in to ? to.channelExternalId : `account ${to.accountId}`)

async function connectAll({ platform }: Source, updates: readonly ParsedUpdate[], suffix: string): Promise<Tenant> {
  const tenantId = await createTenant()
  const channels = new Map<string, string>()
  for (const { to } of itemsOf(updates)) {
    if (!('channelExternalId' in to) || channels.has(to.channelExternalId)) continue
    const fields = {
      externalId: to.channelExternalId + suffix,
      accountId: to.accountId === undefined ? null : to.accountId + suffix,
    }
    channels.set(to.channelExternalId, (await createChannel(tenantId, platform, fields)).id)
  }
  return { tenantId, channels }
}

const quarantineKeys = async () =>
  (await env.DB.prepare('select tenant_id, id, reason from quarantine').all<{ reason: string }>()).results

/** How many rows there are of each kind, and why things are in quarantine, in order of arrival. */
async function traces({ tenantId }: Tenant) {
  const [counts] = await rowsOf<{ messages: number; events: number; parked: number }>(
    `select (select count(*) from messages where tenant_id = ?1) as messages,
       (select count(*) from journal_events where tenant_id = ?1) as events,
       (select count(*) from parked_items where tenant_id = ?1) as parked`,
    tenantId,
  )
  const kept = await env.DB.prepare('select reason from quarantine order by rowid').all<{ reason: string }>()
  return { ...(counts ?? { messages: 0, events: 0, parked: 0 }), quarantine: kept.results.map(({ reason }) => reason) }
}

/** Everything a reader can see, without ids and times that were made here. */
async function finalRows({ tenantId }: Tenant, suffix: string) {
  const messages = await rowsOf<Json>(
    `select substr(c.external_id, 1, length(c.external_id) - ${suffix.length}) as channel, m.external_id, m.type, m.content,
       m.status, m.direction, m.details, m.reply_to_external_id, m.edited_at is not null as edited,
       m.deleted_at is not null as deleted,
       (select json_group_array(by || ' ' || emoji) from (select by, emoji from reactions r
          where r.tenant_id = m.tenant_id and r.message_id = m.id and emoji is not null order by by)) as reactions,
       (select count(*) from attachments a where a.tenant_id = m.tenant_id and a.message_id = m.id) as files,
       ${aliasesOf('v.contact_id', 'm.tenant_id')} as contact
     from messages m
     join channels c on c.tenant_id = m.tenant_id and c.id = m.channel_id
     join conversations v on v.tenant_id = m.tenant_id and v.id = m.conversation_id
     where m.tenant_id = ?1 order by channel, m.external_id`,
    tenantId,
  )
  const conversations = await rowsOf<Json>(
    `select substr(c.external_id, 1, length(c.external_id) - ${suffix.length}) as channel, v.client_name, v.external_id,
       v.unread_count, v.status, ${aliasesOf('v.contact_id', 'v.tenant_id')} as contact
     from conversations v join channels c on c.tenant_id = v.tenant_id and c.id = v.channel_id
     where v.tenant_id = ?1 and v.status <> 'merged' order by channel, contact, v.thread`,
    tenantId,
  )
  const parked = await rowsOf<Json>(
    `select substr(c.external_id, 1, length(c.external_id) - ${suffix.length}) as channel, p.target_external_id, p.key
     from parked_items p join channels c on c.tenant_id = p.tenant_id and c.id = p.channel_id
     where p.tenant_id = ?1 order by channel, p.target_external_id, p.key`,
    tenantId,
  )
  const contacts = await rowsOf<Json>(
    `select substr(c.external_id, 1, length(c.external_id) - ${suffix.length}) as channel,
       ${aliasesOf('k.id', 'k.tenant_id')} as contact, k.delivered_until, k.read_until
     from contacts k join channels c on c.tenant_id = k.tenant_id and c.id = k.channel_id
     where k.tenant_id = ?1 and contact <> '[]' order by channel, contact`,
    tenantId,
  )
  return { messages, conversations, contacts, parked }
}

function aliasesOf(contact: string, tenant: string): string {
  return `(select json_group_array(kind || ' ' || value) from (select kind, value from contact_aliases
    where tenant_id = ${tenant} and contact_id = ${contact} order by kind, value))`
}

/** Always the same "random" numbers. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  return values
    .map((value) => ({ value, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value)
}

/** Of messages with one id only the first counts, in any order; the payloads come from many hands and share some ids. */
function withoutImpostors(items: readonly Item[]): Item[] {
  const first = new Map<string, string>()
  return items.filter((update) => {
    if (update.item.kind !== 'message') return true
    const key = `${channelOf(update)} ${update.item.externalId}`
    const content = JSON.stringify(update.item)
    if (!first.has(key)) first.set(key, content)
    return first.get(key) === content
  })
}

for (const { platform, payloads } of sources) {
  if (payloads.length === 0) log('info', 'real_payloads.left_out', { platform, reason: 'there are none here' })
}

/** Many of them use one id for different messages, so they are also tried with a number for each delivery. */
const ways = sources.flatMap((source) => {
  const apart = source.payloads.map(({ name, delivery }, at) => ({ name, delivery: source.move(delivery, `.${at}.`) }))
  return [
    { ...source, way: 'to the accounts they name' },
    { ...source, way: 'each to an account of its own', payloads: apart },
  ].filter(({ payloads }) => payloads.length > 0)
})

describe.skipIf(ways.length === 0).each(ways)('real deliveries for $platform, $way,', (source) => {
  const { platform, object, payloads, parse, move } = source
  const updates = payloads.flatMap(({ delivery }) => parse(move(delivery, '')))
  const suffix = '0'
  const send = (delivery: Delivery) => deliver(delivery, { platform })
  let first: Tenant

  beforeAll(async () => {
    first = await connectAll(source, updates, suffix)
  })

  it('are all answered 200 with every update counted, and each leaves a trace of what became of it', async () => {
    let before = await traces(first)
    for (const { name, delivery } of payloads) {
      const answer = await send(move(delivery, suffix))
      const parsed = parse(delivery)
      expect([name, answer.status, answer.body.received]).toEqual([name, 200, parsed.length])
      const after = await traces(first)
      log('info', 'real_payloads.file', {
        platform,
        file: name,
        updates: parsed.map((update) =>
          update.kind === 'item' ? update.item.kind : `${update.kind}: ${update.reason}`,
        ),
        messages: after.messages - before.messages,
        events: after.events - before.events,
        parked: after.parked - before.parked,
        quarantine: after.quarantine.slice(before.quarantine.length),
      })
      before = after
    }
  })

  it('leave every message stored once, and whatever else they say applied, parked or in quarantine', async () => {
    const { messages, parked } = await finalRows(first, suffix)
    const items = itemsOf(updates)
    const wanted = new Set(
      items.flatMap((one) => (one.item.kind === 'message' ? [`${channelOf(one)} ${one.item.externalId}`] : [])),
    )
    const stored = messages.map((row) => `${String(row['channel'])} ${String(row['external_id'])}`)
    expect([...stored].sort()).toEqual([...wanted].sort())
    const waiting = new Set(parked.map((row) => `${String(row['channel'])} ${String(row['target_external_id'])}`))
    for (const update of items) {
      if (!('targetExternalId' in update.item)) continue
      const target = `${channelOf(update)} ${update.item.targetExternalId}`
      expect([target, waiting.has(target)]).toEqual([target, !wanted.has(target)])
    }
    const refusedRaws = new Set(
      updates.flatMap((update) =>
        update.kind === 'refused' ? [JSON.stringify(move(update.raw as Delivery, suffix))] : [],
      ),
    )
    const kept = await quarantineKeys()
    expect(kept.length).toBeGreaterThanOrEqual(refusedRaws.size)
    const tally = (names: readonly string[]) =>
      [...Map.groupBy(names, (name) => name)].map(([name, all]) => `${name} ${all.length}`).sort()
    log('info', 'real_payloads.summary', {
      platform,
      deliveries: payloads.length,
      updates: updates.length,
      stored: stored.length,
      parked: parked.length,
      items: tally(items.map(({ item }) => item.kind)),
      ignored: tally(updates.flatMap((update) => (update.kind === 'ignored' ? [update.reason] : []))),
      quarantine: tally(kept.map(({ reason }) => reason)),
    })
  })

  it('change nothing when all of them come again', async () => {
    const journal = async () => {
      const [counts] = await rowsOf<{ seq: number; n: number; fetched: number }>(
        `select seq, (select count(*) from journal_events where tenant_id = ?1) as n,
           (select count(*) from journal_events e where tenant_id = ?1 and type = 'message_updated' and exists (
              select 1 from json_each(e.data, '$.message.attachments') where value ->> 'state' <> 'pending')) as fetched
         from journal_heads where tenant_id = ?1`,
        first.tenantId,
      )
      // Fetching the files goes on behind this and makes events of its own.
      return { isDense: counts?.seq === counts?.n, events: (counts?.n ?? 0) - (counts?.fetched ?? 0) }
    }
    const before = [await finalRows(first, suffix), await journal(), await quarantineKeys()]
    for (const { delivery } of payloads) expect((await send(move(delivery, suffix))).status).toBe(200)
    expect([await finalRows(first, suffix), await journal(), await quarantineKeys()]).toEqual(before)
  })

  it.each([1, 2, 3])('end in the same rows when shuffled and cut into other batches (%s)', async (seed) => {
    const mark = String(seed)
    const second = await connectAll(source, updates, mark)
    const random = createRandom(seed)
    const raws = shuffled(withoutImpostors(itemsOf(updates)), random).map(({ raw }) => move(raw as Delivery, mark))
    while (raws.length > 0) {
      const batch = raws.splice(0, 1 + Math.floor(random() * 12))
      const delivery = { object, entry: batch.flatMap((raw) => raw.entry) }
      expect((await send(delivery)).status).toBe(200)
    }
    expect(await finalRows(second, mark)).toEqual(await finalRows(first, suffix))
  })
})
