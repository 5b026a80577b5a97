// Trust boundary: what the platform says became of mail that was sent.
import { z } from 'zod'
import { addressKey } from '../lib/addr-spec.ts'
import { normaliseMessageId } from '../lib/message-id.ts'
import type { InboundStatus } from '../channels/channel.ts'
import { errorFields, log } from '../lib/log.ts'
import { findMailbox } from '../mail/mailbox.ts'
import type { MessageError } from '../protocol/message.ts'
import { findAnsweredAddress } from '../store/mail.ts'
import type { JobDeps } from './job-deps.ts'

const text = z.string().max(10_000).optional().catch(undefined)

/** "Event subscriptions" of the Email Service, by what is read of them. */
const MailEvent = z.object({
  type: z.string(),
  payload: z.object({
    messageId: z.string().min(1).max(998),
    sender: z.string().max(320),
    /** Whom the event is about; a mail with copies has several. */
    recipient: z.string().max(320).optional().catch(undefined),
    delivery: z
      .object({ smtpEnhancedStatusCode: text, smtpStatusCode: text, smtpResponse: text })
      .optional()
      .catch(undefined),
    bounce: z.object({ reason: text }).optional().catch(undefined),
    failure: z.object({ reason: text }).optional().catch(undefined),
    rejection: z.object({ reason: text, detail: text }).optional().catch(undefined),
  }),
  metadata: z
    .object({ eventTimestamp: z.iso.datetime({ offset: true }) })
    .optional()
    .catch(undefined),
})
type MailEvent = z.infer<typeof MailEvent>

const failureWaitsS = [5, 10, 20, 40, 80, 160, 320, 600]

/** Each by itself: one that fails must not make the queue repeat its neighbours. Never throws. */
export async function handleMailEvents(batch: MessageBatch, deps: JobDeps): Promise<void> {
  await Promise.all(batch.messages.map((message) => handleEvent(message, deps)))
}

async function handleEvent(message: Message, deps: JobDeps): Promise<void> {
  const event = MailEvent.safeParse(message.body)
  if (!event.success) {
    log('warn', 'mail_event.unreadable', { queueMessageId: message.id })
    return message.ack()
  }
  try {
    await applyEvent(event.data, deps)
    message.ack()
  } catch (error) {
    log('error', 'mail_event.not_stored', { queueMessageId: message.id, ...errorFields(error) })
    message.retry({ delaySeconds: failureWaitsS[message.attempts - 1] ?? 600 })
  }
}

/**
 * The sender's address says which channel it was, the relay's id which message. A message's status is that of its
 * customer: what became of a copy says nothing of it.
 */
async function applyEvent(event: MailEvent, { env, db, now, receive }: JobDeps): Promise<void> {
  const status = statusOf(event, now())
  if (status === null) return
  const mailbox = await findMailbox(db, event.payload.sender)
  if (mailbox === null) return log('warn', 'mail_event.sender_unknown', { type: event.type })
  const { tenantId, id, platform } = mailbox.channel
  const { recipient } = event.payload
  if (recipient !== undefined) {
    const where = { tenantId, channelId: id, mailId: status.targetExternalId }
    const answered = await findAnsweredAddress(env.DB, where)
    const isCopy = answered !== null && addressKey(answered) !== addressKey(recipient)
    if (isCopy) return log('info', 'mail_event.of_a_copy', { tenantId, channelId: id, type: event.type })
  }
  const [result] = await receive(tenantId, [{ channel: { id, platform }, item: status }])
  log('info', 'mail_event.received', { tenantId, channelId: id, type: event.type, outcome: result?.outcome })
}

/** Null for what is no news of a single message: mail that waits for a next attempt, a complaint, an event to come. */
function statusOf({ type, payload, metadata }: MailEvent, now: number): InboundStatus | null {
  const targetExternalId = normaliseMessageId(payload.messageId)
  if (targetExternalId === null) return null
  const of = {
    kind: 'status' as const,
    at: metadata === undefined ? now : Date.parse(metadata.eventTimestamp),
    targetExternalId,
  }
  switch (type.replace(/^cf\.email\.sending\.message\./, '')) {
    case 'delivered':
      return { ...of, status: 'delivered' }
    case 'bounced':
      return { ...of, status: 'failed', error: errorOf('mail.bounced', 'This mail could not be delivered.', payload) }
    case 'failed':
      return { ...of, status: 'failed', error: errorOf('mail.failed', 'This mail could not be sent.', payload) }
    case 'rejected':
      return {
        ...of,
        status: 'failed',
        error: errorOf('mail.rejected', 'This mail was not accepted for sending.', payload),
      }
    default:
      return null
  }
}

function errorOf(fallback: string, title: string, payload: MailEvent['payload']): MessageError {
  const { delivery, bounce, failure, rejection } = payload
  const code = delivery?.smtpEnhancedStatusCode ?? delivery?.smtpStatusCode ?? fallback
  const said = delivery?.smtpResponse ?? bounce?.reason ?? failure?.reason ?? rejection?.detail ?? rejection?.reason
  return { code: code.slice(0, 100), title, details: said?.slice(0, 1024) ?? null, kind: 'recipient' }
}
