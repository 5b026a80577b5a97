import { type SQL, sql } from 'drizzle-orm'
import type { Keys } from './keys.ts'

/*
 * By what the rows are found that a batch of items touches. Joins are crossed so that the list leads, and each part is a
 * query of its own: of a list put together SQLite looks up nothing by an index, it goes through the tenant's whole table.
 */

const listOf = (values: readonly unknown[]): SQL => sql`json_each(${JSON.stringify(values)}) as wanted`

const unionOf = (parts: readonly SQL[]): SQL => sql.join([...parts], sql` union `)

const contactsBy = (tenantId: string, aliases: Keys['aliases']): SQL =>
  sql`${listOf(aliases)} cross join contact_aliases a
    on a.tenant_id = ${tenantId} and a.channel_id = wanted.value ->> 0
      and a.kind = wanted.value ->> 1 and a.value = wanted.value ->> 2`

/** The messages that may get an external id by these items. */
const settlingMessages = (tenantId: string, { settling }: Keys): SQL =>
  sql`${listOf(settling)} cross join messages owner on owner.tenant_id = ${tenantId} and owner.id = wanted.value ->> 0`

/** Conversations of those that have one already, by a guess that may turn out wrong: then its echo is looked at again. */
const guessedConversations = (tenantId: string, keys: Keys): SQL =>
  sql`select owner.conversation_id as id from ${settlingMessages(tenantId, keys)} cross join parked_items p
    on p.tenant_id = ${tenantId} and p.channel_id = owner.channel_id
      and p.target_external_id = owner.external_id and p.key = 'echo'`

/** Who the items name, and whom the messages are with that get an external id. */
export function contactIds(tenantId: string, keys: Keys): SQL {
  const parts = [sql`select a.contact_id from ${contactsBy(tenantId, keys.aliases)}`]
  if (keys.settling.length > 0) {
    parts.push(sql`select c.contact_id from ${settlingMessages(tenantId, keys)}
      cross join conversations c on c.tenant_id = ${tenantId} and c.id = owner.conversation_id`)
  }
  return unionOf(parts)
}

export function aliasRows(tenantId: string, keys: Keys): SQL {
  const parts = [sql`select a.rowid from ${contactsBy(tenantId, keys.aliases)}`]
  if (keys.settling.length > 0) {
    parts.push(sql`select a.rowid from (${guessedConversations(tenantId, keys)}) g
      cross join conversations c on c.tenant_id = ${tenantId} and c.id = g.id
      cross join contact_aliases a on a.tenant_id = ${tenantId} and a.contact_id = c.contact_id`)
  }
  return unionOf(parts)
}

/** Conversations that items name, and what those became part of. */
export const namedIds = (tenantId: string, { conversations }: Keys): SQL =>
  sql`with recursive named (id) as (
      select wanted.value from ${listOf(conversations)}
      union
      select c.merged_into from named cross join conversations c
        on c.tenant_id = ${tenantId} and c.id = named.id and c.merged_into is not null
    ) select id from named`

/** Ids of the messages that are read with all that belongs to them. Five parts: D1 takes no more in one query. */
export function touchedIds(tenantId: string, keys: Keys): SQL {
  const parts = [
    sql`select m.id from ${listOf(keys.messages)} cross join messages m
      on m.tenant_id = ${tenantId} and m.channel_id = wanted.value ->> 0 and m.external_id = wanted.value ->> 1`,
  ]
  const whereEchoesBelong: SQL[] = []
  if (keys.messageIds.length > 0) parts.push(sql`select wanted.value from ${listOf(keys.messageIds)}`)
  if (keys.settling.length > 0) {
    parts.push(sql`select m.id from ${settlingMessages(tenantId, keys)} cross join messages m
      on m.tenant_id = ${tenantId} and m.channel_id = owner.channel_id and m.external_id = wanted.value ->> 1`)
    whereEchoesBelong.push(guessedConversations(tenantId, keys))
  }
  if (keys.echoes.length > 0) {
    whereEchoesBelong.push(sql`select c.id from ${contactsBy(tenantId, keys.echoes)}
      cross join conversations c on c.tenant_id = ${tenantId} and c.contact_id = a.contact_id`)
  }
  if (whereEchoesBelong.length > 0) parts.push(...unnamedIds(tenantId, unionOf(whereEchoesBelong)))
  return unionOf(parts)
}

