import type { JobRow } from '../store/jobs.ts'
import type { MessageError } from '../protocol/message.ts'
import type { MessageRow } from '../store/wire.ts'
import { settle, undoGuess } from './adopt.ts'
import { type Draft, addMessageUpdated, addStatusEvent } from './draft.ts'
import type { DeliveryItem, ItemResult } from './items.ts'
import { endJob, isOpenJob } from './jobs.ts'
import { answerFormer, findGuess } from './parked.ts'
import { putRow } from './rows.ts'

/**
 * What became of an attempt to send a message; the attempt ends with it. One event tells it: the whole message where its
 * external id has become known, else its status alone.
 */
export function applyDelivery(draft: Draft, item: DeliveryItem): ItemResult {
  const message = draft.messages.byKey.get(item.messageId)
  const job = draft.jobs.byKey.get(item.jobId)
  if (message === undefined || message.clientMessageId === null) return refused('message.not_found')
  if (job === undefined || job.kind !== 'send' || job.messageId !== message.id) return refused('job.not_found')
  const { outcome } = item
  if (outcome.kind === 'waiting') return wait(draft, { message, job }, outcome.error)
  const after = isOpenJob(job) ? conclude(draft, { message, job }, outcome) : learnLate(draft, message, outcome)
  const of = { messageId: message.id, conversationId: message.conversationId }
  if (after === message) return { outcome: 'duplicate', ...of, seq: message.seq }
  const isWhole = after.externalId !== message.externalId
  const hasFailed = after.status === 'failed' && message.status !== 'failed'
  const seq = isWhole ? addMessageUpdated(draft, after, { hasFailed }) : addStatusEvent(draft, after, item.at)
  return { outcome: 'applied', ...of, seq }
}

function refused(code: string): ItemResult {
  return { outcome: 'refused', messageId: null, conversationId: null, seq: null, code }
}

/** It is still to be sent, and says why it has not been. */
function wait(draft: Draft, { message, job }: Attempt, error: MessageError): ItemResult {
  const of = { messageId: message.id, conversationId: message.conversationId }
  const isKnown = JSON.stringify(message.error) === JSON.stringify(error)
  if (!isOpenJob(job) || message.status !== 'queued' || isKnown)
    return { outcome: 'duplicate', ...of, seq: message.seq }
  return { outcome: 'applied', ...of, seq: addMessageUpdated(draft, putRow(draft.messages, { ...message, error })) }
}

type Attempt = { message: MessageRow; job: JobRow }
type End = Exclude<DeliveryItem['outcome'], { kind: 'waiting' }>

function conclude(draft: Draft, { message, job }: Attempt, outcome: End): MessageRow {
  if (outcome.kind === 'sent') return settle(draft, message, outcome.externalId)
  const isGuess = findGuess(draft, message) !== undefined
  const isSeen = message.externalId !== null && !isGuess
  // What the platform itself has shown needs no other word for it; a guess only contradicts a refusal.
  endJob(draft, job, isSeen ? 'done' : 'failed', isSeen ? null : outcome.error)
  if (isSeen || (isGuess && outcome.kind === 'unknown')) return message
  undoGuess(draft, message)
  return putRow(draft.messages, { ...message, externalId: null, status: outcome.kind, error: outcome.error })
}

/** An answer that comes after its attempt was given up still says what the platform has. */
function learnLate(draft: Draft, message: MessageRow, outcome: End): MessageRow {
  if (outcome.kind !== 'sent' || message.externalId !== null || message.deletedAt !== null) return message
  if (answerFormer(draft, message.channelId, outcome.externalId) !== null) return message
  return settle(draft, message, outcome.externalId)
}
