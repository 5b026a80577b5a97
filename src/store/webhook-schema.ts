import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { id, json, tenantId, time } from './columns.ts'

// Webhooks out: where a tenant's journal is posted to, and how far. The rules of `schema.ts` hold here too.

/** `cursorSeq`: every line up to there is delivered, given up, or open in `webhook_failures`. */
export const webhookEndpoints = sqliteTable(
  'webhook_endpoints',
  {
    tenantId,
    id,
    url: text('url').notNull(),
    description: text('description').notNull(),
    /** Null: every type. */
    eventTypes: json<string[]>('event_types'),
    sealedSecret: text('sealed_secret').notNull(),
    sealedPreviousSecret: text('sealed_previous_secret'),
    previousUntil: time('previous_until'),
    cursorSeq: integer('cursor_seq').notNull(),
    epoch: text('epoch').notNull(),
    disabledAt: time('disabled_at'),
    disabledReason: text('disabled_reason'),
    createdAt: time('created_at').notNull(),
    lastSuccessAt: time('last_success_at'),
    /** The oldest line that was given up since the last replay from before it. */
    givenUpSeq: integer('given_up_seq'),
    /** Attempts so far: numbers the log. */
    attempts: integer('attempts').notNull(),
    /** Whoever posts to it now, alone. */
    lease: text('lease'),
    leaseUntil: time('lease_until'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

/** Lines that an endpoint has not taken, and that are tried again. */
export const webhookFailures = sqliteTable(
  'webhook_failures',
  {
    tenantId,
    endpointId: text('endpoint_id').notNull(),
    seq: integer('seq').notNull(),
    /** Of the first attempt: it names the event, in every attempt alike. */
    epoch: text('epoch').notNull(),
    attempts: integer('attempts').notNull(),
    dueAt: time('due_at').notNull(),
    lastStatus: integer('last_status').notNull(),
    lastError: text('last_error').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.endpointId, t.seq] }),
    // what is to be tried again, of every tenant
    index('directory_webhook_failures').on(t.dueAt),
  ],
)

/** The last attempts of each endpoint: a ring, in which `slot` is `attempt_no` modulo its length. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    tenantId,
    endpointId: text('endpoint_id').notNull(),
    slot: integer('slot').notNull(),
    attemptNo: integer('attempt_no').notNull(),
    seq: integer('seq').notNull(),
    attempt: integer('attempt').notNull(),
    status: integer('status').notNull(),
    ms: integer('ms').notNull(),
    at: time('at').notNull(),
    error: text('error'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.endpointId, t.slot] })],
)
