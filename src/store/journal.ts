import { eq } from 'drizzle-orm'
import { AppError } from '../lib/app-error.ts'
import type { Database } from './database.ts'
import { journalHeads } from './schema.ts'

/** Where the journal stood when rows were read: apply only events after `seq`, and only while the epoch is the same. */
export type Head = { seq: number; epoch: string }

/** For the same `db.batch` as the rows it belongs to: a batch sees one moment. */
export function selectHead(db: Database, tenantId: string) {
  return db
    .select({ seq: journalHeads.seq, epoch: journalHeads.epoch })
    .from(journalHeads)
    .where(eq(journalHeads.tenantId, tenantId))
}

export function headOf(rows: readonly Head[]): Head {
  const [head] = rows
  if (head === undefined) throw new AppError('tenant.not_found', 404, 'There is no such tenant.')
  return head
}
