import { type SQL, and, eq, sql } from 'drizzle-orm'
import type { Platform } from '../protocol/words.ts'
import { companionLeases } from './companion-schema.ts'
import { type Database, inList } from './database.ts'
import { channelHealth, channels } from './schema.ts'
import type { HealthRow } from './wire.ts'

export type LeaseRow = typeof companionLeases.$inferSelect

/** A channel that a companion may run, with whoever runs it. `cursor`: up to it, every reply has ended. */
export type LeasedChannel = {
  id: string
  platform: Platform
  externalId: string
  lease: LeaseRow | null
  health: HealthRow | null
  cursor: number
}

/** `sends`: false where the companion can only read. */
export type WishedAccount = { platform: Platform; externalId: string; sends?: boolean }

/** Who asks for which channels. Times in epoch ms. */
export type LeaseWish = {
  tenantId: string
  companionId: string
  /** Which of the companion's processes asks, where it says so. */
  instanceId?: string | undefined
  /** It is a new process, and takes over from an earlier one of its companion. */
  starts?: boolean
  accounts: readonly WishedAccount[]
  now: number
  leaseMs: number
}

/** Who holds a lease: a companion, and which of its processes where that is known. */
export function holderOf({ companionId, instanceId }: Pick<LeaseWish, 'companionId' | 'instanceId'>): string {
  return instanceId === undefined ? companionId : `${companionId}/${instanceId}`
}

export function companionOf({ holder }: LeaseRow): string {
  return holder.split('/', 1)[0] ?? holder
}

/**
 * Takes, or goes on with, every lease that nobody else holds, and reads them all as of that moment. One statement decides:
 * of any number at once, one gets a channel, and the token grows when that is another one than before.
 */
export async function acquireLeases(db: Database, d1: D1Database, wish: LeaseWish): Promise<LeasedChannel[]> {
  await d1.batch([acquireStatement(d1, wish), decideStatement(d1, wish)])
  return readLeases(db, wish)
}

/** Gives back what this holder has. */
export async function releaseLeases(db: Database, d1: D1Database, wish: LeaseWish): Promise<LeasedChannel[]> {
  await d1
    .prepare(
      `update companion_leases set expires_at = cast(?4 as integer)
         where tenant_id = ?1 and companion_id = ?2 and expires_at > ?4 and channel_id in (${wanted})`,
    )
    .bind(wish.tenantId, holderOf(wish), accountsOf(wish), wish.now)
    .run()
  return readLeases(db, wish)
}

// The list leads: each account is looked up by its unique key.
const wanted = `select c.id from json_each(?3) as w cross join channels c
  on c.platform = w.value ->> 0 and c.external_id = w.value ->> 1 and c.tenant_id = ?1`

const accountsOf = ({ accounts }: Pick<LeaseWish, 'accounts'>): string =>
  JSON.stringify(accounts.map(({ platform, externalId }) => [platform, externalId]))

function acquireStatement(d1: D1Database, wish: LeaseWish): D1PreparedStatement {
  return d1
    .prepare(
      `insert into companion_leases (tenant_id, channel_id, companion_id, token, expires_at, missed_at)
         select ?1, mine.id, ?2, 1, cast(?5 as integer), null from (${wanted}) as mine where true
         on conflict (tenant_id, channel_id) do update set
           token = case when companion_id = excluded.companion_id then token else token + 1 end,
           companion_id = excluded.companion_id, expires_at = excluded.expires_at, missed_at = null
         where companion_leases.companion_id = excluded.companion_id or companion_leases.expires_at <= ?4
           or substr(companion_leases.companion_id, 1, 36) = ?6`,
    )
    .bind(
      ...[wish.tenantId, holderOf(wish), accountsOf(wish), wish.now, wish.now + wish.leaseMs],
      // An earlier process of a companion gives way to one that starts, and not the other way round.
      wish.starts === true ? wish.companionId : null,
    )
}

/** Whoever runs an account sends its replies too, where it can, unless the operator has decided otherwise. */
function decideStatement(d1: D1Database, wish: LeaseWish): D1PreparedStatement {
  const accounts = wish.accounts.filter(({ sends }) => sends !== false)
  return d1
    .prepare(
      `update channels set companion_sends = 1 where companion_sends is null and tenant_id = ?1 and id in (${wanted})
         and exists (select 1 from companion_leases l
           where l.tenant_id = ?1 and l.channel_id = channels.id and l.companion_id = ?2)`,
    )
    .bind(wish.tenantId, holderOf(wish), accountsOf({ accounts }))
}

const isOpenSend = sql`kind = 'send' and state in ('due', 'running', 'sending')`

/** Where the journal stands, unless an older reply of the channel is still open. */
function cursorOf(tenantId: string): SQL<number> {
  return sql<number>`coalesce(
    (select min(jobs.seq) - 1 from jobs where jobs.tenant_id = ${tenantId} and jobs.channel_id = ${channels.id}
      and ${isOpenSend}),
    (select h.seq from journal_heads h where h.tenant_id = ${tenantId}))`
}

async function readLeases(db: Database, { tenantId, accounts }: LeaseWish): Promise<LeasedChannel[]> {
  const externalIds = accounts.map(({ externalId }) => externalId)
  const { id, platform, externalId } = channels
  return db
    .select({ id, platform, externalId, lease: companionLeases, health: channelHealth, cursor: cursorOf(tenantId) })
    .from(channels)
    .leftJoin(
      companionLeases,
      and(eq(companionLeases.tenantId, channels.tenantId), eq(companionLeases.channelId, channels.id)),
    )
    .leftJoin(
      channelHealth,
      and(eq(channelHealth.tenantId, channels.tenantId), eq(channelHealth.channelId, channels.id)),
    )
    .where(and(eq(channels.tenantId, tenantId), inList(channels.externalId, externalIds)))
}

/** A channel's lease, as long as its token is this one; undefined when another companion has had it since. */
export async function findLease(
  db: Database,
  { tenantId, channelId, token }: { tenantId: string; channelId: string; token: number },
): Promise<LeaseRow | undefined> {
  return db
    .select()
    .from(companionLeases)
    .where(
      and(
        eq(companionLeases.tenantId, tenantId),
        eq(companionLeases.channelId, channelId),
        eq(companionLeases.token, token),
      ),
    )
    .get()
}
