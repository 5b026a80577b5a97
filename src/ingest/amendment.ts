import type { InboundDeletion, InboundEdit, InboundFile, InboundReaction, InboundStatus } from '../channels/channel.ts'
import { isForward } from '../protocol/words.ts'
import type { MessageRow } from '../store/wire.ts'
import { refreshPreview } from './conversation.ts'
import { type Draft, addMessageUpdated, addStatusEvent, findMessage, parkedKey } from './draft.ts'
import { bringFile, dropFiles, findAnnounced } from './files.ts'
import type { ItemChannel, ItemResult } from './items.ts'
import { answerFormer, findGuess, takeParked, waitingFor } from './parked.ts'
import { putRow, rowsInGroup } from './rows.ts'
import type { ParkedRow } from './snapshot.ts'

/** More people than this in one conversation do not react; without a bound a message's event could outgrow its row. */
const maxReactions = 500

/** What can happen to a message after it was stored. */
export type Amendment = InboundStatus | InboundEdit | InboundDeletion | InboundReaction | InboundFile

/** Applies an amendment to its message, or parks it until the message comes. Order and repetition make no difference. */
export function amend(
  draft: Draft,
  channel: Pick<ItemChannel, 'id'>,
  item: Amendment,
  options = { isSilent: false },
): ItemResult {
  const message = findMessage(draft, channel.id, item.targetExternalId)
  if (message === undefined) return answerFormer(draft, channel.id, item.targetExternalId) ?? park(draft, channel, item)
  // A guess may be wrong, and then the file belongs to the message that it was announced by.
  if (item.kind === 'file' && findGuess(draft, message) !== undefined) return park(draft, channel, item)
  const changed = change(draft, message, item)
  const of = { messageId: message.id, conversationId: message.conversationId }
  if (changed === null) return { outcome: 'duplicate', ...of, seq: message.seq }
  putRow(draft.messages, changed)
  if (item.kind === 'edit' || item.kind === 'deletion') refreshPreview(draft, changed)
  if (options.isSilent) return { outcome: 'applied', ...of, seq: null }
  const seq = item.kind === 'status' ? addStatusEvent(draft, changed, item.at) : addMessageUpdated(draft, changed)
  return { outcome: 'applied', ...of, seq }
}

/** A file that its message did not announce is refused, unless the message is one of ours. */
export function applyFile(draft: Draft, channel: Pick<ItemChannel, 'id'>, item: InboundFile): ItemResult {
  const message = findMessage(draft, channel.id, item.targetExternalId)
  const isForeign = message?.clientMessageId === null && findAnnounced(draft, message, item.key) === undefined
  if (isForeign) {
    return { outcome: 'refused', messageId: null, conversationId: null, seq: null, code: 'attachment.not_found' }
  }
  return amend(draft, channel, item)
}

/** The message after the amendment; null when it changes nothing. */
function change(draft: Draft, message: MessageRow, item: Amendment): MessageRow | null {
  switch (item.kind) {
    case 'status':
      return changeStatus(message, item)
    case 'edit':
      return changeContent(message, item)
    case 'deletion':
      return remove(draft, message, item)
    case 'reaction':
      return react(draft, message, item) ? message : null
    case 'file':
      return bringFile(draft, message, item) ? message : null
  }
}

function changeStatus(message: MessageRow, { status, error }: InboundStatus): MessageRow | null {
  if (message.direction !== 'outbound' || !isForward(message.status, status)) return null
  return { ...message, status, error: status === 'failed' ? (error ?? { code: '', title: '', details: null }) : null }
}

function changeContent(message: MessageRow, { at, content, details }: InboundEdit): MessageRow | null {
  const isNewer =
    message.editedAt === null || at > message.editedAt || (at === message.editedAt && content > message.content)
  if (message.deletedAt !== null || !isNewer) return null
  return { ...message, content, details: { ...message.details, ...details }, editedAt: at }
}

function remove(draft: Draft, message: MessageRow, { at }: InboundDeletion): MessageRow | null {
  if (message.deletedAt !== null) {
    if (at < message.deletedAt) putRow(draft.messages, { ...message, deletedAt: at })
    return null
  }
  dropFiles(draft, message)
  draft.scrubs.push({
    messageId: message.id,
    conversationId: message.conversationId,
    createdAt: message.createdAt,
    deletedAt: at,
  })
  return { ...message, content: '', details: {}, editedAt: null, deletedAt: at }
}

function react(draft: Draft, message: MessageRow, { by, emoji, at }: InboundReaction): boolean {
  const given = rowsInGroup(draft.reactions, message.id)
  const current = given.find((row) => row.by === by)
  if (current === undefined && given.length >= maxReactions) return false
  const next = emoji ?? null
  if (current !== undefined) {
    const isNewer = at > current.at || (at === current.at && (next ?? '') > (current.emoji ?? ''))
    if (!isNewer) return false
  }
  putRow(draft.reactions, { tenantId: draft.context.tenantId, messageId: message.id, by, emoji: next, at })
  return (current?.emoji ?? null) !== next
}

/**
 * Applies what came before its message (G8). No events of its own: the message's event shows the outcome. `isGuess`: that
 * it is this message is not certain, so files go on waiting.
 */
export function unpark(draft: Draft, message: MessageRow, { isGuess = false } = {}): MessageRow {
  for (const row of waitingFor(draft, message.channelId, message.externalId ?? '')) {
    if (isGuess && row.item.kind === 'file') continue
    takeParked(draft, row)
    if ('targetExternalId' in row.item) amend(draft, { id: message.channelId }, row.item, { isSilent: true })
  }
  return draft.messages.byKey.get(message.id) ?? message
}

function park(draft: Draft, channel: Pick<ItemChannel, 'id'>, item: Amendment): ItemResult {
  const { tenantId, now } = draft.context
  const row: ParkedRow = {
    tenantId,
    channelId: channel.id,
    targetExternalId: item.targetExternalId,
    key: parkedKeyOf(item),
    item,
    createdAt: now,
  }
  const waiting = draft.parked.byKey.get(parkedKey(row))
  if (waiting === undefined || supersedes(waiting.item as Amendment, item)) putRow(draft.parked, row)
  return { outcome: 'parked', messageId: null, conversationId: null, seq: null }
}

/** A message has one of each, but reactions of several people and several files. */
function parkedKeyOf(item: Amendment): string {
  if (item.kind === 'reaction') return `reaction:${item.by}`
  return item.kind === 'file' ? `file:${item.key}` : item.kind
}

/** Whether `next` would win over `waiting` if both were applied. */
function supersedes(waiting: Amendment, next: Amendment): boolean {
  if (waiting.kind === 'status' && next.kind === 'status') {
    return isForward(waiting.status, next.status) || (waiting.status === next.status && next.at < waiting.at)
  }
  if (waiting.kind === 'file' && next.kind === 'file') return 'error' in waiting.outcome && 'stored' in next.outcome
  if (waiting.kind === 'deletion') return next.at < waiting.at
  if (next.at !== waiting.at) return next.at > waiting.at
  if (waiting.kind === 'edit' && next.kind === 'edit') return next.content > waiting.content
  if (waiting.kind === 'reaction' && next.kind === 'reaction') return (next.emoji ?? '') > (waiting.emoji ?? '')
  return false
}
