import { derivedId } from '../lib/derived-id.ts'
import type { ConversationRow, MessageRow } from '../store/wire.ts'
import { countMessageIn } from './conversation.ts'
import { type Draft, addEvent, addMessageUpdated, wireConversation, wireMessage } from './draft.ts'
import { putFiles } from './files.ts'
import type { ItemResult, SendItem, StaffItem } from './items.ts'
import { addSendJob, openJobsOf } from './jobs.ts'
import { findGuess, keepFormer, takeParked } from './parked.ts'
import { plausibleTime } from './plausible-time.ts'
import { putRow } from './rows.ts'

/** The same reply of the same client has the same id, however often it is handed in. */
export function sendMessageId(tenantId: string, item: Pick<SendItem, 'conversationId' | 'clientMessageId'>): string {
  return derivedId(tenantId, 'outbound', item.conversationId, item.clientMessageId)
}

function refused(code: string): ItemResult {
  return { outcome: 'refused', messageId: null, conversationId: null, seq: null, code }
}

function duplicate({ id, conversationId, seq }: MessageRow): ItemResult {
  return { outcome: 'duplicate', messageId: id, conversationId, seq }
}

/** Stores a reply, shows it as queued, and writes down that it is to be sent: all of it in one batch. */
export function applySend(draft: Draft, item: SendItem): ItemResult {
  const known = draft.messages.byKey.get(sendMessageId(draft.context.tenantId, item))
  if (known !== undefined) return duplicate(known)
  const conversation = draft.conversations.byKey.get(item.conversationId)
  if (conversation === undefined) return refused('conversation.not_found')
  if (conversation.status === 'merged') return refused('conversation.merged')
  const answered = draft.messages.byKey.get(item.replyToMessageId ?? '')
  if (item.replyToMessageId !== undefined && answered?.conversationId !== conversation.id) {
    return refused('message.not_found')
  }
  const message = putRow(draft.messages, {
    ...newRow(draft, item, conversation),
    replyToExternalId: answered?.externalId ?? null,
  })
  putFiles(
    draft,
    message.id,
    item.files.map((file) => ({ ...file, state: 'ready' })),
  )
  return queue(draft, message, conversation)
}

function queue(draft: Draft, message: MessageRow, conversation: ConversationRow): ItemResult {
  countMessageIn(draft, conversation, message, false)
  const body = {
    type: 'new_message',
    conversation_id: conversation.id,
    message: wireMessage(draft, message),
    conversation: wireConversation(draft, conversation.id),
  } as const
  const seq = addEvent(draft, body, { platform: conversation.platform, key: `message:${message.id}` })
  addSendJob(draft, message, { at: message.createdAt, seq })
  return { outcome: 'stored', messageId: message.id, conversationId: conversation.id, seq }
}

function newRow(draft: Draft, item: SendItem, conversation: ConversationRow): MessageRow {
  const { tenantId, now } = draft.context
  const at = plausibleTime(item.at, now)
  return {
    tenantId,
    id: sendMessageId(tenantId, item),
    channelId: conversation.channelId,
    conversationId: conversation.id,
    externalId: null,
    clientMessageId: item.clientMessageId,
    seq: draft.head.seq + 1,
    direction: 'outbound',
    type: item.type,
    content: item.content,
    status: 'queued',
    error: null,
    sender: { external_id: item.sender.userId, name: item.sender.name },
    replyToExternalId: null,
    details: detailsOf(item),
    countsUnread: false,
    createdAt: at,
    receivedAt: at,
    editedAt: null,
    deletedAt: null,
  }
}

function detailsOf({ template, buttons, humanAgent, mail }: SendItem): Record<string, unknown> {
  return {
    ...mail,
    ...(template === undefined ? {} : { template }),
    ...(buttons === undefined ? {} : { buttons }),
    ...(humanAgent === true ? { human_agent: true } : {}),
  }
}

/** One more attempt at a message that failed, or of which nobody can tell. Only a person may ask for it. */
export function applyRetry(draft: Draft, item: Extract<StaffItem, { kind: 'retry' }>): ItemResult {
  const message = draft.messages.byKey.get(item.messageId)
  const hasMoved = draft.conversations.byKey.get(item.conversationId)?.status === 'merged'
  if (message === undefined || (message.conversationId !== item.conversationId && !hasMoved)) {
    return refused('message.not_found')
  }
  const isUnderWay = openJobsOf(draft, message.id).length > 0
  if (message.status === 'queued' && isUnderWay) return duplicate(message)
  const hasEnded = message.status === 'failed' || message.status === 'unknown'
  const isOurs = message.clientMessageId !== null && message.deletedAt === null
  if (!hasEnded || !isOurs || isUnderWay) return refused('message.not_retryable')
  return queueAgain(draft, message, plausibleTime(item.at, draft.context.now))
}

/** What still comes under the external id of the attempt before must not be taken for news of this one. */
function queueAgain(draft: Draft, message: MessageRow, at: number): ItemResult {
  const guess = findGuess(draft, message)
  if (guess !== undefined) takeParked(draft, guess)
  keepFormer(draft, message, at)
  const again = { externalId: null, status: 'queued', error: null, receivedAt: at } as const
  const queued = putRow(draft.messages, { ...message, ...again })
  const seq = addMessageUpdated(draft, queued)
  addSendJob(draft, queued, { at, seq })
  return { outcome: 'applied', messageId: message.id, conversationId: message.conversationId, seq }
}
