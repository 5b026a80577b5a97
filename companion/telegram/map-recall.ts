import type { DatabaseSync } from 'node:sqlite'
import type { KnownMessage, KnownPeer, KnownPoll, KnownReaction, MapContext } from './map-context.ts'
import { externalIdOf, isChannelPeer, readExternalId } from './map-ids.ts'

/** All that is looked up while an update is mapped, and while a reply is sent. */
export type Reads = Pick<MapContext, 'peer' | 'topic' | 'message' | 'poll' | 'sentAt' | 'referenceOf'> & {
  /** The first message that came of sending one of ours. */
  sentAs(messageId: string): string | undefined
}

export function prepareReads(db: DatabaseSync): Reads {
  const peer = db.prepare('SELECT name, username, is_forum, is_bot FROM peers WHERE id = ?')
  const topic = db.prepare('SELECT title FROM topics WHERE peer_id = ? AND id = ?')
  const message = db.prepare(
    'SELECT peer_id, digest, files, edited_at, reactions, reference FROM messages WHERE channel = ? AND id = ?',
  )
  const poll = db.prepare('SELECT external_id, peer_id, details FROM polls WHERE id = ?')
  const sentAt = db.prepare(
    'SELECT date FROM messages WHERE channel = ? AND id <= ? AND date > 0 ORDER BY id DESC LIMIT 1',
  )
  const sentAs = db.prepare('SELECT channel, id FROM messages WHERE reference = ? ORDER BY id LIMIT 1')
  const find = (externalId: string) => {
    const place = placeOf(externalId)
    return place === null ? undefined : message.get(place.channel, place.id)
  }
  return {
    peer: (peerId) => {
      const row = peer.get(peerId)
      return row === undefined ? undefined : peerOf(row)
    },
    topic: (peerId, topicId) => textOr(topic.get(peerId, topicId)?.['title']),
    message: (externalId) => {
      const row = find(externalId)
      return row === undefined ? undefined : messageOf(row)
    },
    poll: (pollId) => {
      const row = poll.get(pollId)
      return row === undefined ? undefined : pollOf(row)
    },
    sentAt: (peerId, upToId) => {
      const date = sentAt.get(isChannelPeer(peerId) ? peerId : 0, upToId)?.['date']
      return typeof date === 'number' ? date : undefined
    },
    sentAs: (messageId) => {
      const row = sentAs.get(messageId)
      return row === undefined ? undefined : externalIdAt(Number(row['channel']), Number(row['id']))
    },
    referenceOf: (externalId) => textOr(find(externalId)?.['reference']),
  }
}

type Row = Record<string, unknown>

function peerOf(row: Row): KnownPeer {
  return {
    name: String(row['name']),
    username: textOr(row['username']) ?? null,
    isForum: row['is_forum'] === 1,
    isBot: row['is_bot'] === 1,
  }
}

function messageOf(row: Row): KnownMessage {
  return {
    peerId: Number(row['peer_id']),
    digest: textOr(row['digest']) ?? '',
    files: String(row['files']),
    editedAt: Number(row['edited_at']),
    reactions: JSON.parse(String(row['reactions'])) as Record<string, KnownReaction>,
  }
}

function pollOf(row: Row): KnownPoll {
  const details = JSON.parse(String(row['details'])) as KnownPoll['details']
  return { externalId: String(row['external_id']), peerId: Number(row['peer_id']), details }
}

export const textOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Where a message is numbered: per channel, or (0) per account. */
export function placeOf(externalId: string): { channel: number; id: number } | null {
  const read = readExternalId(externalId)
  return read === null ? null : { channel: read.channel ?? 0, id: read.messageId }
}

const externalIdAt = (channel: number, id: number): string => (channel === 0 ? String(id) : externalIdOf(channel, id))
