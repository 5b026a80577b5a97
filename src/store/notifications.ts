import { and, eq } from 'drizzle-orm'
import type { Platform } from '../protocol/words.ts'
import { type Database, inList } from './database.ts'
import { type Head, headOf, selectHead } from './journal.ts'
import { notificationSettings } from './notification-schema.ts'

// A user's settings and read marks, and the lines of the journal that may be notifications of theirs.

/** `settings` as JSON; null for the defaults. `readSeq` counts in the epoch of the head. */
export type UserState = { settings: string | null; readSeq: number; head: Head }

export async function readUserState(db: Database, tenantId: string, userId: string): Promise<UserState> {
  const { tenantId: tenant, userId: user } = notificationSettings
  const [heads, rows] = await db.batch([
    selectHead(db, tenantId),
    db
      .select()
      .from(notificationSettings)
      .where(and(eq(tenant, tenantId), eq(user, userId))),
  ])
  const head = headOf(heads)
  const [row] = rows
  return { settings: row?.settings ?? null, readSeq: row?.epoch === head.epoch ? row.readSeq : 0, head }
}

/** The settings of those users who have any, as JSON. */
export async function readSettings(
  db: Database,
  tenantId: string,
  userIds: readonly string[],
): Promise<Map<string, string | null>> {
  const { userId, settings } = notificationSettings
  const rows = await db
    .select({ userId, settings })
    .from(notificationSettings)
    .where(and(eq(notificationSettings.tenantId, tenantId), inList(userId, userIds)))
  return new Map(rows.map((row) => [row.userId, row.settings]))
}

export async function writeSettings(d1: D1Database, tenantId: string, userId: string, settings: string): Promise<void> {
  await d1
    .prepare(
      `insert into notification_settings (tenant_id, user_id, settings, epoch, read_seq)
         select ?1, ?2, ?3, epoch, seq from journal_heads where tenant_id = ?1
         on conflict (tenant_id, user_id) do update set settings = excluded.settings`,
    )
    .bind(tenantId, userId, settings)
    .run()
}

type Mark = { tenantId: string; userId: string; seq: number }

/** One is read. */
export async function markRead(d1: D1Database, { tenantId, userId, seq }: Mark): Promise<void> {
  await d1
    .prepare(
      `insert into notification_reads (tenant_id, user_id, epoch, seq)
         select ?1, ?2, h.epoch, cast(?3 as integer) from journal_heads h
           where h.tenant_id = ?1 and not exists (select 1 from notification_settings s
             where s.tenant_id = ?1 and s.user_id = ?2 and s.epoch = h.epoch and s.read_seq >= ?3)
         on conflict do nothing`,
    )
    .bind(tenantId, userId, seq)
    .run()
}

/** All up to a number are read, never what is still to come. The mark moves on only; the single ones below it go. */
export async function markAllRead(d1: D1Database, { tenantId, userId, seq }: Mark): Promise<void> {
  const move = d1.prepare(
    `insert into notification_settings (tenant_id, user_id, settings, epoch, read_seq)
       select ?1, ?2, null, epoch, min(cast(?3 as integer), seq) from journal_heads where tenant_id = ?1
       on conflict (tenant_id, user_id) do update set
         read_seq = case when epoch = excluded.epoch then max(read_seq, excluded.read_seq) else excluded.read_seq end,
         epoch = excluded.epoch`,
  )
  const drop = d1.prepare(
    `delete from notification_reads where tenant_id = ?1 and user_id = ?2 and exists (
       select 1 from notification_settings s where s.tenant_id = ?1 and s.user_id = ?2
         and (s.epoch <> notification_reads.epoch or s.read_seq >= notification_reads.seq))`,
  )
  await d1.batch([move.bind(tenantId, userId, seq), drop.bind(tenantId, userId)])
}

/** A line that may be a notification, and how far its conversation was read. */
export type Candidate = {
  seq: number
  type: string
  platform: Platform | null
  at: number
  data: string
  isSingleRead: number
  conversationReadSeq: number
}

/** Numbers from `from` up to before `before`. */
export type CandidateRange = { from: number; before: number; limit: number }
export type CandidateQuery = CandidateRange & {
  tenantId: string
  userId: string
  epoch: string
  pairs: readonly (readonly [string, string])[]
  wide: readonly string[]
}

/** Newest first. */
export async function readCandidates(d1: D1Database, query: CandidateQuery): Promise<Candidate[]> {
  return (await selectCandidates(d1, query).all<Candidate>()).results
}

/** Longer lines are cut to what a notification shows of them. */
const longData = 16_000
/** Of a line `e`; the tenant is the first parameter. */
export const shortData = `case when length(e.data) > ${longData} and e.type in ('new_message', 'message_updated')
    then json_set(json_remove(e.data, '$.message.details', '$.message.attachments', '$.message.reactions'),
      '$.message.content', substr(e.data ->> '$.message.content', 1, 2000))
    else e.data end`
/** How far the conversation of a line `e`, or one that it became part of, was read. */
export const readSeqOfConversation = `coalesce((
    with recursive named (id) as (
      select e.conversation_id
      union
      select o.merged_into from named cross join conversations o
        on o.tenant_id = ?1 and o.id = named.id and o.merged_into is not null
    )
    select max(c.read_seq) from named cross join conversations c on c.tenant_id = ?1 and c.id = named.id), 0)`

// Joins are crossed so that the list leads; the plus keeps a walk through the newest lines from becoming a sort of all.
export function selectCandidates(d1: D1Database, query: CandidateQuery): D1PreparedStatement {
  const { tenantId, userId, epoch, pairs, wide, from, before, limit } = query
  const walk = `select seq from (select x.seq from journal_events x
      where x.tenant_id = ?1 and x.seq >= ?5 and x.seq < ?6 and +x.notify in (select value from json_each(?8))
      order by x.seq desc limit ?7)`
  return d1
    .prepare(
      `select e.seq as seq, e.type as type, e.platform as platform, e.created_at as at,
           ${shortData} as data,
           exists (select 1 from notification_reads r where r.tenant_id = ?1 and r.user_id = ?2 and r.epoch = ?3
             and r.seq = e.seq) as isSingleRead,
           ${readSeqOfConversation} as conversationReadSeq
         from (
           select n.seq from json_each(?4) w cross join journal_events n on n.tenant_id = ?1 and n.seq in (
             select i.seq from journal_events i where i.tenant_id = ?1 and i.notify = w.value ->> 0
               and i.audience = w.value ->> 1 and i.seq >= ?5 and i.seq < ?6 order by i.seq desc limit ?7)
           union
           select seq from (select m.seq from journal_mentions m
             where m.tenant_id = ?1 and m.user_id = ?2 and m.seq >= ?5 and m.seq < ?6 order by m.seq desc limit ?7)
           union ${walk}
         ) found cross join journal_events e on e.tenant_id = ?1 and e.seq = found.seq
         order by e.seq desc limit ?7`,
    )
    .bind(tenantId, userId, epoch, JSON.stringify(pairs), from, before, limit, JSON.stringify(wide))
}
