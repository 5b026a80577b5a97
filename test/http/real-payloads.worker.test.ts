import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ParsedUpdate } from '../../src/channels/channel.ts'
import { parse } from '../../src/channels/whatsapp/parse.ts'
import { log } from '../../src/lib/log.ts'
import { createChannel, deliver } from '../worker/inbox.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'

// Real deliveries through the real entrance: the hub, the database and quarantine are those of production.

type Json = Record<string, unknown>
type Delivery = { object: string; entry: Json[] }
type Tenant = { tenantId: string; channels: Map<string, string> }

const payloads = env.WHATSAPP_PAYLOADS.map(({ name, text }) => ({ name, delivery: JSON.parse(text) as Delivery }))

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
/** The payloads come from many hands, and some name one number under several accounts; here the first one is right. */
const accountOf = new Map<string, string>()

function phoneOf(entry: Json): string | undefined {
  const changes: unknown[] = Array.isArray(entry['changes']) ? entry['changes'] : []
  const phones = changes.flatMap((change) => {
    const value = isObject(change) && isObject(change['value']) ? change['value'] : {}
    const phone = isObject(value['metadata']) ? value['metadata']['phone_number_id'] : undefined
    return typeof phone === 'string' ? [phone] : []
  })
  return phones[0]
}

function accountIn(entry: Json): unknown {
  const phone = phoneOf(entry)
  const account = entry['id']
  if (phone === undefined || typeof account !== 'string') return account
  if (!accountOf.has(phone)) accountOf.set(phone, account)
  return accountOf.get(phone)
}

/** The same delivery for other accounts: an account belongs to one tenant. What has no known form stays as it is. */
function moved(delivery: Delivery, suffix: string): Delivery {
  const move = (id: unknown) => (typeof id === 'string' ? id + suffix : id)
  const moveChange = (change: unknown): unknown => {
    if (!isObject(change) || !isObject(change['value']) || !isObject(change['value']['metadata'])) return change
    const { metadata } = change['value']
    if (!isObject(metadata) || !('phone_number_id' in metadata)) return change
    const named = { ...metadata, phone_number_id: move(metadata['phone_number_id']) }
    return { ...change, value: { ...change['value'], metadata: named } }
  }
  const moveEntry = (entry: Json): Json => ({
    ...entry,
    ...('id' in entry ? { id: move(accountIn(entry)) } : {}),
    ...(Array.isArray(entry['changes']) ? { changes: entry['changes'].map(moveChange) } : {}),
  })
  if (!Array.isArray(delivery.entry)) return delivery
  return { ...delivery, entry: delivery.entry.map((entry) => (isObject(entry) ? moveEntry(entry) : entry)) }
}

type Item = Extract<ParsedUpdate, { kind: 'item' }>
const itemsOf = (updates: readonly ParsedUpdate[]): Item[] => updates.filter((update) => update.kind === 'item')
const channelOf = ({ to }: Item) => ('channelExternalId' in to ? to.channelExternalId : `account ${to.accountId}`)

async function connectAll(updates: readonly ParsedUpdate[], suffix: string): Promise<Tenant> {
  const tenantId = await createTenant()
  const channels = new Map<string, string>()
  for (const { to } of itemsOf(updates)) {
    if (!('channelExternalId' in to) || channels.has(to.channelExternalId)) continue
    const fields = {
      externalId: to.channelExternalId + suffix,
      accountId: to.accountId === undefined ? null : to.accountId + suffix,
    }
    channels.set(to.channelExternalId, (await createChannel(tenantId, 'whatsapp', fields)).id)
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
  return { messages, conversations, parked }
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

if (payloads.length === 0) log('info', 'real_payloads.left_out', { reason: 'there are none here' })

/** Many of them use one id for different messages, so they are also tried with a number for each delivery. */
const apart = payloads.map(({ name, delivery }, at) => ({ name, delivery: moved(delivery, `.${at}.`) }))

describe.skipIf(payloads.length === 0).each([
  ['to the numbers they name', payloads],
  ['each to a number of its own', apart],
])('real WhatsApp deliveries, %s,', (_, payloads) => {
  const updates = payloads.flatMap(({ delivery }) => parse(moved(delivery, '')))
  const suffix = '0'
  let first: Tenant

  beforeAll(async () => {
    first = await connectAll(updates, suffix)
  })

  it('are all answered 200 with every update counted, and each leaves a trace of what became of it', async () => {
    let before = await traces(first)
    for (const { name, delivery } of payloads) {
      const answer = await deliver(moved(delivery, suffix))
      const parsed = parse(delivery)
      expect([name, answer.status, answer.body.received]).toEqual([name, 200, parsed.length])
      const after = await traces(first)
      log('info', 'real_payloads.file', {
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
        update.kind === 'refused' ? [JSON.stringify(moved(update.raw as Delivery, suffix))] : [],
      ),
    )
    const kept = await quarantineKeys()
    expect(kept.length).toBeGreaterThanOrEqual(refusedRaws.size)
    const tally = (names: readonly string[]) =>
      [...Map.groupBy(names, (name) => name)].map(([name, all]) => `${name} ${all.length}`).sort()
    log('info', 'real_payloads.summary', {
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
    const journal = () =>
      rowsOf(
        'select seq, (select count(*) from journal_events where tenant_id = ?1) as n from journal_heads where tenant_id = ?1',
        first.tenantId,
      )
    const before = [await finalRows(first, suffix), await journal(), await quarantineKeys()]
    for (const { delivery } of payloads) expect((await deliver(moved(delivery, suffix))).status).toBe(200)
    expect([await finalRows(first, suffix), await journal(), await quarantineKeys()]).toEqual(before)
  })

  it.each([1, 2, 3])('end in the same rows when shuffled and cut into other batches (%s)', async (seed) => {
    const mark = String(seed)
    const second = await connectAll(updates, mark)
    const random = createRandom(seed)
    const raws = shuffled(withoutImpostors(itemsOf(updates)), random).map(({ raw }) => moved(raw as Delivery, mark))
    while (raws.length > 0) {
      const batch = raws.splice(0, 1 + Math.floor(random() * 12))
      const delivery = { object: 'whatsapp_business_account', entry: batch.flatMap((raw) => raw.entry) }
      expect((await deliver(delivery)).status).toBe(200)
    }
    expect(await finalRows(second, mark)).toEqual(await finalRows(first, suffix))
  })
})
