import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { tl } from '@mtcute/core'
import type { SpoolRow } from '../account.ts'
import type { MapContext } from './map-context.ts'
import { digestOf, filesOf } from './map-digest.ts'
import { placeOf, prepareReads, type Reads, textOr } from './map-recall.ts'
import { readPeer, type SeenPeer } from './peers.ts'

type Names = { users: ReadonlyMap<number, tl.TypeUser>; chats: ReadonlyMap<number, tl.TypeChat> }
type Surroundings = Pick<MapContext, 'accountId' | 'now' | 'note'>

/**
 * What an account remembers of what it has told: names, and of each message what is needed to see what later changes to
 * it mean. Losing it loses no message; then a change that was told already may be told again, and a time of reading is
 * not known.
 */
export type Memory = {
  context(surroundings: Surroundings): MapContext
  /** Names, before an update is mapped that needs them. */
  learnPeers(peers: Names): void
  /** Names of a forum's topics, as they are asked for; those opened later are learned from their messages. */
  learnTopics(peerId: number, topics: readonly { id: number; title: string }[]): void
  /** After the spool has the rows: a crash in between only makes them be told again, under the same keys. */
  keep(rows: readonly SpoolRow[]): void
  /** A message that we sent ourselves, under the id that Telegram gave it; `messageId` is ours. */
  keepSent(sent: { externalId: string; peerId: number; messageId: string; date: number }): void
  /** The first message that came of sending one of ours; undefined as far as is known it was not sent. */
  sentAs(messageId: string): string | undefined
  referenceOf: MapContext['referenceOf']
  /** Forgets messages from before this time (epoch ms). */
  forgetBefore(at: number): void
  close(): void
}

const tables = `
  CREATE TABLE IF NOT EXISTS peers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, username TEXT, is_forum INTEGER NOT NULL, is_bot INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS topics (
    peer_id INTEGER NOT NULL, id INTEGER NOT NULL, title TEXT NOT NULL, PRIMARY KEY (peer_id, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS messages (
    channel INTEGER NOT NULL, id INTEGER NOT NULL, peer_id INTEGER NOT NULL, date INTEGER NOT NULL,
    digest TEXT, files TEXT NOT NULL DEFAULT '', edited_at INTEGER NOT NULL DEFAULT 0, reactions TEXT NOT NULL DEFAULT '{}', reference TEXT,
    PRIMARY KEY (channel, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS messages_by_date ON messages (date);
  CREATE INDEX IF NOT EXISTS messages_by_reference ON messages (reference) WHERE reference IS NOT NULL;
  CREATE TABLE IF NOT EXISTS polls (
    id TEXT PRIMARY KEY, external_id TEXT NOT NULL, peer_id INTEGER NOT NULL, details TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`

