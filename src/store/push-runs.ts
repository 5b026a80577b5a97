import { and, eq, sql } from 'drizzle-orm'
import { type Database, inList } from './database.ts'
import type { Head } from './journal.ts'
import { type Candidate, readSeqOfConversation, shortData } from './notifications.ts'
import { pushSubscriptions } from './push-schema.ts'
import type { PushSubscriptionRow } from './push.ts'
import { isEnabled } from './revocations.ts'

// What sending pushes reads and writes: the cursor of a tenant, the lines past it, and what became of them.

export type PushClaim =
  | { kind: 'claimed'; seq: number; epoch: string; leaseId: string }
  /** Somebody else pushes this tenant's journal. */
  | { kind: 'busy'; waitMs: number }
  | { kind: 'none' }

/** Whoever has claimed a tenant is the only one to push for it, until the lease ends. */
export async function claimPush(
  d1: D1Database,
  tenantId: string,
  { leaseId, now, leaseMs }: { leaseId: string; now: number; leaseMs: number },
): Promise<PushClaim> {
  const claim = d1
    .prepare(
      `update push_cursors set lease_id = ?2, lease_until = ?4 where tenant_id = ?1 and lease_until <= ?3
         returning seq, epoch`,
    )
    .bind(tenantId, leaseId, now, now + leaseMs)
  const claimed = await claim.first<Head>()
  if (claimed !== null) return { kind: 'claimed', ...claimed, leaseId }
  const held = await d1
    .prepare('select lease_until as leaseUntil from push_cursors where tenant_id = ?1')
    .bind(tenantId)
    .first<{ leaseUntil: number }>()
  return held === null ? { kind: 'none' } : { kind: 'busy', waitMs: Math.max(0, held.leaseUntil - now) }
}

type Lease = { tenantId: string; leaseId: string }

/** Ends a lease; without any subscription the tenant's cursor goes as well. */
export async function releasePush(d1: D1Database, { tenantId, leaseId }: Lease): Promise<void> {
  const release = d1.prepare('update push_cursors set lease_until = 0 where tenant_id = ?1 and lease_id = ?2')
  const drop = d1.prepare(
    `delete from push_cursors where tenant_id = ?1
       and not exists (select 1 from push_subscriptions s where s.tenant_id = ?1)`,
  )
  await d1.batch([release.bind(tenantId, leaseId), drop.bind(tenantId)])
}

/** A browser without its address and keys, which only those that are sent something need. */
export type PushRow = Pick<PushSubscriptionRow, 'id' | 'userId' | 'vapidKeyId' | 'attempts' | 'retryAt' | 'owedSeq'>

export async function readPushRows(db: Database, tenantId: string): Promise<PushRow[]> {
  const { id, userId, vapidKeyId, attempts, retryAt, owedSeq } = pushSubscriptions
  return db
    .select({ id, userId, vapidKeyId, attempts, retryAt, owedSeq })
    .from(pushSubscriptions)
    .where(
      and(
        eq(pushSubscriptions.tenantId, tenantId),
        sql.raw(isEnabled('push_subscriptions.tenant_id', 'push_subscriptions.user_id')),
      ),
    )
}

/** Of those that still belong to the user whom they are to be sent something for. */
export async function readSealed(
  db: Database,
  tenantId: string,
  rows: readonly Pick<PushRow, 'id' | 'userId'>[],
): Promise<ReadonlyMap<string, string>> {
  const { id, userId, sealed } = pushSubscriptions
  const ids = rows.map((row) => row.id)
  const found = await db
    .select({ id, userId, sealed })
    .from(pushSubscriptions)
    .where(and(eq(pushSubscriptions.tenantId, tenantId), inList(id, ids)))
  const owners = new Map(rows.map((row) => [row.id, row.userId]))
  return new Map(found.filter((row) => owners.get(row.id) === row.userId).map((row) => [row.id, row.sealed]))
}

/** Lines that tell of something, between two numbers, written at `since` or later. */
export type PushRange = { tenantId: string; after: number; upTo: number; since: number; limit: number }
export type PushLine = Omit<Candidate, 'isSingleRead'>

