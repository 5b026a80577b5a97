import type { IngestItem, ItemResult } from '../ingest/items.ts'
import type { Config } from '../lib/config.ts'
import type { MessageError } from '../protocol/message.ts'
import type { Database } from '../store/database.ts'

/** Everything a job needs from outside. */
export type JobDeps = {
  env: Env
  db: Database
  config: Config
  fetch: typeof fetch
  /** Epoch ms. */
  now: () => number
  /** The tenant's hub; throws when nobody can tell whether the items were stored. */
  receive: (tenantId: string, items: IngestItem[]) => Promise<ItemResult[]>
}

/**
 * What a runner says of the job it was given. `retry`: it is postponed by `afterMs`, and begins again from its start;
 * `job.attempts` says how often that happened. `failed`: it ends. What a reader sees of the outcome (an attachment's state,
 * a contact's name) the runner has handed to `receive` itself before it answers.
 */
export type JobVerdict =
  | { kind: 'done' }
  | { kind: 'retry'; afterMs: number; error: MessageError }
  | { kind: 'failed'; error: MessageError }