/** `path`: a file of its own for each account, or `:memory:`. Throws when it cannot be opened. */
export function openMemory(path: string): Memory {
  const db = new DatabaseSync(path)
  // Before anything is in it: SQLite gives its side files the same mode.
  if (path !== ':memory:') chmodSync(path, 0o600)
  // Not FULL: what a power cut takes is told again.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  db.exec(tables)
  const reads = prepareReads(db)
  const writes = prepareWrites(db, reads)
  return {
    context: (surroundings) => ({ ...surroundings, ...reads }),
    learnPeers: ({ users, chats }) => {
      const news = [...users.values(), ...chats.values()].flatMap((peer) => newsOf(peer, reads) ?? [])
      if (news.length > 0) inTransaction(db, () => news.forEach(writes.peer))
    },
    learnTopics: (peerId, topics) =>
      inTransaction(db, () => topics.forEach(({ id, title }) => writes.topic({ peerId, id, title }))),
    keep: (rows) => {
      const items = rows.filter((row) => row.kind === 'item')
      if (items.length > 0) inTransaction(db, () => items.forEach(writes.row))
    },
    keepSent: writes.sent,
    sentAs: (messageId) => reads.sentAs(messageId),
    referenceOf: reads.referenceOf,
    forgetBefore: (at) => {
      db.prepare('DELETE FROM messages WHERE date < ?').run(Math.floor(at / 1000))
    },
    close: () => db.close(),
  }
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN')
  try {
    work()
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

type Row = Record<string, unknown>
type ItemRow = Extract<SpoolRow, { kind: 'item' }>

type Writes = {
  peer(peer: SeenPeer): void
  row(row: ItemRow): void
  topic(topic: TopicName): void
  sent: Memory['keepSent']
}

function prepareWrites(db: DatabaseSync, reads: Reads): Writes {
  const upsertPeer = db.prepare(`INSERT INTO peers VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    name = excluded.name, username = excluded.username, is_forum = excluded.is_forum, is_bot = excluded.is_bot`)
  const upsertTopic = db.prepare('INSERT INTO topics VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET title = excluded.title')
  const upsertMessage = db.prepare(`INSERT INTO messages (channel, id, peer_id, date, digest, files)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET digest = excluded.digest, files = excluded.files`)
  const upsertSent = db.prepare(`INSERT INTO messages (channel, id, peer_id, date, reference)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET reference = excluded.reference`)
  // Of a message that was never seen, the time is not known (0).
  const upsertReactions = db.prepare(`INSERT INTO messages (channel, id, peer_id, date, reactions)
    VALUES (?, ?, ?, 0, ?) ON CONFLICT DO UPDATE SET reactions = excluded.reactions`)
  const setEdited = db.prepare(
    'UPDATE messages SET digest = COALESCE(?, digest), edited_at = ? WHERE channel = ? AND id = ?',
  )
  const setFiles = db.prepare('UPDATE messages SET files = ? WHERE channel = ? AND id = ?')
  const upsertPoll = db.prepare(`INSERT INTO polls VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET details = excluded.details`)
  const topic = ({ peerId, id, title }: TopicName) => {
    upsertTopic.run(peerId, id, title)
  }
  const statements = { upsertMessage, upsertReactions, setEdited, setFiles, upsertPoll, reads, topic }
  return {
    peer: ({ peerId, name, username, isForum, isBot }) => {
      upsertPeer.run(peerId, name, username, Number(isForum), Number(isBot))
    },
    row: (row) => keepRow(row, statements),
    topic,
    sent: ({ externalId, peerId, messageId, date }) => {
      const place = placeOf(externalId)
      if (place !== null) upsertSent.run(place.channel, place.id, peerId, date, messageId)
    },
  }
}

type Statement = ReturnType<DatabaseSync['prepare']>
type Statements = Record<'upsertMessage' | 'upsertReactions' | 'setEdited' | 'setFiles' | 'upsertPoll', Statement> & {
  reads: Reads
  topic(topic: TopicName): void
}

function keepRow(row: ItemRow, statements: Statements): void {
  const { item } = row
  if (!('message' in item)) return
  switch (item.kind) {
    case 'reaction':
      return keepReaction(row, item, statements)
    case 'edit':
      return keepEdit(row, item.message, statements)
    case 'delete':
    case 'file':
      return
    default:
      keepMessage(row, item.message, statements)
  }
}

type Items = ItemRow['item']
type Told<Kind> = Extract<Items, { kind: Kind }>
type NewMessage = Extract<Items, { message: { direction: unknown } }>

function keepMessage(row: ItemRow, message: NewMessage['message'], statements: Statements): void {
  const { upsertMessage, setFiles } = statements
  const replaced = placeOf(textOr(message.details?.['replaces']) ?? '')
  if (replaced !== null) setFiles.run(filesOf(row), replaced.channel, replaced.id)
  const place = placeOf(message.external_id)
  if (place === null) return
  const date = Math.floor(Date.parse(message.created_at) / 1000)
  upsertMessage.run(place.channel, place.id, Number(row.lane), date, digestOf(row), filesOf(row))
  keepPoll(row, message, statements)
  const topic = topicNameOf(row, message)
  if (topic !== null) statements.topic(topic)
}

function keepEdit(row: ItemRow, message: Told<'edit'>['message'], statements: Statements): void {
  const isPoll = keepPoll(row, message, statements)
  const place = placeOf(message.external_id)
  if (place === null) return
  // The key of an edit ends with what the message says since. Votes change nothing of what its author said.
  const digest = isPoll ? null : (row.key.split(':').at(-1) ?? '')
  statements.setEdited.run(digest, Date.parse(message.edited_at), place.channel, place.id)
}

type WithDetails = { external_id: string; details?: Record<string, unknown> | undefined }

function keepPoll({ lane }: ItemRow, message: WithDetails, { upsertPoll }: Pick<Statements, 'upsertPoll'>): boolean {
  const poll = message.details?.['poll'] as Row | undefined
  if (typeof poll?.['id'] !== 'string') return false
  upsertPoll.run(poll['id'], message.external_id, Number(lane), JSON.stringify(poll))
  return true
}

function keepReaction(row: ItemRow, item: Told<'reaction'>, { upsertReactions, reads }: Statements): void {
  const place = placeOf(item.message.external_id)
  if (place === null) return
  const { by = 'customer', emoji, at } = item.reaction
  const given = { emoji: emoji ?? null, at: Date.parse(at) }
  const reactions = { ...reads.message(item.message.external_id)?.reactions, [by]: given }
  upsertReactions.run(place.channel, place.id, Number(row.lane), JSON.stringify(reactions))
}

/** What is not known yet of a peer; null when it says nothing new. From afar (`min`) only strangers are believed. */
function newsOf(peer: tl.TypeUser | tl.TypeChat, reads: Reads): SeenPeer | null {
  const seen = readPeer(peer)
  if (seen === null) return null
  const known = reads.peer(seen.peerId)
  if (known === undefined) return seen
  const { name, username, isForum, isBot, isMin } = seen
  const isSame =
    known.name === name && known.username === username && known.isForum === isForum && known.isBot === isBot
  return isMin || isSame ? null : seen
}

type TopicName = { peerId: number; id: number; title: string }

/** Forums tell the names of their topics when these are opened or renamed, as messages. */
function topicNameOf({ lane }: ItemRow, { details }: NewMessage['message']): TopicName | null {
  const { service, topic } = (details ?? {}) as { service?: Row; topic?: Row }
  const title = textOr(service?.['title'])
  const isNamed = service?.['action'] === 'topic_created' || service?.['action'] === 'topic_renamed'
  return title === undefined || !isNamed ? null : { peerId: Number(lane), id: Number(topic?.['id']), title }
}
