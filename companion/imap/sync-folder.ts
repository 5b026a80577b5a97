import type { FetchMessageObject, ImapFlow } from 'imapflow'
import type { AccountDeps, AccountSpool, SpoolRow } from '../account.ts'
import type { MailFolder } from '../accounts-config.ts'
import { maxMailBytes } from './connect-imap.ts'
import { fetchStandIn } from './fetch-stand-in.ts'
import type { FolderCursor, FolderCursors, KnownMail } from './folder-cursor.ts'
import { failureOf, MailWithheld } from './imap-failure.ts'
import { headOf, identityOfHead, identityOfMail, laneOf } from './mail-head.ts'
import { identityFields, openFolder, timeOf } from './open-folder.ts'
import { blankStandIn } from './stand-in.ts'
import { within } from './within.ts'
import { createTroubles, type Troubles } from './troubles.ts'
import type { MailTiming } from './timing.ts'

export type SyncDeps = Pick<AccountDeps, 'spool' | 'log' | 'now'> & {
  cursors: FolderCursors
  timing: MailTiming
  /** How far back a first run goes, in epoch ms; null: not at all. */
  since: number | null
  /** Whether we sent the mail of this Message-ID ourselves: the Worker has it, and need not be told. */
  isOwn(messageId: string): boolean
  /** Called once it is known how much there is to take in. */
  onPending(count: number): void
  /** Called with every step forward. */
  onTaken(): void
  signal: AbortSignal
}

type Sync = SyncDeps & {
  client: ImapFlow
  folder: MailFolder
  /** What cannot be fetched. */
  troubles: Troubles
  /** What a search finds and no answer describes. */
  omissions: Troubles
  uidValidity: string
  /** What is asked for after all others. */
  putOff: Pending[]
  /** What was passed over and is still owed: the cursor stays before it. */
  owed: Set<number>
  /** A server that trickles an answer is left. */
  bounded: <Value>(work: Promise<Value>) => Promise<Value>
}
/** A mail as it is known before it is fetched. `isHidden`: the server names it and says nothing more of it. */
type Pending = {
  uid: number
  size: number
  receivedAt: number | null
  identity: string | null
  isOld: boolean
  isHidden: boolean
}

const sliceLength = 100
/** As much as is held in memory at a time, unless one mail alone is larger. */
const lotBytes = 4 * 1024 * 1024
const lotLength = 50
const dayMs = 24 * 60 * 60_000

/** Takes in what has come since the cursor, and says how many mails that were. */
export async function syncFolder(client: ImapFlow, folder: MailFolder, deps: SyncDeps): Promise<number> {
  const bounded = <Value>(work: Promise<Value>) => within(deps.timing.stepMs, work, () => client.close())
  const { cursor, isNew, isRenumbered } = await bounded(openFolder(client, folder.path, deps))
  const { uidValidity } = cursor
  if (isNew) deps.log.info({ event: 'imap.begun', role: folder.role, next: cursor.next, until: cursor.until })
  if (isRenumbered) deps.log.warn({ event: 'imap.renumbered', role: folder.role, until: cursor.until })
  const { spool, now, timing } = deps
  const troublesOf = (what: 'trouble' | 'left-out') =>
    createTroubles({ spool, now, patienceMs: timing.patienceMs }, { what, path: folder.path, uidValidity })
  const kept = { troubles: troublesOf('trouble'), omissions: troublesOf('left-out') }
  const sync: Sync = { ...deps, ...kept, client, folder, uidValidity, bounded, putOff: [], owed: new Set() }
  const pending = await bounded(pendingUids(client, cursor))
  // Those behind one that is owed were taken in before the cursor could pass them.
  const uids = pending.filter((uid) => !spool.knows(keyOf(sync, uid)))
  if (uids.length > 0) deps.onPending(uids.length)
  let taken = 0
  for (let at = 0; at < uids.length; at += sliceLength) {
    const slice = uids.slice(at, at + sliceLength)
    taken += await takeSlice(sync, cursor, slice)
    moveTo(sync, (slice.at(-1) ?? 0) + 1)
  }
  for (const mail of sync.putOff) taken += await takePutOff(sync, mail)
  moveTo(sync, Math.max(cursor.until, (pending.at(-1) ?? 0) + 1))
  const forgotten = deps.cursors.forgetOldest(folder.path, deps.now())
  if (forgotten > 0) deps.log.info({ event: 'imap.forgotten', role: folder.role, mails: forgotten })
  return taken
}

