import type { BroadcastItem } from '../../src/protocol/api.ts'
import type { SpoolDatabase } from './database.ts'
import type { WriteRow } from './write-rows.ts'

/** A file whose message the Worker has: to be fetched and brought after it. */
export type DueFile = {
  id: number
  account: string
  lane: string
  key: string
  messageId: string
  filename: string | null
  mimeType: string | null
  locator: unknown
  attempts: number
  /** When it was first tried, in epoch ms; null before. */
  firstTriedAt: number | null
}
type FileOutcome = Extract<BroadcastItem, { kind: 'file' }>['file']

export type FileQueue = {
  /** The next file of one of these accounts that is due, other than those `busy`. */
  next(accounts: readonly string[], busy: ReadonlySet<number>): DueFile | null
  /** When the next one is due; null when there is none. */
  nextAt(): number | null
  /** Tried in vain: again at `dueAt`. */
  postpone(file: DueFile, dueAt: number): void
  /** What became of it goes out in its lane, as a row of its own. */
  finish(file: DueFile, outcome: FileOutcome): void
}

type FileRow = {
  id: number
  account: string
  lane: string
  key: string
  message_id: string
  filename: string | null
  mime_type: string | null
  locator: string
  attempts: number
  first_tried_at: number | null
}

export function createFileQueue(database: SpoolDatabase, writeRow: WriteRow, now: () => number): FileQueue {
  const { sql } = database
  const due = sql.prepare(
    `SELECT * FROM files WHERE state = 'pending' AND due_at <= ? AND account IN (SELECT value FROM json_each(?))
     ORDER BY due_at, id LIMIT 50`,
  )
  const first = sql.prepare(`SELECT min(due_at) AS at FROM files WHERE state = 'pending'`)
  const delay = sql.prepare(
    `UPDATE files SET attempts = attempts + 1, due_at = ?, first_tried_at = coalesce(first_tried_at, ?)
     WHERE id = ? AND state = 'pending'`,
  )
  const end = sql.prepare(`UPDATE files SET state = 'done' WHERE id = ? AND state = 'pending'`)
  return {
    next(accounts, busy) {
      const rows = due.all(now(), JSON.stringify(accounts)) as FileRow[]
      const row = rows.find(({ id }) => !busy.has(id))
      return row === undefined ? null : toDueFile(row)
    },
    nextAt() {
      const at = first.get()?.['at']
      return typeof at === 'number' ? at : null
    },
    postpone(file, dueAt) {
      database.transaction(() => delay.run(dueAt, now(), file.id))
    },
    finish(file, outcome) {
      database.transaction(() => {
        // Taken back in the meantime: then there is nothing to tell any more.
        if (end.run(file.id).changes === 0) return
        const channel = channelOf(file.account)
        const item: BroadcastItem = {
          kind: 'file',
          channel,
          message: { external_id: file.messageId },
          file: outcome,
        }
        writeRow(file.account, { kind: 'item', key: `file:${file.id}`, lane: file.lane, item })
      })
    },
  }
}

export function channelOf(account: string): BroadcastItem['channel'] {
  const at = account.indexOf(':')
  return { platform: account.slice(0, at), external_id: account.slice(at + 1) }
}

function toDueFile(row: FileRow): DueFile {
  return {
    id: row.id,
    account: row.account,
    lane: row.lane,
    key: row.key,
    messageId: row.message_id,
    filename: row.filename,
    mimeType: row.mime_type,
    locator: JSON.parse(row.locator),
    attempts: row.attempts,
    firstTriedAt: row.first_tried_at,
  }
}
