import type { BroadcastItem } from '../../src/protocol/api.ts'
import { albumFileKey } from './album.ts'
import type { SpoolDatabase } from './database.ts'
import { type Lanes, type Unit, type WaitingRow, albumPauseMs } from './lanes.ts'
import type { MailFiles } from './mail-files.ts'
import { createResolver } from './resolve.ts'

/** What one POST, or a part of one, is about: rows that are settled together. */
export type OutgoingUnit = {
  account: string
  lane: string
  rows: readonly WaitingRow[]
  what:
    | { kind: 'items'; items: readonly BroadcastItem[] }
    | { kind: 'mail'; file: string; direction: 'inbound' | 'outbound' }
}
/** `dead`: the Worker will never take it. It is kept, and can be sent again by hand. */
export type Settlement = { unit: OutgoingUnit; outcome: 'delivered' | { code: string; message: string } }

export type Outgoing = {
  /** What can go now: items of any lanes, or one mail; empty when there is nothing. Under way until settled. */
  take(): OutgoingUnit[]
  settle(settlements: readonly Settlement[]): void
  /** When `take` may find something again; null when only a new row can change that. */
  nextAt(): number | null
}

type Deps = { database: SpoolDatabase; lanes: Lanes; mails: MailFiles; now: () => number }
type MailPayload = { file: string; direction: 'inbound' | 'outbound' }

const accountOf = (lane: string) => lane.slice(0, lane.indexOf('\n'))

export function createOutgoing({ database, lanes, mails, now }: Deps): Outgoing {
  const { sql } = database
  const resolver = createResolver(database, now)
  const readPayload = sql.prepare('SELECT payload FROM spooled WHERE id = ?')
  const settleRow = createSettler(database, { mails, now })

  function resolve(unit: Unit): OutgoingUnit | 'none' | 'wait' {
    const { lane, rows } = unit
    const account = accountOf(lane)
    const [first] = rows
    if (first?.kind === 'mail') {
      const { file, direction } = JSON.parse(String(readPayload.get(first.id)?.['payload'])) as MailPayload
      return { account, lane, rows, what: { kind: 'mail', file, direction } }
    }
    const resolved = resolver.resolve(account, rows)
    return resolved.kind === 'items' ? { account, lane, rows, what: resolved } : resolved.kind
  }

  return {
    take() {
      const taken = lanes.take(now())
      if (taken.length === 0) return []
      const units: OutgoingUnit[] = []
      const silent: Unit[] = []
      const waiting = new Map<string, Unit[]>()
      database.transaction(() => {
        for (const unit of taken) {
          // What follows in the lane of something that has to wait waits as well.
          const resolved = waiting.has(unit.lane) ? 'wait' : resolve(unit)
          if (resolved === 'wait') waiting.set(unit.lane, [...(waiting.get(unit.lane) ?? []), unit])
          else if (resolved === 'none') silent.push(unit)
          else units.push(resolved)
        }
        for (const unit of silent) for (const row of unit.rows) settleRow.delivered(accountOf(unit.lane), row, null)
      })
      for (const unit of silent) lanes.settle(unit.lane, idsOf(unit))
      for (const late of waiting.values()) lanes.putBack(late, now() + albumPauseMs)
      return units
    },
    settle(settlements) {
      database.transaction(() => {
        for (const { unit, outcome } of settlements) {
          for (const [position, row] of unit.rows.entries()) {
            if (outcome !== 'delivered') settleRow.dead(row, outcome)
            else settleRow.delivered(unit.account, row, unit.rows.length > 1 ? headOf(unit, position) : null)
          }
        }
      })
      for (const { unit } of settlements) lanes.settle(unit.lane, idsOf(unit))
    },
    nextAt: () => lanes.nextAt(now()),
  }
}

function idsOf({ rows }: { rows: readonly WaitingRow[] }): number[] {
  return rows.map(({ id }) => id)
}

type AlbumPlace = { headId: string; position: number }

function headOf({ what }: OutgoingUnit, position: number): AlbumPlace | null {
  const item = what.kind === 'items' ? what.items[0] : undefined
  return item !== undefined && 'message' in item ? { headId: item.message.external_id, position } : null
}

type FileRow = { id: number; key: string; message_id: string }

/** Writes down what became of a row, within a transaction. */
function createSettler({ sql, afterCommit }: SpoolDatabase, { mails, now }: { mails: MailFiles; now: () => number }) {
  const read = sql.prepare('SELECT payload FROM spooled WHERE id = ?')
  // What was said is not kept longer than it is needed; the key is, to know the row again.
  const deliver = sql.prepare(
    `UPDATE spooled SET state = 'delivered', payload = '', error = NULL, settled_at = ? WHERE id = ?`,
  )
  const bury = sql.prepare(`UPDATE spooled SET state = 'dead', error = ?, settled_at = ? WHERE id = ?`)
  const remove = sql.prepare('DELETE FROM spooled WHERE id = ?')
  const heldFiles = sql.prepare(`SELECT id, key, message_id FROM files WHERE row_id = ? AND state = 'held'`)
  const releaseFile = sql.prepare(`UPDATE files SET state = ?, key = ?, message_id = ?, due_at = ? WHERE id = ?`)
  const uploadedFile = sql.prepare('SELECT id FROM files WHERE id = ?')
  const uploadAgain = sql.prepare(`UPDATE files SET state = 'pending', due_at = ? WHERE id = ?`)
  const isTakenBack = sql.prepare('SELECT 1 FROM album_parts WHERE account = ? AND message_id = ? AND is_deleted = 1')

  function releaseFiles(account: string, row: WaitingRow, album: AlbumPlace | null): void {
    for (const { id, key, message_id: messageId } of heldFiles.all(row.id) as FileRow[]) {
      const state = isTakenBack.get(account, messageId) === undefined ? 'pending' : 'done'
      const finalKey = album === null ? key : albumFileKey(album.position, key)
      releaseFile.run(state, finalKey, album?.headId ?? messageId, now(), id)
    }
  }

  return {
    delivered(account: string, row: WaitingRow, album: AlbumPlace | null): void {
      if (row.kind === 'mail') {
        const { file } = JSON.parse(String(read.get(row.id)?.['payload'])) as MailPayload
        afterCommit(() => mails.remove(file))
      } else releaseFiles(account, row, album)
      deliver.run(now(), row.id)
    },
    dead(row: WaitingRow, error: { code: string; message: string }): void {
      const file = error.code === 'upload.not_found' ? fileOfRow(row) : null
      if (file === null) bury.run(JSON.stringify(error), now(), row.id)
      else {
        // An upload that the Worker no longer has is made again.
        remove.run(row.id)
        uploadAgain.run(now(), file)
      }
    },
  }

  function fileOfRow(row: WaitingRow): number | null {
    const key = sql.prepare('SELECT key FROM spooled WHERE id = ?').get(row.id)?.['key']
    const id = /^file:(\d+)$/.exec(String(key))?.[1]
    return id === undefined || uploadedFile.get(Number(id)) === undefined ? null : Number(id)
  }
}
