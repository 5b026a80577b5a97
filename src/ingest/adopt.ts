import type { InboundMessage, InboundStatus } from '../channels/channel.ts'
import type { JobRow } from '../store/jobs.ts'
import type { MessageRow } from '../store/wire.ts'
import { type Amendment, amend, unpark } from './amendment.ts'
import { findConversation, forgetLast } from './conversation.ts'
import { type Draft, addMessageUpdated, findMessage, messageKey, platformOf } from './draft.ts'
import { dropFiles } from './files.ts'
import type { ItemChannel, ItemResult } from './items.ts'
import { endJob, openJobsOf } from './jobs.ts'
import { contactOf, reportedStatus, withMarks } from './marks.ts'
import { answerFormer, findGuess, keepGuess, takeParked } from './parked.ts'
import { putRow, rowsInGroup } from './rows.ts'
import type { ContactRow } from './snapshot.ts'

/*
 * How a reply of ours learns the id that the platform has given it. What says so for certain is the answer to our own
 * request, or anything from the platform that hands our reference back. An echo without a reference is only a guess, by
 * what it says; the guess gives way when the answer comes and says otherwise. Whatever order these come in, the rows are
 * the same in the end.
 */

/** Gives a message the external id that is certainly its own, and with it all that is known of that id. */
export function settle(draft: Draft, message: MessageRow, externalId: string): MessageRow {
  const guess = findGuess(draft, message)
  for (const job of openJobsOf(draft, message.id)) endJob(draft, job, 'done')
  if (message.externalId === externalId) {
    if (guess === undefined) return message
    takeParked(draft, guess)
    return unpark(draft, message)
  }
  if (guess !== undefined) undoGuess(draft, message)
  const holder = findMessage(draft, message.channelId, externalId)
  // A platform that gives one id to two messages: the first one keeps it.
  if (holder !== undefined && !mustYield(draft, holder)) return arrive(draft, { ...message, externalId: null })
  const happened = holder === undefined ? [] : giveUp(draft, holder, message)
  const settled = arrive(draft, { ...message, externalId })
  for (const item of happened) amend(draft, { id: message.channelId }, item, { isSilent: true })
  return draft.messages.byKey.get(settled.id) ?? settled
}

/** It has been sent: applies what came early, and the marks of its contact. */
function arrive(draft: Draft, message: MessageRow, options = { isGuess: false }): MessageRow {
  const row = unpark(draft, putRow(draft.messages, { ...message, status: 'sent', error: null }), options)
  const contact = contactOf(draft, row.conversationId)
  return contact === undefined ? row : putRow(draft.messages, withMarks(row, contact))
}

/** What was taken for this message was another: it is looked at once more, after this item. */
export function undoGuess(draft: Draft, message: MessageRow): void {
  const guess = findGuess(draft, message)
  if (guess === undefined || guess.item.kind !== 'message') return
  const platform = platformOf(draft, message.conversationId)
  if (platform === null) throw new Error(`Message ${message.id} is in no conversation of the draft`)
  takeParked(draft, guess)
  draft.released.push(message.id)
  const channel = { id: message.channelId, platform }
  draft.replays.push({ channel, item: guess.item, status: statusOf(draft, message) })
}

/** A row that came from an echo, or one that has its external id by a guess. */
function mustYield(draft: Draft, holder: MessageRow): boolean {
  return holder.clientMessageId === null || findGuess(draft, holder) !== undefined
}

/** Takes an external id from the row that has it. Gives what happened to that row, for the one it belongs to. */
function giveUp(draft: Draft, holder: MessageRow, owner: MessageRow): Amendment[] {
  const happened = historyOf(draft, holder)
  draft.released.push(holder.id)
  if (holder.clientMessageId === null) {
    dropDouble(draft, holder, owner)
    return happened
  }
  const guess = findGuess(draft, holder)
  if (guess !== undefined) takeParked(draft, guess)
  const before =
    openJobsOf(draft, holder.id).length > 0 ? queued : { status: 'unknown' as const, error: lastError(draft, holder) }
  addMessageUpdated(draft, putRow(draft.messages, { ...holder, externalId: null, ...before }))
  return happened.filter((item) => item.kind === 'status')
}

const queued = { status: 'queued', error: null } as const

/** Why nobody can tell what became of a message: its newest attempt says it. */
function lastError(draft: Draft, { id }: MessageRow): JobRow['lastError'] {
  const attempts = rowsInGroup(draft.jobs, id).sort((a, b) => a.createdAt - b.createdAt)
  return attempts.at(-1)?.lastError ?? null
}

function statusOf(draft: Draft, message: MessageRow): InboundStatus {
  const { externalId, error } = message
  const of = { at: draft.context.now, targetExternalId: externalId ?? '', status: reportedStatus(draft, message) }
  return { kind: 'status', ...of, ...(error === null ? {} : { error }) }
}

