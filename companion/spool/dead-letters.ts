import type { SpoolDatabase } from './database.ts'

/** A row that the Worker will not take, without what it says. `key` names where it came from. */
export type DeadLetter = {
  id: number
  account: string
  key: string
  kind: string
  bytes: number
  code: string
  message: string
  addedAt: number
  diedAt: number
}

type DeadRow = {
  id: number
  account: string
  key: string
  kind: string
  bytes: number
  error: string | null
  added_at: number
  settled_at: number | null
}

export function listDeadLetters({ sql }: SpoolDatabase, limit: number): DeadLetter[] {
  const rows = sql
    .prepare(
      `SELECT id, account, key, kind, bytes, error, added_at, settled_at FROM spooled WHERE state = 'dead' ORDER BY id
       LIMIT ?`,
    )
    .all(limit) as DeadRow[]
  return rows.map(({ id, account, key, kind, bytes, error, added_at: addedAt, settled_at: settledAt }) => {
    const { code, message } = JSON.parse(error ?? '{"code":"unknown","message":""}') as {
      code: string
      message: string
    }
    return { id, account, key, kind, bytes, code, message, addedAt, diedAt: settledAt ?? addedAt }
  })
}

/** Lets them go out again, all or one; answers how many. A companion that runs notices within seconds. */
export function reviveDeadLetters(database: SpoolDatabase, id: number | null): number {
  return database.transaction(() => {
    const revive = database.sql.prepare(
      `UPDATE spooled SET state = 'pending', error = NULL, settled_at = NULL
       WHERE state = 'dead' AND (id = ? OR ? IS NULL)`,
    )
    return Number(revive.run(id, id).changes)
  })
}
