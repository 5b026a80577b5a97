import { problemOf } from '../limits.ts'
import { messageRequest, quickRepliesOf, recipientOf } from '../meta/graph-messaging.ts'
import { notSent, sendVisibly } from '../meta/graph-send.ts'
import { ownFailure } from '../meta/graph.ts'
import { compact, type Json } from '../meta/wire.ts'
import type { OutboundFile, OutboundMessage, PlatformAnswer, PlatformIo, SendOutcome } from '../outbound.ts'
import { openInstagram } from './access.ts'
import { limits } from './limits.ts'

/** Instagram fetches files itself, and does so before it answers. */
const fetchingTimeoutMs = 90_000

/** "Send Messages" of the Instagram Platform. It hands no id of ours back: its echo is known by what it says. */
export async function send(
  message: OutboundMessage,
  io: PlatformIo,
  aboutToSend: () => Promise<void>,
): Promise<SendOutcome> {
  const problem = problemOf(message, limits)
  if (problem !== null) return notSent(problem)
  const access = openInstagram(io)
  if (!access.ok) return notSent(access)
  const recipient = recipientOf(message.to)
  if (!recipient.ok) return notSent(recipient)
  const content = await contentOf(message)
  if (!content.ok) return notSent(content)
  const json = messageRequest(recipient.value, message, content.value)
  const timeoutMs = message.attachments.length > 0 ? fetchingTimeoutMs : undefined
  const request = { path: ['me', 'messages'], json, ...(timeoutMs !== undefined && { timeoutMs }) }
  return sendVisibly(access.value, request, (value) => value['message_id'], aboutToSend)
}

async function contentOf(message: OutboundMessage): Promise<PlatformAnswer<Json>> {
  const common = compact({ quick_replies: quickRepliesOf(message) })
  const [file] = message.attachments
  if (file === undefined) return { ok: true, value: { text: message.content, ...common } }
  const url = await addressOf(file)
  if (!url.ok) return url
  const type = file.type === 'document' ? 'file' : file.type
  return { ok: true, value: { attachment: { type, payload: { url: url.value } }, ...common } }
}

async function addressOf(file: OutboundFile): Promise<PlatformAnswer<string>> {
  try {
    return { ok: true, value: await file.publicUrl() }
  } catch {
    // Nothing was sent yet, so the address may simply be asked for again.
    const failure = ownFailure('unreachable', 'file.unreadable', 'The file could not be offered to the platform')
    return { ok: false, ...failure, retryAfterMs: 30_000 }
  }
}
