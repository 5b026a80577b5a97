import type { tl } from '@mtcute/core'
import { BroadcastItem } from '../../src/protocol/api.ts'
import type { SpoolRow } from '../account.ts'
import { bodyOf, unsupported } from './map-body.ts'
import { compact, type Details, type MapContext } from './map-context.ts'
import { digestOf, filesOf } from './map-digest.ts'
import { fittingDetails } from './map-fit.ts'
import { externalIdOf, isoOfSeconds, markedId, serviceNotifications } from './map-ids.ts'
import { conversationOf, forwardOf, replyOf, senderOf, topicOf, viaBotOf } from './map-origin.ts'
import { reactionRows } from './map-marks.ts'
import { migrationOf, serviceOf } from './map-service.ts'
import type { Body } from './media.ts'

type NewMessage = Extract<BroadcastItem, { message: { direction: unknown } }>
type ItemRow = Extract<SpoolRow, { kind: 'item' }>
export type MessageRow = ItemRow & { item: NewMessage }

/**
 * A new message. Found late, it may have reactions already; found again, it may say something else than before: what has
 * become of it since comes along.
 */
export function messageRows(message: tl.TypeMessage, context: MapContext): SpoolRow[] {
  const row = messageRow(message, context)
  if (row === null || message._ === 'messageEmpty') return []
  const isKnown = context.message(row.item.message.external_id) !== undefined
  return [row, ...(isKnown ? editRows(message, context) : []), ...reactionsOf(message, context)]
}

export function reactionsOf(message: tl.RawMessage | tl.RawMessageService, context: MapContext): SpoolRow[] {
  const { reactions } = message
  if (reactions === undefined) return []
  try {
    return reactionRows({ message, reactions }, context)
  } catch {
    context.note('reactions.unreadable', { message: message.id })
    return []
  }
}

/** Null: nothing was said and nothing happened; or so little can be read that only the log can tell of it. */
export function messageRow(message: tl.TypeMessage, context: MapContext): MessageRow | null {
  if (message._ === 'messageEmpty') return null
  try {
    const row = message._ === 'messageService' ? serviceRow(message, context) : spokenRow(message, context)
    // What the Worker would refuse is better shown as unreadable than parked where nobody looks.
    return row === null || BroadcastItem.safeParse(row.item).success ? row : unreadableRow(message, context)
  } catch {
    return unreadableRow(message, context)
  }
}

function spokenRow(message: tl.RawMessage, context: MapContext): MessageRow | null {
  const peerId = markedId(message.peerId)
  if (isOwnNotes(peerId, context)) return null
  const body = peerId === serviceNotifications ? withheld : bodyOf(message, { peerId, messageId: message.id, place: 0 })
  const reply = replyOf(message)
  const details = fittingDetails({
    ...body.details,
    ...reply.details,
    ...forwardOf(message, context),
    ...viaBotOf(message, context),
    ...topicDetails(message, context),
  })
  const row = rowOf(message, { ...body, details }, context)
  if (reply.externalId !== null) row.item.message.reply_to_external_id = reply.externalId
  if (message.groupedId !== undefined) row.album = `${peerId}:${message.groupedId.toString()}`
  return row
}

/** What somebody keeps for themselves under "Saved messages" is no conversation with anybody. */
const isOwnNotes = (peerId: number, { accountId }: MapContext): boolean => peerId === accountId

/** Telegram's own notices hold the codes that sign in to the account: whoever reads them can take it over. */
const withheld: Body = {
  type: 'system',
  content: 'A notice from Telegram itself. It may hold a sign-in code, so it is shown in the Telegram app only.',
  details: { service: { action: 'telegram_notice' } },
  files: [],
}

function serviceRow(message: tl.RawMessageService, context: MapContext): MessageRow | null {
  if (isOwnNotes(markedId(message.peerId), context)) return null
  const { content, service } = serviceOf(message, context)
  const details = fittingDetails({ service, ...topicDetails(message, context) })
  const row = rowOf(message, { type: 'system', content, details, files: [] }, context)
  const answered = replyOf(message).externalId
  if (answered !== null) row.item.message.reply_to_external_id = answered
  const migration = migrationOf(message)
  if (migration === null) return row
  // Both groups tell of it: under one key it is one line, in the conversation that goes on.
  const id = `migration:${migration.from}:${migration.to}`
  const conversation = {
    ...row.item.conversation,
    external_id: String(migration.to),
    aliases: [String(migration.from)],
  }
  const item = { ...row.item, conversation, message: { ...row.item.message, external_id: id } }
  return { ...row, key: `msg:${id}`, lane: String(migration.to), item }
}

