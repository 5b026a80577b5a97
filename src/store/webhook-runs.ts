import { webhookLogLength } from '../protocol/webhooks.ts'
import type { EndpointRow } from './webhooks.ts'

// One run posts to an endpoint at a time, under a lease. Whatever it writes counts only while the lease is its own, so a
// run that was taken for dead, or whose endpoint was changed meanwhile, changes nothing any more.

/** Whose lease it is, and until when (epoch ms). */
export type Run = { tenantId: string; endpointId: string; lease: string }

type RawEndpoint = {
  url: string
  event_types: string | null
  sealed_secret: string
  sealed_previous_secret: string | null
  previous_until: number | null
  cursor_seq: number
}
export type ClaimedEndpoint = Pick<
  EndpointRow,
  'tenantId' | 'id' | 'url' | 'sealedSecret' | 'sealedPreviousSecret' | 'previousUntil' | 'cursorSeq'
> & { eventTypes: ReadonlySet<string> | null; openFailures: number }

/** Whether anything is to be told of the tenant's lines at all. */
export async function hasEndpoints(d1: D1Database, tenantId: string): Promise<boolean> {
  const found = await d1
    .prepare('select 1 as found from webhook_endpoints where tenant_id = ?1 and disabled_at is null limit 1')
    .bind(tenantId)
    .first()
  return found !== null
}

/** Who took something most recently comes first: nobody who does waits for one that hangs. */
export async function listEndpointIds(d1: D1Database, tenantId: string): Promise<string[]> {
  const { results } = await d1
    .prepare(
      `select e.id as id from webhook_endpoints e where e.tenant_id = ?1 and e.disabled_at is null
         and exists (select 1 from tenants t where t.id = e.tenant_id and t.disabled_at is null)
         order by e.last_success_at desc`,
    )
    .bind(tenantId)
    .all<{ id: string }>()
  return results.map(({ id }) => id)
}

/** Takes an endpoint, one run at a time; null when another has it, or when it is disabled or gone. */
export async function claimEndpoint(
  d1: D1Database,
  { tenantId, endpointId, lease }: Run,
  { now, leaseMs }: { now: number; leaseMs: number },
): Promise<ClaimedEndpoint | null> {
  const claimed = await d1
    .prepare(
      `update webhook_endpoints set lease = ?3, lease_until = cast(?5 as integer)
         where tenant_id = ?1 and id = ?2 and disabled_at is null and coalesce(lease_until, 0) <= ?4
         returning url, event_types, sealed_secret, sealed_previous_secret, previous_until, cursor_seq`,
    )
    .bind(tenantId, endpointId, lease, now, now + leaseMs)
    .first<RawEndpoint>()
  if (claimed === null) return null
  const open = await d1
    .prepare('select count(*) as n from webhook_failures where tenant_id = ?1 and endpoint_id = ?2')
    .bind(tenantId, endpointId)
    .first<{ n: number }>()
  return {
    ...{ tenantId, id: endpointId, url: claimed.url, cursorSeq: claimed.cursor_seq },
    sealedSecret: claimed.sealed_secret,
    sealedPreviousSecret: claimed.sealed_previous_secret,
    previousUntil: claimed.previous_until,
    eventTypes: claimed.event_types === null ? null : new Set(JSON.parse(claimed.event_types) as string[]),
    openFailures: open?.n ?? 0,
  }
}

const isMine = 'select 1 from webhook_endpoints m where m.tenant_id = ?1 and m.id = ?2 and m.lease = ?3'

/** Lines that are to be tried again by now. */
export type DueFailure = { seq: number; epoch: string; attempts: number }

export async function readDueFailures(
  d1: D1Database,
  { tenantId, endpointId }: Run,
  { now, limit }: { now: number; limit: number },
): Promise<DueFailure[]> {
  const { results } = await d1
    .prepare(
      `select seq, epoch, attempts from webhook_failures
         where tenant_id = ?1 and endpoint_id = ?2 and due_at <= ?3 order by seq limit ?4`,
    )
    .bind(tenantId, endpointId, now, limit)
    .all<DueFailure>()
  return results
}

/**
 * What came of one attempt. `next`: `delivered`; `retry` at `dueAt`; `given_up`; `disabled` by its receiver, which leaves
 * the line open. `cursorSeq`: where the cursor stands from now on.
 */
export type Attempt = {
  seq: number
  epoch: string
  attempt: number
  status: number
  ms: number
  error: string | null
  at: number
  cursorSeq: number
  next: { kind: 'delivered' | 'given_up' } | { kind: 'disabled' | 'retry'; dueAt: number }
}

