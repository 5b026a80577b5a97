import { join } from 'node:path'
import type { CompanionAccount } from '../../src/protocol/companion.ts'
import type { AccountSpool } from '../account.ts'
import { accountKey, makePrivateFolder } from '../data-folder.ts'
import { createAccountSpools } from './account-spool.ts'
import { type SpoolDatabase, openDatabase } from './database.ts'
import { type FileQueue, createFileQueue } from './file-queue.ts'
import { type WaitingRow, createLanes } from './lanes.ts'
import { type MailFiles, openMailFiles } from './mail-files.ts'
import { type Outgoing, createOutgoing } from './outgoing.ts'
import { type SpoolCounts, createSpoolCounts } from './spool-counts.ts'
import { createRowWriter, laneName } from './write-rows.ts'

export type SpoolDeps = {
  now: () => number
  /** Whatever fails on the disk ends the process. */
  crash(error: unknown): never
}

/** What was seen and has not arrived yet, on the disk. One for a data folder. */
export type Spool = {
  database: SpoolDatabase
  forAccount(account: CompanionAccount): AccountSpool
  /** What the companion keeps for itself. */
  own: AccountSpool
  outgoing: Outgoing
  files: FileQueue
  mails: MailFiles
  counts: SpoolCounts
  /** Called after new rows were committed. */
  onAdded(listener: () => void): void
  /** Takes notice of what another process changed, such as revived dead letters. Cheap when there was nothing. */
  refresh(): void
  /** Throws when the disk takes nothing. */
  checkWritable(): void
  close(): void
}

type PendingRow = {
  id: number
  account: string
  lane: string
  kind: string
  is_message: number
  bytes: number
  album: string | null
  album_head: number | null
  added_at: number
}

/** Opens the spool in a folder, which is made where there is none. */
export function openSpool(directory: string, deps: SpoolDeps): Spool {
  makePrivateFolder(directory)
  const database = openDatabase(join(directory, 'spool.db'), deps)
  const mails = openMailFiles(join(directory, 'mail'))
  mails.sweep(namedMails(database))
  const { lanes, load } = openLanes(database)
  const listeners = new Set<() => void>()
  const notify = () => {
    for (const listener of listeners) listener()
  }
  const writeRow = createRowWriter({
    database,
    mails,
    now: deps.now,
    added(lane, row) {
      lanes.push(lane, row)
      notify()
    },
  })
  const forKey = createAccountSpools(database, writeRow)
  const probe = database.sql.prepare(`INSERT OR REPLACE INTO kept (account, name, value) VALUES ('', 'probe', ?)`)
  let version = database.foreignVersion()
  load()
  return {
    database,
    forAccount: (account) => forKey(accountKey(account)),
    own: forKey(''),
    outgoing: createOutgoing({ database, lanes, mails, now: deps.now }),
    files: createFileQueue(database, writeRow, deps.now),
    mails,
    counts: createSpoolCounts(database),
    onAdded(listener) {
      listeners.add(listener)
    },
    refresh() {
      const current = database.foreignVersion()
      if (current === version) return
      version = current
      load()
      notify()
    },
    checkWritable() {
      probe.run(String(deps.now()))
    },
    close: () => database.close(),
  }
}

function namedMails({ sql }: SpoolDatabase): Set<string> {
  const rows = sql.prepare(
    `SELECT payload ->> 'file' AS file FROM spooled WHERE kind = 'mail' AND state IN ('pending', 'dead')`,
  )
  return new Set(rows.all().map(({ file }) => String(file)))
}

/** The lanes as they stand on the disk; `load` adds what came to them from elsewhere. */
function openLanes({ sql }: SpoolDatabase) {
  const lanes = createLanes()
  // What has been resolved told of a message, and may be several items by now.
  const pending = sql.prepare(
    `SELECT id, account, lane, kind, bytes, album, album_head, added_at,
       kind = 'mail' OR (is_resolved = 0 AND coalesce(payload ->> 'kind', 'message') = 'message') AS is_message
     FROM spooled WHERE state = 'pending' ORDER BY id`,
  )
  function* waiting() {
    for (const row of pending.iterate() as Iterable<PendingRow>) yield toWaiting(row)
  }
  const load = () => lanes.load(waiting())
  return { lanes, load }
}

function toWaiting(stored: PendingRow): { lane: string; row: WaitingRow } {
  const { id, bytes, album, album_head: group, added_at: addedAt } = stored
  const kind = stored.kind === 'mail' ? 'mail' : 'item'
  const isMessage = stored.is_message === 1
  return { lane: laneName(stored.account, stored.lane), row: { id, kind, isMessage, bytes, album, group, addedAt } }
}
