import type { BroadcastItem } from '../../src/protocol/api.ts'
import { type AlbumPart, type MessageItem, albumText, joinAlbum } from './album.ts'
import type { SpoolDatabase } from './database.ts'
import type { WaitingRow } from './lanes.ts'
import { isMessageItem } from './write-rows.ts'

/** What goes out for a unit. `wait`: it names a part of an album that goes first. `none`: there is nothing to tell. */
export type Resolved = { kind: 'items'; items: BroadcastItem[] } | { kind: 'none' } | { kind: 'wait' }

/** Turns rows into what the Worker gets: albums as one message, and what names a part of one as naming the album. */
export type Resolver = {
  /** Of the rows of one unit, within a transaction. Decided once: asked again it gives the same. */
  resolve(account: string, rows: readonly WaitingRow[]): Resolved
}

type StoredRow = { payload: string; is_resolved: number }
type PartRow = {
  message_id: string
  head_id: string
  position: number
  content: string
  file_keys: string
  is_deleted: number
}
type Amendment = Exclude<BroadcastItem, MessageItem | { kind: 'read' }>
type Deletion = Extract<Amendment, { kind: 'delete' }>

export function createResolver({ sql }: SpoolDatabase, now: () => number): Resolver {
  const read = sql.prepare('SELECT payload, is_resolved FROM spooled WHERE id = ?')
  const keep = sql.prepare('UPDATE spooled SET payload = ?, is_resolved = 1 WHERE id = ?')
  const group = sql.prepare('UPDATE spooled SET album_head = ? WHERE id = ?')
  // Not what comes behind it in its own lane: each would wait for the other, and the lane with them.
  const isComing = sql.prepare(
    `SELECT 1 FROM spooled WHERE account = ?1 AND message_id = ?2 AND state = 'pending' AND album IS NOT NULL
     AND album_head IS NULL AND (id < ?3 OR lane <> (SELECT lane FROM spooled WHERE id = ?3))`,
  )
  const albums = openAlbums(sql)

  function resolveAlbum(account: string, rows: readonly WaitingRow[]): Resolved {
    const items = rows.map((row) => JSON.parse((read.get(row.id) as StoredRow).payload) as MessageItem)
    const joined = joinAlbum(items)
    const [head] = rows
    const [only] = items
    if (joined === null || head === undefined || only === undefined) return { kind: 'none' }
    if (head.group === null) {
      for (const row of rows) {
        group.run(head.id, row.id)
        row.group = head.id
      }
      if (rows.length > 1) for (const part of joined.parts) albums.remember(account, part, now())
    }
    return { kind: 'items', items: [albums.withReply(account, rows.length === 1 ? only : joined.item)] }
  }

  function resolveItem(account: string, row: WaitingRow): Resolved {
    const { payload, is_resolved: isResolved } = read.get(row.id) as StoredRow
    const value = JSON.parse(payload) as BroadcastItem | BroadcastItem[]
    if (isResolved === 1 && Array.isArray(value)) return toResolved(value)
    const item = value as BroadcastItem
    if (item.kind === 'read') return { kind: 'items', items: [item] }
    if (isMessageItem(item)) return { kind: 'items', items: [albums.withReply(account, item as MessageItem)] }
    if (isComing.get(account, item.message.external_id, row.id) !== undefined) return { kind: 'wait' }
    const items = albums.amend(account, item as Amendment)
    if (items.length === 1 && items[0] === item) return { kind: 'items', items }
    keep.run(JSON.stringify(items), row.id)
    return toResolved(items)
  }

  return {
    resolve(account, rows) {
      const [first] = rows
      if (first === undefined) return { kind: 'none' }
      return first.album === null ? resolveItem(account, first) : resolveAlbum(account, rows)
    },
  }
}

/** The albums that were sent, by the ids of their parts. */
function openAlbums(sql: SpoolDatabase['sql']) {
  const find = sql.prepare('SELECT * FROM album_parts WHERE account = ? AND message_id = ?')
  const partsOf = sql.prepare('SELECT * FROM album_parts WHERE account = ? AND head_id = ? ORDER BY position')
  const setContent = sql.prepare('UPDATE album_parts SET content = ? WHERE account = ? AND message_id = ?')
  const setDeleted = sql.prepare('UPDATE album_parts SET is_deleted = 1 WHERE account = ? AND message_id = ?')
  const dropFile = sql.prepare(
    `UPDATE files SET state = 'done' WHERE account = ? AND message_id = ? AND key = ? AND state <> 'done'`,
  )
  const add = sql.prepare(
    `INSERT INTO album_parts (account, message_id, head_id, position, content, file_keys, added_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, message_id) DO NOTHING`,
  )
  const partOf = (account: string, id: string) => find.get(account, id) as PartRow | undefined
  const siblings = (account: string, headId: string) => partsOf.all(account, headId) as PartRow[]

  function amendDeletion(account: string, item: Deletion, part: PartRow): BroadcastItem[] {
    setDeleted.run(account, part.message_id)
    const parts = siblings(account, part.head_id)
    if (parts.every((one) => one.is_deleted === 1))
      return [{ ...item, message: { ...item.message, external_id: part.head_id } }]
    for (const key of fileKeysOf(part)) dropFile.run(account, part.head_id, key)
    return withoutPart(item, part, parts)
  }

  return {
    remember(account: string, part: AlbumPart, at: number): void {
      const { messageId, headId, position, content, fileKeys } = part
      add.run(account, messageId, headId, position, content, JSON.stringify(fileKeys), at)
    },
    withReply(account: string, item: MessageItem): MessageItem {
      const id = item.message.reply_to_external_id
      const answered = id == null ? undefined : partOf(account, id)
      if (answered === undefined) return item
      return { ...item, message: { ...item.message, reply_to_external_id: answered.head_id } }
    },
    /** What names a part names the album. */
    amend(account: string, item: Amendment): BroadcastItem[] {
      const part = partOf(account, item.message.external_id)
      if (part === undefined) return [item]
      const external_id = part.head_id
      switch (item.kind) {
        case 'delete':
          return amendDeletion(account, item, part)
        case 'edit': {
          setContent.run(item.message.content, account, part.message_id)
          const content = albumText(textsOf(siblings(account, external_id)))
          return [{ ...item, message: { ...item.message, external_id, content } }]
        }
        case 'reaction':
        case 'file':
          return [{ ...item, message: { external_id } }]
      }
    },
  }
}

function fileKeysOf(part: PartRow): string[] {
  return JSON.parse(part.file_keys) as string[]
}

function toResolved(items: BroadcastItem[]): Resolved {
  return items.length === 0 ? { kind: 'none' } : { kind: 'items', items }
}

/** One part of an album was taken back: its files and its text go, the rest of the message stays. */
function withoutPart(item: Deletion, gone: PartRow, parts: PartRow[]): BroadcastItem[] {
  const message = { external_id: gone.head_id }
  const { channel } = item
  const error = { code: 'file.deleted', title: 'Taken back by the customer' }
  const files = fileKeysOf(gone).map((key): BroadcastItem => ({
    kind: 'file',
    channel,
    message,
    file: { key, error },
  }))
  if (gone.content === '') return files
  const content = albumText(textsOf(parts))
  return [...files, { kind: 'edit', channel, message: { ...message, content, edited_at: item.message.deleted_at } }]
}

function textsOf(parts: readonly PartRow[]): string[] {
  return parts.filter((part) => part.is_deleted === 0).map((part) => part.content)
}
