import type { Head } from './journal.ts'
import { isEnabled } from './revocations.ts'

// The columns of `notification_settings` that are about digests. Every change of a schedule is a compare-and-set on what
// was read: of two that come at once, one counts.

type User = { tenantId: string; userId: string }

/** When a digest was due last and is next, and up to which line it told. */
export type DigestSchedule = {
  at: number | null
  dueAt: number | null
  seq: number | null
  sentAt: number | null
  attempts: number
}

/** `settings` as JSON; null for the defaults. `readSeq` counts in the epoch of the head. */
export type DigestRow = User &
  DigestSchedule & {
    settings: string | null
    confirmedAddress: string | null
    confirmedAt: number | null
    readSeq: number
    head: Head
  }

type RawDigest = Omit<DigestRow, 'head'> & { headSeq: number; headEpoch: string }

const columns = `s.tenant_id as tenantId, s.user_id as userId, s.settings as settings,
  s.digest_at as at, s.digest_due_at as dueAt, s.digest_seq as seq, s.digest_sent_at as sentAt,
  coalesce(s.digest_attempts, 0) as attempts, s.confirmed_address as confirmedAddress,
  s.address_confirmed_at as confirmedAt, case when s.epoch = h.epoch then s.read_seq else 0 end as readSeq,
  h.seq as headSeq, h.epoch as headEpoch`

function toDigest({ headSeq, headEpoch, ...row }: RawDigest): DigestRow {
  return { ...row, head: { seq: headSeq, epoch: headEpoch } }
}

/** Null for a user of whom nothing is known yet. */
export async function readDigest(d1: D1Database, { tenantId, userId }: User): Promise<DigestRow | null> {
  const row = await d1
    .prepare(
      `select ${columns} from notification_settings s cross join journal_heads h on h.tenant_id = s.tenant_id
         where s.tenant_id = ?1 and s.user_id = ?2`,
    )
    .bind(tenantId, userId)
    .first<RawDigest>()
  return row === null ? null : toDigest(row)
}

/** Digests of every tenant that are due, the longest waiting first. */
export async function readDueDigests(d1: D1Database, due: { now: number; limit: number }): Promise<DigestRow[]> {
  return (await selectDueDigests(d1, due).all<RawDigest>()).results.map(toDigest)
}

export function selectDueDigests(d1: D1Database, { now, limit }: { now: number; limit: number }): D1PreparedStatement {
  return d1
    .prepare(
      `select ${columns} from notification_settings s cross join journal_heads h on h.tenant_id = s.tenant_id
         cross join tenants t on t.id = s.tenant_id
         where s.digest_due_at <= ?1 and t.disabled_at is null and ${isEnabled('s.tenant_id', 's.user_id')} order by s.digest_due_at limit ?2`,
    )
    .bind(now, limit)
}

/** False when the schedule is not what was read any more. */
export async function moveDigest(
  d1: D1Database,
  { tenantId, userId, at, dueAt }: User & Pick<DigestSchedule, 'at' | 'dueAt'>,
  to: DigestSchedule,
): Promise<boolean> {
  const { meta } = await d1
    .prepare(
      `update notification_settings set digest_at = cast(?5 as integer), digest_due_at = cast(?6 as integer),
           digest_seq = cast(?7 as integer), digest_sent_at = cast(?8 as integer), digest_attempts = cast(?9 as integer)
         where tenant_id = ?1 and user_id = ?2 and digest_at is ?3 and digest_due_at is ?4`,
    )
    .bind(tenantId, userId, at, dueAt, to.at, to.dueAt, to.seq, to.sentAt, to.attempts)
    .run()
  return meta.changes > 0
}

type OfAddress = User & { address: string }

/** The owner of an address wants digests. False when the user has another one by now. */
export async function confirmAddress(d1: D1Database, { tenantId, userId, address }: OfAddress, now: number) {
  const { meta } = await d1
    .prepare(
      `update notification_settings set confirmed_address = ?3,
           address_confirmed_at = case when confirmed_address = ?3 then address_confirmed_at else cast(?4 as integer) end
         where tenant_id = ?1 and user_id = ?2 and settings ->> '$.digest.address' = ?3`,
    )
    .bind(tenantId, userId, address, now)
    .run()
  return meta.changes > 0
}

/** Switches a user's digests off, as their settings would, as long as they go to this address. */
export async function stopDigests(d1: D1Database, { tenantId, userId, address }: OfAddress): Promise<void> {
  await d1
    .prepare(
      `update notification_settings set settings = json_set(settings, '$.digest.enabled', json('false')),
           digest_at = null, digest_due_at = null
         where tenant_id = ?1 and user_id = ?2 and settings ->> '$.digest.address' = ?3`,
    )
    .bind(tenantId, userId, address)
    .run()
}

/**
 * Takes one of the mails that may ask for a confirmation: several at once, and then one every `stepMs`. Null when it may
 * go out; else in how many ms one may again.
 */
export async function paceConfirmation(
  d1: D1Database,
  { tenantId, userId }: User,
  { now, stepMs, burst }: { now: number; stepMs: number; burst: number },
): Promise<number | null> {
  const { meta } = await d1
    .prepare(
      `update notification_settings set confirmation_pace = cast(max(coalesce(confirmation_pace, 0), ?3) + ?4 as integer)
         where tenant_id = ?1 and user_id = ?2 and max(coalesce(confirmation_pace, 0), ?3) + ?4 <= ?3 + ?4 * ?5`,
    )
    .bind(tenantId, userId, now, stepMs, burst)
    .run()
  if (meta.changes > 0) return null
  const row = await d1
    .prepare('select confirmation_pace as pace from notification_settings where tenant_id = ?1 and user_id = ?2')
    .bind(tenantId, userId)
    .first<{ pace: number | null }>()
  return Math.max(0, (row?.pace ?? now) + stepMs - (now + stepMs * burst))
}