/** Oldest first. A limit on numbers, not only on lines: of what tells nobody there may be any amount. */
export function selectPushLines(d1: D1Database, { tenantId, after, upTo, since, limit }: PushRange) {
  return d1
    .prepare(
      `select e.seq as seq, e.type as type, e.platform as platform, e.created_at as at,
           ${shortData} as data, ${readSeqOfConversation} as conversationReadSeq
         from journal_events e where e.tenant_id = ?1 and e.seq > ?2 and e.seq <= ?3
           and +e.notify is not null and e.created_at >= ?4
         order by e.seq limit ?5`,
    )
    .bind(tenantId, after, upTo, since, limit)
}

/** As of one moment. */
export async function readPushPage(
  d1: D1Database,
  range: PushRange,
): Promise<{ head: Head | null; lines: PushLine[] }> {
  const selectHead = d1.prepare('select seq, epoch from journal_heads where tenant_id = ?1').bind(range.tenantId)
  const [heads, lines] = await d1.batch([selectHead, selectPushLines(d1, range)])
  const [head = null] = (heads?.results ?? []) as Head[]
  return { head, lines: (lines?.results ?? []) as PushLine[] }
}

/** A user's settings as JSON, and what they have read: all up to `readSeq`, and single lines of the range. */
export type PushReader = { userId: string; settings: string | null; readSeq: number; singles: number[] }

export async function readPushReaders(
  d1: D1Database,
  tenantId: string,
  { userIds, epoch, from, to }: { userIds: readonly string[]; epoch: string; from: number; to: number },
): Promise<ReadonlyMap<string, PushReader>> {
  const { results } = await d1
    .prepare(
      `select u.value as userId, s.settings as settings,
           case when s.epoch = ?3 then s.read_seq else 0 end as readSeq,
           (select json_group_array(r.seq) from notification_reads r where r.tenant_id = ?1 and r.user_id = u.value
             and r.epoch = ?3 and r.seq between ?4 and ?5) as singles
         from json_each(?2) u left join notification_settings s on s.tenant_id = ?1 and s.user_id = u.value`,
    )
    .bind(tenantId, JSON.stringify(userIds), epoch, from, to)
    .all<Omit<PushReader, 'singles'> & { singles: string }>()
  return new Map(results.map((row) => [row.userId, { ...row, singles: JSON.parse(row.singles) as number[] }]))
}

/**
 * What became of a browser's pushes. `sealed` is what it was then: one that has subscribed again meanwhile is not
 * touched. Null for `successAt` and `testedSeq` leaves what is there.
 */
export type PushResult = {
  id: string
  sealed: string
  isGone: boolean
  successAt: number | null
  attempts: number
  retryAt: number | null
  owedSeq: number | null
  testedSeq: number | null
}

export type PushProgress = Lease & {
  /** All up to there was sent, or is owed. */
  seq: number
  epoch: string
  results: readonly PushResult[]
  /** Browsers that nothing was sent to yet: from which line on. */
  owed: readonly { id: string; seq: number }[]
  now: number
  /** Browsers that nothing is owed to any more. */
  forgiven?: readonly string[]
}

/** One batch: what became of the pushes, and the cursor past them. A crash before it repeats them. */
export async function saveProgress(d1: D1Database, progress: PushProgress): Promise<void> {
  const { tenantId, leaseId, seq, epoch, results, owed, now, forgiven = [] } = progress
  const statements = [
    ...(forgiven.length > 0 ? [forgive(d1, tenantId, forgiven)] : []),
    ...(results.length > 0 ? [writeResults(d1, tenantId, results), deleteGone(d1, tenantId, results)] : []),
    ...(owed.length > 0 ? [writeOwed(d1, { tenantId, owed, now })] : []),
    d1
      .prepare('update push_cursors set seq = ?3, epoch = ?4 where tenant_id = ?1 and lease_id = ?2')
      .bind(tenantId, leaseId, seq, epoch),
  ]
  await d1.batch(statements)
}

function forgive(d1: D1Database, tenantId: string, ids: readonly string[]): D1PreparedStatement {
  return d1
    .prepare(
      `update push_subscriptions set owed_seq = null, retry_at = null
         where tenant_id = ?1 and id in (select value from json_each(?2))`,
    )
    .bind(tenantId, JSON.stringify(ids))
}