/** Writes down what came of an attempt, all of it or nothing. False when the run is not the one that counts any more. */
export async function recordAttempt(d1: D1Database, run: Run, attempt: Attempt, leaseUntil: number): Promise<boolean> {
  const { tenantId, endpointId, lease } = run
  const { seq, epoch, status, ms, error, at, cursorSeq, next } = attempt
  const move = d1.prepare(
    `update webhook_endpoints set cursor_seq = cast(?4 as integer), attempts = attempts + 1,
         epoch = case when cursor_seq < ?4 then ?5 else epoch end,
         lease_until = cast(?6 as integer),
         last_success_at = case ?7 when 'delivered' then cast(?8 as integer) else last_success_at end,
         given_up_seq = case ?7 when 'given_up' then min(coalesce(given_up_seq, ?9), cast(?9 as integer)) else given_up_seq end,
         disabled_at = case ?7 when 'disabled' then cast(?8 as integer) else disabled_at end,
         disabled_reason = case ?7 when 'disabled' then 'gone' else disabled_reason end
       where tenant_id = ?1 and id = ?2 and lease = ?3 returning id`,
  )
  const note = d1.prepare(
    `insert or replace into webhook_deliveries
         (tenant_id, endpoint_id, slot, attempt_no, seq, attempt, status, ms, at, error)
       select tenant_id, id, attempts % ${webhookLogLength}, attempts, cast(?4 as integer), cast(?5 as integer),
           cast(?6 as integer), cast(?7 as integer), cast(?8 as integer), ?9
         from webhook_endpoints where tenant_id = ?1 and id = ?2 and lease = ?3`,
  )
  const [moved] = await d1.batch([
    move.bind(tenantId, endpointId, lease, cursorSeq, epoch, leaseUntil, next.kind, at, seq),
    note.bind(tenantId, endpointId, lease, seq, attempt.attempt, status, ms, at, error),
    failureStatement(d1, run, attempt),
  ])
  return moved !== undefined && moved.results.length > 0
}

function failureStatement(d1: D1Database, run: Run, attempt: Attempt): D1PreparedStatement {
  const { tenantId, endpointId, lease } = run
  const { seq, epoch, status, error, next } = attempt
  if (!('dueAt' in next)) {
    return d1
      .prepare(
        `delete from webhook_failures where tenant_id = ?1 and endpoint_id = ?2 and seq = ?4 and exists (${isMine})`,
      )
      .bind(tenantId, endpointId, lease, seq)
  }
  return d1
    .prepare(
      `insert or replace into webhook_failures
           (tenant_id, endpoint_id, seq, epoch, attempts, due_at, last_status, last_error)
         select ?1, ?2, cast(?4 as integer), ?5, cast(?6 as integer), cast(?7 as integer), cast(?8 as integer), ?9
           where exists (${isMine})`,
    )
    .bind(tenantId, endpointId, lease, seq, epoch, attempt.attempt, next.dueAt, status, error ?? '')
}

/** Lines that are not for this endpoint are passed by. False when the run is not the one that counts any more. */
export async function moveCursor(d1: D1Database, { tenantId, endpointId, lease }: Run, seq: number): Promise<boolean> {
  const { meta } = await d1
    .prepare(
      `update webhook_endpoints set cursor_seq = cast(?4 as integer) where tenant_id = ?1 and id = ?2 and lease = ?3`,
    )
    .bind(tenantId, endpointId, lease, seq)
    .run()
  return meta.changes > 0
}

/**
 * Ends a run. With `atHead` only where no line has come meanwhile: whoever rang for that one found the lease taken and
 * left, so false means to go on.
 */
export async function releaseEndpoint(
  d1: D1Database,
  { tenantId, endpointId, lease }: Run,
  { atHead }: { atHead: boolean },
): Promise<boolean> {
  const unless = atHead ? 'and cursor_seq >= (select h.seq from journal_heads h where h.tenant_id = ?1)' : ''
  const released = await d1
    .prepare(
      `update webhook_endpoints set lease = null, lease_until = null
         where tenant_id = ?1 and id = ?2 and lease = ?3 ${unless} returning id`,
    )
    .bind(tenantId, endpointId, lease)
    .first()
  return released !== null
}

/** A line that is gone from the journal cannot be posted any more. */
export async function dropFailure(d1: D1Database, { tenantId, endpointId, lease }: Run, seq: number): Promise<void> {
  await d1
    .prepare(
      `delete from webhook_failures where tenant_id = ?1 and endpoint_id = ?2 and seq = ?4 and exists (${isMine})`,
    )
    .bind(tenantId, endpointId, lease, seq)
    .run()
}

export type SweptTenants = { now: number; limit: number }

/** Tenants with a line to be tried again by now, the longest waiting first. The plus keeps it to the index of times. */
export function selectTenantsWithFailures(d1: D1Database, { now, limit }: SweptTenants): D1PreparedStatement {
  return d1
    .prepare(
      `select f.tenant_id as tenantId from webhook_failures f
         cross join webhook_endpoints e on e.tenant_id = f.tenant_id and e.id = f.endpoint_id
         where f.due_at <= ?1 and e.disabled_at is null and coalesce(e.lease_until, 0) <= ?1
         group by +f.tenant_id order by min(f.due_at) limit ?2`,
    )
    .bind(now, limit)
}

/**
 * Tenants with an endpoint that has not got everything, though nobody posts to it: a bell was lost. By chance, so that
 * those whose endpoints stand still take nobody else's place for ever.
 */
export function selectTenantsBehind(d1: D1Database, { now, limit }: SweptTenants): D1PreparedStatement {
  return d1
    .prepare(
      `select distinct e.tenant_id as tenantId from webhook_endpoints e
         cross join journal_heads h on h.tenant_id = e.tenant_id
         where e.disabled_at is null and e.cursor_seq < h.seq and coalesce(e.lease_until, 0) <= ?1
         order by random() limit ?2`,
    )
    .bind(now, limit)
}

/** Of every tenant, once each. */
export async function listTenantsToPost(d1: D1Database, swept: SweptTenants): Promise<string[]> {
  const found = await d1.batch<{ tenantId: string }>([
    selectTenantsWithFailures(d1, swept),
    selectTenantsBehind(d1, swept),
  ])
  return [...new Set(found.flatMap(({ results }) => results.map(({ tenantId }) => tenantId)))]
}