/** Ascending. `n:*` always finds the last mail, whatever its number (RFC 9051 §6.4.4). */
async function pendingUids(client: ImapFlow, { next, until, since }: FolderCursor): Promise<number[]> {
  const found: number[] = []
  if (next < until) {
    // By days, in whatever time zone the server has; the exact time is looked at later.
    const isoDay = new Date(since - 2 * dayMs)
    found.push(...(await search(client, { uid: `${next}:${until - 1}`, since: isoDay })).filter((uid) => uid < until))
  }
  const from = Math.max(next, until)
  found.push(...(await search(client, { uid: `${from}:*` })))
  return [...new Set(found)].filter((uid) => uid >= next).toSorted((a, b) => a - b)
}

async function search(client: ImapFlow, query: { uid: string; since?: Date }): Promise<number[]> {
  const found = await client.search(query, { uid: true })
  if (!Array.isArray(found)) throw new Error('the server refused to search')
  return found
}

async function takeSlice(sync: Sync, cursor: FolderCursor, uids: readonly number[]): Promise<number> {
  const pending = await sync.bounded(describe(sync, cursor, uids))
  const wanted = pending.filter((mail) => !mail.isOld || isWanted(sync, cursor, mail))
  const putOff = wanted.filter(({ uid }) => sync.troubles.isPutOff(uid))
  sync.putOff.push(...putOff)
  for (const { uid } of putOff) sync.owed.add(uid)
  const present = wanted.filter((mail) => !putOff.includes(mail))
  let taken = 0
  for (const lot of lotsOf(present, sync.troubles)) {
    sync.signal.throwIfAborted()
    taken += await takeLot(sync, lot)
  }
  return taken
}

/** One that is refused once more stays owed; only what breaks the connection ends the look. */
async function takePutOff(sync: Sync, mail: Pending): Promise<number> {
  sync.signal.throwIfAborted()
  sync.owed.delete(mail.uid)
  try {
    return await takeLot(sync, [mail])
  } catch (error) {
    if (!sync.client.usable) throw error
    sync.log.warn({ event: 'imap.still_owed', role: sync.folder.role, code: failureOf(error).code })
    sync.owed.add(mail.uid)
    return 0
  }
}

async function describe(sync: Sync, { until }: FolderCursor, uids: readonly number[]): Promise<Pending[]> {
  const { client, omissions } = sync
  const hasOld = uids.some((uid) => uid < until)
  const query = { uid: true, size: true, internalDate: true, ...(hasOld && { headers: identityFields }) }
  const found = new Map<number, Pending>()
  for await (const mail of client.fetch(uids.join(','), query, { uid: true })) {
    const { uid, size, internalDate, headers } = mail
    const identity = headers === undefined ? null : identityOfHead(headOf(headers))
    found.set(uid, {
      uid,
      size: size ?? 0,
      receivedAt: timeOf(internalDate),
      identity,
      isOld: uid < until,
      isHidden: false,
    })
  }
  const leftOut = await namedOf(
    client,
    uids.filter((uid) => !found.has(uid)),
  )
  const isHidden = (uid: number) => omissions.verdict(uid) === 'nothing'
  for (const uid of leftOut.filter((one) => isHidden(one)))
    found.set(uid, { uid, size: 0, receivedAt: null, identity: null, isOld: uid < until, isHidden: true })
  const open = leftOut.filter((uid) => !found.has(uid))
  for (const uid of open) {
    omissions.failed([uid], 'mail')
    sync.owed.add(uid)
  }
  if (open.some((uid) => !omissions.isPutOff(uid))) throw new MailWithheld()
  // In order, each once, and only what was asked for, whatever the server says.
  return uids.flatMap((uid) => found.get(uid) ?? [])
}

/** Of those that were there before: what came since we look, and is new to us. One without a time is looked at. */
function isWanted({ cursors, folder }: Sync, { since }: FolderCursor, { receivedAt, identity }: Pending): boolean {
  if (receivedAt !== null && receivedAt < since) return false
  return identity === null || !cursors.isKnown(folder.path, identity)
}

function lotsOf(mails: readonly Pending[], troubles: Troubles): Pending[][] {
  const lots: Pending[][] = []
  let bytes = 0
  for (const mail of mails) {
    const isAlone = mail.size > lotBytes || troubles.isSuspect(mail.uid)
    const lot = lots.at(-1)
    const fits = lot !== undefined && !isAlone && lot.length < lotLength && bytes + mail.size <= lotBytes
    if (fits) lot.push(mail)
    else lots.push([mail])
    // Nothing joins one that goes alone.
    bytes = isAlone ? Number.POSITIVE_INFINITY : fits ? bytes + mail.size : mail.size
  }
  return lots
}

async function takeLot(sync: Sync, lot: readonly Pending[]): Promise<number> {
  const { troubles } = sync
  try {
    const raws = await sync.bounded(fetchLot(sync, lot))
    const taken = keep(sync, lot, raws)
    sync.onTaken()
    return taken
  } catch (error) {
    const { kind } = failureOf(error)
    const uids = lot.map(({ uid }) => uid)
    if (!sync.signal.aborted) troubles.failed(uids, kind)
    throw error
  }
}

