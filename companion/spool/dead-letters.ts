import type { SpoolDatabase } from './database.ts'
import type { MailFiles } from './mail-files.ts'

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

export type DropDeps = { mails: Pick<MailFiles, 'remove'>; now: () => number }

/**
 * Gives them up for good, all or one, with their mails and files; answers how many. Their keys stay known as those of
 * delivered rows do, so that a source that tells of them again does not bring them back.
 */
export function dropDeadLetters(database: SpoolDatabase, id: number | null, { mails, now }: DropDeps): number {
  const { sql } = database
  const dead = sql.prepare(
    `SELECT id, iif(kind = 'mail', payload ->> 'file', NULL) AS file FROM spooled
     WHERE state = 'dead' AND (id = ? OR ? IS NULL)`,
  )
  const forget = sql.prepare(`UPDATE spooled SET state = 'delivered', payload = '', settled_at = ? WHERE id = ?`)
  const dropFiles = sql.prepare(`UPDATE files SET state = 'done' WHERE row_id = ? AND state <> 'done'`)
  return database.transaction(() => {
    const letters = dead.all(id, id) as { id: number; file: string | null }[]
    for (const letter of letters) {
      forget.run(now(), letter.id)
      dropFiles.run(letter.id)
      const { file } = letter
      if (file !== null) database.afterCommit(() => mails.remove(file))
    }
    return letters.length
  })
}