function historyOf(draft: Draft, message: MessageRow): Amendment[] {
  const { editedAt, content, deletedAt, externalId } = message
  const of = { targetExternalId: externalId ?? '' }
  return [
    statusOf(draft, message),
    ...(editedAt === null ? [] : [{ kind: 'edit' as const, at: editedAt, ...of, content }]),
    ...rowsInGroup(draft.reactions, message.id).map(({ by, emoji, at }) => {
      return { kind: 'reaction' as const, at, ...of, by, ...(emoji === null ? {} : { emoji }) }
    }),
    ...(deletedAt === null ? [] : [{ kind: 'deletion' as const, at: deletedAt, ...of }]),
  ]
}

/** The echo of a message of ours, stored as if it were another. Readers have its id, so a tombstone stays. */
function dropDouble(draft: Draft, double: MessageRow, owner: MessageRow): void {
  dropFiles(draft, double)
  const details = { duplicate_of: owner.id }
  const gone = { externalId: null, content: '', editedAt: null, deletedAt: draft.context.now, details }
  const tombstone = putRow(draft.messages, { ...double, ...gone })
  forgetLast(draft, tombstone)
  addMessageUpdated(draft, tombstone)
}

// ---------------------------------------------------------------- by reference

/** A message of ours that may still get an external id; undefined when the reference names none. */
function referenced(draft: Draft, channelId: string, reference: string | undefined): MessageRow | undefined {
  const message = draft.messages.byKey.get(reference ?? '')
  const isOurs = message?.channelId === channelId && message.clientMessageId !== null && message.deletedAt === null
  if (!isOurs) return undefined
  return message.externalId === null || findGuess(draft, message) !== undefined ? message : undefined
}

/** Applies a status, also to a message whose external id is learned only by it. */
export function applyStatus(draft: Draft, channel: ItemChannel, item: InboundStatus): ItemResult {
  const own = referenced(draft, channel.id, item.reference)
  if (own === undefined) return amend(draft, channel, item)
  const former = answerFormer(draft, channel.id, item.targetExternalId)
  if (former !== null) return former
  settle(draft, own, item.targetExternalId)
  amend(draft, channel, item, { isSilent: true })
  return showAdopted(draft, own)
}

function showAdopted(draft: Draft, before: MessageRow): ItemResult {
  const message = draft.messages.byKey.get(before.id) ?? before
  const of = { messageId: message.id, conversationId: message.conversationId }
  if (message === before) return { outcome: 'duplicate', ...of, seq: message.seq }
  const hasFailed = message.status === 'failed' && before.status !== 'failed'
  return { outcome: 'applied', ...of, seq: addMessageUpdated(draft, message, { hasFailed }) }
}

// ---------------------------------------------------------------- by an echo

/** Takes an echo for the message of ours that it is of; null when it is of none: somebody wrote elsewhere. */
export function adoptEcho(
  draft: Draft,
  item: InboundMessage,
  { channelId, contact }: { channelId: string; contact: ContactRow },
): ItemResult | null {
  if (item.echo === undefined) return null
  const { reference } = item.echo
  if (reference !== undefined) {
    const own = referenced(draft, channelId, reference)
    if (own === undefined) return null
    settle(draft, own, item.externalId)
    return showAdopted(draft, own)
  }
  const conversation = findConversation(draft, contact, item.thread ?? '')
  const [oldest] = rowsInGroup(draft.messages, messageKey(channelId, ''))
    .filter((row) => row.conversationId === conversation?.id && isOnItsWay(draft, row) && isLike(draft, row, item))
    .sort((a, b) => a.createdAt - b.createdAt || a.seq - b.seq)
  return oldest === undefined ? null : guess(draft, oldest, item)
}

function guess(draft: Draft, message: MessageRow, echo: InboundMessage): ItemResult {
  arrive(draft, { ...message, externalId: echo.externalId }, { isGuess: true })
  keepGuess(draft, message, echo)
  return showAdopted(draft, message)
}

function isOnItsWay(draft: Draft, { id, direction, clientMessageId, status, deletedAt }: MessageRow): boolean {
  if (direction !== 'outbound' || clientMessageId === null || deletedAt !== null) return false
  const isSending = openJobsOf(draft, id).some((job) => job.state === 'sending')
  return status === 'unknown' || (status === 'queued' && isSending)
}

function isLike(draft: Draft, message: MessageRow, { content, attachments = [] }: InboundMessage): boolean {
  const types = rowsInGroup(draft.attachments, message.id).map((file) => file.type)
  return oneLine(message.content) === oneLine(content) && listed(types) === listed(attachments.map((file) => file.type))
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
const listed = (types: readonly string[]): string => [...types].sort().join(' ')