function writeResults(d1: D1Database, tenantId: string, results: readonly PushResult[]): D1PreparedStatement {
  const values = results
    .filter(({ isGone }) => !isGone)
    .map((one) => [one.id, one.sealed, one.successAt, one.attempts, one.retryAt, one.owedSeq, one.testedSeq])
  return d1
    .prepare(
      `update push_subscriptions set last_success_at = coalesce(o.value ->> 2, last_success_at),
           attempts = o.value ->> 3, retry_at = o.value ->> 4, owed_seq = o.value ->> 5,
           tested_seq = coalesce(o.value ->> 6, tested_seq)
         from json_each(?2) o where tenant_id = ?1 and push_subscriptions.id = o.value ->> 0 and sealed = o.value ->> 1`,
    )
    .bind(tenantId, JSON.stringify(values))
}

function deleteGone(d1: D1Database, tenantId: string, results: readonly PushResult[]): D1PreparedStatement {
  const gone = results.filter(({ isGone }) => isGone).map(({ id, sealed }) => [id, sealed])
  return d1
    .prepare(
      `delete from push_subscriptions where tenant_id = ?1
         and (id, sealed) in (select value ->> 0, value ->> 1 from json_each(?2))`,
    )
    .bind(tenantId, JSON.stringify(gone))
}

function writeOwed(
  d1: D1Database,
  { tenantId, owed, now }: Pick<PushProgress, 'tenantId' | 'owed' | 'now'>,
): D1PreparedStatement {
  return d1
    .prepare(
      `update push_subscriptions set owed_seq = min(coalesce(owed_seq, o.value ->> 1), o.value ->> 1), retry_at = ?3
         from json_each(?2) o where tenant_id = ?1 and push_subscriptions.id = o.value ->> 0`,
    )
    .bind(tenantId, JSON.stringify(owed.map(({ id, seq }) => [id, seq])), now)
}

/** How far a tenant's pushes are, and the browsers of some users with the newest test that each was sent. */
export async function readTested(
  d1: D1Database,
  tenantId: string,
  userIds: readonly string[],
): Promise<{ seq: number; browsers: { userId: string; testedSeq: number | null }[] }> {
  const cursor = d1.prepare('select seq from push_cursors where tenant_id = ?1').bind(tenantId)
  const browsers = d1
    .prepare(
      `select s.user_id as userId, s.tested_seq as testedSeq
         from json_each(?2) u cross join push_subscriptions s on s.tenant_id = ?1 and s.user_id = u.value`,
    )
    .bind(tenantId, JSON.stringify(userIds))
  const [cursors, rows] = await d1.batch<{ seq: number; userId: string; testedSeq: number | null }>([cursor, browsers])
  return { seq: cursors?.results[0]?.seq ?? 0, browsers: rows?.results ?? [] }
}

// Over all tenants (see the head of schema.ts).

/** Tenants with a browser that is owed something by now, or whose journal has gone on since it was pushed. */
export async function listBehind(d1: D1Database, { now, limit }: { now: number; limit: number }): Promise<string[]> {
  const results = await d1.batch<{ tenantId: string }>(selectBehind(d1, { now, limit }))
  return [...new Set(results.flatMap(({ results: rows }) => rows.map(({ tenantId }) => tenantId)))]
}

export function selectBehind(d1: D1Database, { now, limit }: { now: number; limit: number }): D1PreparedStatement[] {
  const owed = d1.prepare(
    `select distinct tenant_id as tenantId from push_subscriptions indexed by directory_push_owed
       where owed_seq is not null and retry_at <= ?1 limit ?2`,
  )
  const late = d1.prepare(
    `select c.tenant_id as tenantId from push_cursors c
       cross join journal_heads h on h.tenant_id = c.tenant_id and (h.seq > c.seq or h.epoch <> c.epoch)
       where c.lease_until <= ?1 order by c.lease_until, c.tenant_id limit ?2`,
  )
  return [owed.bind(now, limit), late.bind(now, limit)]
}