/** How far back an echo looks for a message of which nobody can tell whether it was sent. */
const maxUnknown = 50

/** Replies that the platform may have, though its id for them is not known: what an echo may be of. */
const unnamedIds = (tenantId: string, conversations: SQL): SQL[] => [
  sql`select j.message_id from (${conversations}) c cross join jobs j
    on j.tenant_id = ${tenantId} and j.conversation_id = c.id and j.kind = 'send'
      and j.state in ('due', 'running', 'sending')`,
  sql`select m.id from (${conversations}) c cross join messages m
    on m.tenant_id = ${tenantId} and m.id in (${newestIds(tenantId, maxUnknown)})
    where m.status = 'unknown' and m.external_id is null`,
]

/** Of the conversation `c`; without what is left of doubles. */
const newestIds = (tenantId: string, limit: number): SQL =>
  sql`select near.id from messages near where near.tenant_id = ${tenantId} and near.conversation_id = c.id
    and (near.deleted_at is null or near.external_id is not null)
    order by near.created_at desc, near.seq desc limit ${limit}`

/** What is parked under the external ids that items name, that messages get by them, and that messages have. */
export function parkedRows(tenantId: string, keys: Keys): SQL {
  const parts = [
    sql`select p.rowid from ${listOf(keys.messages)} cross join parked_items p
      on p.tenant_id = ${tenantId} and p.channel_id = wanted.value ->> 0 and p.target_external_id = wanted.value ->> 1`,
  ]
  if (keys.settling.length > 0) {
    parts.push(sql`select p.rowid from ${settlingMessages(tenantId, keys)} cross join parked_items p
      on p.tenant_id = ${tenantId} and p.channel_id = owner.channel_id and p.target_external_id = wanted.value ->> 1`)
  }
  if (keys.messageIds.length > 0) {
    parts.push(sql`select p.rowid from ${listOf(keys.messageIds)}
      cross join messages m on m.tenant_id = ${tenantId} and m.id = wanted.value
      cross join parked_items p
        on p.tenant_id = ${tenantId} and p.channel_id = m.channel_id and p.target_external_id = m.external_id`)
  }
  return unionOf(parts)
}

/** How many of a conversation's newest messages a mark of its contact reaches. */
const maxMarked = 500
/** How many of a conversation's newest messages may turn out to be doubles at once. */
const maxDoubles = 20

/** What marks apply to, and what comes last in a conversation when the last message turns out to be another's double. */
export const passingIds = (tenantId: string, keys: Keys): SQL =>
  unionOf([
    sql`select m.id from ${contactsBy(tenantId, keys.watermarks)}
      cross join conversations c on c.tenant_id = ${tenantId} and c.contact_id = a.contact_id
      cross join messages m on m.tenant_id = ${tenantId} and m.id in (${newestIds(tenantId, maxMarked)})
      where m.direction = 'outbound' and m.status in ('sent', 'delivered')`,
    sql`select m.id from (select owner.conversation_id as id from ${settlingMessages(tenantId, keys)}) c
      cross join messages m on m.tenant_id = ${tenantId} and m.id in (${newestIds(tenantId, maxDoubles)})`,
  ])

/** Messages, and files that something is said of. */
export function jobSubjects(tenantId: string, keys: Keys): SQL {
  const { attachments, messageIds } = keys
  if (!keys.needsJobs) return sql`select wanted.value from ${listOf(attachments)}`
  return touchedIds(tenantId, { ...keys, messageIds: [...messageIds, ...attachments] })
}
