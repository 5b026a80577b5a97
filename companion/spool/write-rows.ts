import type { SpoolRow } from '../account.ts'
import type { BroadcastItem } from '../../src/protocol/api.ts'
import type { SpoolDatabase } from './database.ts'
import type { WaitingRow } from './lanes.ts'
import type { MailFiles } from './mail-files.ts'

export type RowWriterDeps = {
  database: SpoolDatabase
  mails: MailFiles
  now: () => number
  /** Called once the rows are committed. */
  added(lane: string, row: WaitingRow): void
}
/** Adds one row within the transaction that is open; a row whose key is known is left as it is. */
export type WriteRow = (account: string, row: SpoolRow) => void

/** Lanes of different accounts are different lanes. */
export function laneName(account: string, lane: string): string {
  return `${account}\n${lane}`
}

export function createRowWriter({ database, mails, now, added }: RowWriterDeps): WriteRow {
  const { sql } = database
  const find = sql.prepare('SELECT 1 FROM spooled WHERE account = ? AND key = ?')
  const insert = sql.prepare(
    `INSERT INTO spooled (account, key, lane, kind, payload, message_id, album, is_resolved, bytes, added_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, key) DO NOTHING`,
  )
  const insertFile = sql.prepare(
    `INSERT INTO files (row_id, account, lane, key, message_id, filename, mime_type, locator)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (row_id, key) DO NOTHING`,
  )
  return (account, row) => {
    // Before anything is written: a mail's file would be.
    if (find.get(account, row.key) !== undefined) return
    const stored = toStored(account, row, mails)
    // Once for all mails of a transaction: each of them costs the disk a wait of its own already.
    if (row.kind === 'mail') database.beforeCommit(mails.sync)
    const { payload, messageId, isMessage, album, bytes } = stored
    const at = now()
    const { lastInsertRowid } = insert.run(
      account,
      row.key,
      row.lane,
      row.kind,
      payload,
      messageId,
      album,
      0,
      bytes,
      at,
    )
    const id = Number(lastInsertRowid)
    for (const file of row.kind === 'item' ? (row.files ?? []) : []) {
      const { key, filename, mimeType } = file
      const locator = JSON.stringify(file.locator ?? null)
      insertFile.run(id, account, row.lane, key, messageId ?? '', filename, mimeType, locator)
    }
    const waiting: WaitingRow = { id, kind: row.kind, isMessage, bytes, album, group: null, addedAt: at }
    database.afterCommit(() => added(laneName(account, row.lane), waiting))
  }
}

type Stored = { payload: string; messageId: string | null; isMessage: boolean; album: string | null; bytes: number }

function toStored(account: string, row: SpoolRow, mails: MailFiles): Stored {
  if (row.kind === 'mail') {
    const file = mails.write(account, row.key, row.raw)
    const payload = JSON.stringify({ file, direction: row.direction })
    return { payload, messageId: null, isMessage: true, album: null, bytes: row.raw.byteLength }
  }
  const payload = JSON.stringify(row.item)
  const messageId = 'message' in row.item ? row.item.message.external_id : null
  // Only what is a message can be a part of one.
  const isMessage = isMessageItem(row.item)
  const album = isMessage ? (row.album ?? null) : null
  return { payload, messageId, isMessage, album, bytes: Buffer.byteLength(payload) }
}

export function isMessageItem(item: BroadcastItem): boolean {
  return item.kind === undefined || item.kind === 'message'
}