/** The mails of a lot by uid. One that has vanished meanwhile is not among them. */
async function fetchLot(sync: Sync, lot: readonly Pending[]): Promise<Map<number, Uint8Array>> {
  const { client, troubles } = sync
  const raws = new Map<number, Uint8Array>()
  const whole = lot.filter(
    ({ uid, size, isHidden }) => size <= maxMailBytes && !isHidden && troubles.verdict(uid) === 'whole',
  )
  if (whole.length > 0) {
    const uids = whole.map(({ uid }) => uid)
    for await (const mail of client.fetch(uids.join(','), { uid: true, source: true }, { uid: true })) {
      const raw = sourceOf(mail)
      if (raw !== null) raws.set(mail.uid, raw)
    }
    await assureGone(
      client,
      uids.filter((uid) => !raws.has(uid)),
    )
  }
  for (const mail of lot.filter((one) => !whole.includes(one))) {
    const standIn = await standInOf(sync, mail)
    if (standIn !== null) raws.set(mail.uid, standIn)
  }
  return raws
}

/** Null: it is gone. */
async function standInOf(sync: Sync, { uid, size, isHidden }: Pending): Promise<Uint8Array | null> {
  const { client, troubles, uidValidity } = sync
  const hasHeader = troubles.verdict(uid) !== 'nothing'
  const reason = size > maxMailBytes ? ('too_large' as const) : ('unreadable' as const)
  const standIn = isHidden ? null : await fetchStandIn(client, { uid, reason, hasHeader })
  if (standIn !== null) return standIn
  if ((await namedOf(client, [uid])).length === 0) return null
  if (hasHeader && !isHidden) throw new MailWithheld()
  return blankStandIn(`${uidValidity}.${uid}`)
}

function sourceOf({ source }: FetchMessageObject): Uint8Array | null {
  return source === undefined || source.length === 0 ? null : source
}

/** What was announced and did not come was deleted meanwhile, or the server holds it back. */
async function assureGone(client: ImapFlow, missing: readonly number[]): Promise<void> {
  if ((await namedOf(client, missing)).length > 0) throw new MailWithheld()
}

/** Those that the server still has. */
async function namedOf(client: ImapFlow, uids: readonly number[]): Promise<number[]> {
  if (uids.length === 0) return []
  const left = new Set(await search(client, { uid: uids.join(',') }))
  return uids.filter((uid) => left.has(uid))
}

/** Mails and cursor go to the disk together: whatever ends this process, the next one begins where this one was. */
function keep(sync: Sync, lot: readonly Pending[], raws: ReadonlyMap<number, Uint8Array>): number {
  const { spool, cursors, folder } = sync
  const rows = lot.flatMap((mail) => rowOf(sync, mail, raws.get(mail.uid)))
  const last = lot.at(-1)?.uid ?? 0
  spool.transaction((write) => {
    for (const { row, mail } of rows) {
      if (row !== null) write.add(row)
      cursors.remember(write, folder.path, mail)
    }
    advance(sync, (work) => work(write), last + 1)
  })
  return rows.filter(({ row }) => row !== null).length
}

type Kept = { row: SpoolRow | null; mail: KnownMail }

function rowOf(sync: Sync, { uid, isOld, receivedAt }: Pending, raw: Uint8Array | undefined): Kept[] {
  if (raw === undefined) return []
  const { folder, cursors } = sync
  const head = headOf(raw)
  const identity = identityOfMail(raw, head)
  if (isOld && cursors.isKnown(folder.path, identity)) return []
  const mail = { identity, receivedAt }
  const direction = folder.role === 'sent' ? 'outbound' : 'inbound'
  if (direction === 'outbound' && head.messageId !== null && sync.isOwn(head.messageId)) return [{ row: null, mail }]
  return [{ row: { kind: 'mail', key: keyOf(sync, uid), lane: laneOf(raw, head), raw, direction }, mail }]
}

function keyOf({ folder, uidValidity }: Sync, uid: number): string {
  return `imap:${folder.path}:${uidValidity}:${uid}`
}

function moveTo(sync: Sync, next: number): void {
  advance(sync, (work) => sync.spool.transaction(work), next)
}

/** A cursor never goes back, and passes nothing that is owed. `transact`: the transaction that it is written in. */
function advance(sync: Sync, transact: AccountSpool['transaction'], next: number): void {
  const { cursors, folder, troubles, omissions, owed } = sync
  const cursor = cursors.read(folder.path)
  const to = Math.min(next, ...owed)
  if (cursor === null || to <= cursor.next) return
  transact((write) => {
    troubles.passed(write, to - 1)
    omissions.passed(write, to - 1)
    cursors.write(write, folder.path, { ...cursor, next: to })
  })
}