function topicDetails(message: tl.RawMessage | tl.RawMessageService, context: MapContext): Details {
  const topic = topicOf(message, context)
  if (topic === null) return {}
  const title = context.topic(markedId(message.peerId), topic)
  return { topic: compact({ id: String(topic), title }) }
}

function rowOf(message: tl.RawMessage | tl.RawMessageService, body: Body, context: MapContext): MessageRow {
  const peerId = markedId(message.peerId)
  const externalId = externalIdOf(peerId, message.id)
  const direction = isOwn(message, context) ? 'outbound' : 'inbound'
  const reference = direction === 'outbound' ? context.referenceOf(externalId) : undefined
  const sender = senderOf(message, context)
  // Of a reply from the inbox the Worker has the files already.
  const files = reference === undefined ? body.files : []
  const item: NewMessage = {
    channel: { platform: 'telegram', external_id: String(context.accountId) },
    conversation: conversationOf(message, context),
    message: {
      external_id: externalId,
      direction,
      type: body.type,
      content: body.content.toWellFormed().replaceAll('\0', ''),
      created_at: isoOfSeconds(message.date, context.now()),
      ...(sender === null ? {} : { sender }),
      ...(files.length === 0 ? {} : { attachments: files.map(({ attachment }) => attachment) }),
      ...(reference === undefined ? {} : { reference }),
      ...(Object.keys(body.details).length === 0 ? {} : { details: body.details }),
    },
  }
  const row: MessageRow = { kind: 'item', key: `msg:${externalId}`, lane: String(peerId), item }
  return files.length === 0 ? row : { ...row, files: files.map(({ file }) => file) }
}

/** Sent by this account, from whatever device. */
function isOwn({ out, fromId }: tl.RawMessage | tl.RawMessageService, { accountId }: MapContext): boolean {
  return out === true || (fromId?._ === 'peerUser' && fromId.userId === accountId)
}

/** What cannot be read is still there for everybody to see (G7), as long as it is known where. */
function unreadableRow(message: tl.RawMessage | tl.RawMessageService, context: MapContext): MessageRow | null {
  try {
    const { word, type, details } = unsupported('unknown')
    const { peerId, id, date, out } = message
    const bare: tl.RawMessage = { _: 'message', id, peerId, date, message: '', ...(out === true ? { out } : {}) }
    const row = rowOf(bare, { type, content: word, details, files: [] }, context)
    context.note('message.unreadable', { message: row.item.message.external_id })
    return row
  } catch {
    context.note('message.unplaceable', { kind: message._ })
    return null
  }
}

/**
 * Telegram sends a message anew whenever anything about it changes: views, buttons, previews, votes, reactions. An edit
 * is what its author did: it has a time, it is not hidden, and it says something else than what was told before.
 */
export function editRows(message: tl.TypeMessage, context: MapContext): SpoolRow[] {
  const row = message._ === 'message' ? messageRow(message, context) : null
  if (row === null || message._ !== 'message') return []
  const known = context.message(row.item.message.external_id)
  const isLive = message.media?._ === 'messageMediaGeoLive'
  if (!isLive && (message.editDate === undefined || message.editHide === true)) return []
  // Two edits can lie in one second of Telegram's; the Worker keeps the later one.
  const dated = message.editDate === undefined ? context.now() : message.editDate * 1000
  const at = Math.max(dated, (known?.editedAt ?? 0) + 1)
  const isReplaced =
    known !== undefined && known.digest !== '' && known.files !== filesOf(row) && row.files !== undefined
  const isReworded = known?.digest !== digestOf(row)
  return [...(isReworded ? [editRow(row, at)] : []), ...(isReplaced ? [replacementRow(row, at)] : [])]
}

export function editRow({ item, lane, ...row }: MessageRow, at: number): SpoolRow {
  const { external_id, content, details } = item.message
  // Marks and previews of the former text must not stay.
  const replaced = { entities: [], share: null, ...details }
  const message = { external_id, content, edited_at: new Date(at).toISOString(), details: replaced }
  const key = `edit:${external_id}:${at}:${digestOf({ ...row, item, lane })}`
  return { kind: 'item', key, lane, item: { kind: 'edit', channel: item.channel, message } }
}

/**
 * Somebody put another file in the place of the first. An edit carries no files: the new one comes as a message of its
 * own, which answers the old one, so that both stay to be seen.
 */
function replacementRow({ item, album: _album, ...row }: MessageRow, at: number): SpoolRow {
  const { external_id: externalId } = item.message
  const id = `${externalId}/${at}`
  const message = {
    ...item.message,
    external_id: id,
    created_at: new Date(at).toISOString(),
    reply_to_external_id: externalId,
    details: { ...item.message.details, replaces: externalId },
  }
  return { ...row, key: `msg:${id}`, item: { ...item, message } }
}
