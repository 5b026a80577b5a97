import { sql } from 'drizzle-orm'

/*
 * Conditions on rows of `jobs`, for whoever works on them. Columns by name: in an update drizzle leaves the table out.
 */

// Word for word the condition of the partial indexes: SQLite uses them for nothing else.
export const isOpen = sql`state in ('due', 'running', 'sending')`

/** An earlier reply of the same conversation is still on its way. */
export const isBehind = sql`(jobs.kind = 'send' and exists (
  select 1 from jobs as earlier where earlier.tenant_id = jobs.tenant_id
    and earlier.conversation_id = jobs.conversation_id and earlier.seq < jobs.seq
    and earlier.kind = 'send' and earlier.state in ('due', 'running', 'sending')))`

/** The same, of one that the queue has begun and the companion will never hear of. */
export const isBehindQueue = sql`exists (
  select 1 from jobs as earlier where earlier.tenant_id = jobs.tenant_id
    and earlier.conversation_id = jobs.conversation_id and earlier.seq < jobs.seq
    and earlier.kind = 'send' and earlier.state in ('due', 'running', 'sending')
    and earlier.state <> 'due' and earlier.handed_to is null)`

/** The companion's to send, or sent by it already. What the queue has begun it also ends. */
export const isCompanions = sql`(jobs.kind = 'send' and (jobs.state = 'due' or jobs.handed_to is not null)
  and exists (select 1 from channels as own where own.tenant_id = jobs.tenant_id and own.id = jobs.channel_id
    and own.companion_sends = 1))`
