import { and, asc, desc, eq, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { type Head, headOf, selectHead } from './journal.ts'
import { webhookDeliveries, webhookEndpoints, webhookFailures } from './webhook-schema.ts'

// What a tenant's server says of its endpoints. How they are posted to is in `webhook-runs.ts`.

export type EndpointRow = typeof webhookEndpoints.$inferSelect
export type DeliveryRow = typeof webhookDeliveries.$inferSelect
/** What stands beside an endpoint's row wherever it is shown. */
export type EndpointWithState = { row: EndpointRow; openFailures: number; head: Head }

export type NewEndpoint = Pick<
  EndpointRow,
  'tenantId' | 'id' | 'url' | 'description' | 'eventTypes' | 'sealedSecret' | 'createdAt'
>

/** Begins at the head of the journal. False when the tenant has `max` already: counted and written in one statement. */
export async function insertEndpoint(d1: D1Database, endpoint: NewEndpoint, max: number): Promise<boolean> {
  const { tenantId, id, url, description, eventTypes, sealedSecret, createdAt } = endpoint
  const { meta } = await d1
    .prepare(
      `insert into webhook_endpoints
         (tenant_id, id, url, description, event_types, sealed_secret, cursor_seq, epoch, created_at, attempts)
         select ?1, ?2, ?3, ?4, ?5, ?6, seq, epoch, cast(?7 as integer), 0 from journal_heads where tenant_id = ?1
           and (select count(*) from webhook_endpoints where tenant_id = ?1) < ?8`,
    )
    .bind(
      ...[tenantId, id, url, description, eventTypes === null ? null : JSON.stringify(eventTypes)],
      ...[sealedSecret, createdAt, max],
    )
    .run()
  return meta.changes > 0
}

const isEndpoint = (tenantId: string, id: string) =>
  and(eq(webhookEndpoints.tenantId, tenantId), eq(webhookEndpoints.id, id))

const openFailures = sql<number>`(select count(*) from ${webhookFailures}
  where ${webhookFailures.tenantId} = "webhook_endpoints"."tenant_id"
    and ${webhookFailures.endpointId} = "webhook_endpoints"."id")`

/** Of one endpoint, or of all, the oldest first. */
export async function readEndpoints(db: Database, tenantId: string, id?: string): Promise<EndpointWithState[]> {
  const where = id === undefined ? eq(webhookEndpoints.tenantId, tenantId) : isEndpoint(tenantId, id)
  const [heads, rows, counts] = await db.batch([
    selectHead(db, tenantId),
    db.select().from(webhookEndpoints).where(where).orderBy(asc(webhookEndpoints.createdAt), asc(webhookEndpoints.id)),
    db.select({ id: webhookEndpoints.id, openFailures }).from(webhookEndpoints).where(where),
  ])
  const open = new Map(counts.map((count) => [count.id, count.openFailures]))
  return rows.map((row) => ({ row, openFailures: open.get(row.id) ?? 0, head: headOf(heads) }))
}

/** The last attempts, newest first. */
export async function readDeliveries(db: Database, tenantId: string, endpointId: string): Promise<DeliveryRow[]> {
  return db
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.tenantId, tenantId), eq(webhookDeliveries.endpointId, endpointId)))
    .orderBy(desc(webhookDeliveries.attemptNo))
}

export type EndpointChange = Partial<
  Pick<EndpointRow, 'url' | 'description' | 'eventTypes' | 'disabledAt' | 'disabledReason'>
>

/** Whoever posts by what it said before stops. False when there is no such endpoint. */
export async function updateEndpoint(
  db: Database,
  tenantId: string,
  id: string,
  change: EndpointChange,
): Promise<boolean> {
  const isOnlyWords = Object.keys(change).every((field) => field === 'description')
  const updated = await db
    .update(webhookEndpoints)
    .set({ ...change, ...(isOnlyWords ? { tenantId } : { lease: null, leaseUntil: null }) })
    .where(isEndpoint(tenantId, id))
    .returning({ id: webhookEndpoints.id })
  return updated.length > 0
}

/** Puts a new secret in the place of the current one, which signs as well until `previousUntil`. */
export async function rotateEndpoint(
  db: Database,
  { tenantId, id }: Pick<EndpointRow, 'tenantId' | 'id'>,
  change: { sealedSecret: string; previousUntil: number },
): Promise<boolean> {
  const rotated = await db
    .update(webhookEndpoints)
    .set({ ...change, sealedPreviousSecret: sql`${webhookEndpoints.sealedSecret}` })
    .where(isEndpoint(tenantId, id))
    .returning({ id: webhookEndpoints.id })
  return rotated.length > 0
}

/**
 * Lets the endpoint go on from a number, or from the head where that is earlier. What is open or given up from there on
 * comes again by itself. Whoever posts to it at the moment stops. False when there is no such endpoint.
 */
export async function rewindEndpoint(d1: D1Database, tenantId: string, id: string, fromSeq: number): Promise<boolean> {
  const rewind = d1.prepare(
    `update webhook_endpoints set lease = null, lease_until = null,
         cursor_seq = (select min(cast(?3 as integer) - 1, h.seq) from journal_heads h where h.tenant_id = ?1),
         given_up_seq = case when given_up_seq >= ?3 then null else given_up_seq end
       where tenant_id = ?1 and id = ?2 returning id`,
  )
  const drop = d1.prepare('delete from webhook_failures where tenant_id = ?1 and endpoint_id = ?2 and seq >= ?3')
  const [rewound] = await d1.batch([rewind.bind(tenantId, id, fromSeq), drop.bind(tenantId, id, fromSeq)])
  return rewound !== undefined && rewound.results.length > 0
}

/** With all that is known of it. False when there is no such endpoint. */
export async function deleteEndpoint(d1: D1Database, tenantId: string, id: string): Promise<boolean> {
  const [deleted] = await d1.batch(
    [
      'delete from webhook_endpoints where tenant_id = ?1 and id = ?2 returning id',
      'delete from webhook_failures where tenant_id = ?1 and endpoint_id = ?2',
      'delete from webhook_deliveries where tenant_id = ?1 and endpoint_id = ?2',
    ].map((statement) => d1.prepare(statement).bind(tenantId, id)),
  )
  return deleted !== undefined && deleted.results.length > 0
}
