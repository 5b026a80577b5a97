import { problemOf } from '../limits.ts'
import { type GraphAccess, openGraph } from '../meta/graph.ts'
import { messageRequest, quickRepliesOf, recipientOf } from '../meta/graph-messaging.ts'
import { notSent, sendVisibly } from '../meta/graph-send.ts'
import { uploadFile } from '../meta/graph-upload.ts'
import { compact, type Json } from '../meta/wire.ts'
import type { OutboundFile, OutboundMessage, PlatformAnswer, PlatformIo, SendOutcome } from '../outbound.ts'
import { limits } from './limits.ts'

/** "Send API" of the Messenger Platform. Our id travels as `metadata`, which the echo brings back. */
export async function send(
  message: OutboundMessage,
  io: PlatformIo,
  aboutToSend: () => Promise<void>,
): Promise<SendOutcome> {
  const problem = problemOf(message, limits)
  if (problem !== null) return notSent(problem)
  const access = openGraph(io)
  if (!access.ok) return notSent(access)
  const recipient = recipientOf(message.to)
  if (!recipient.ok) return notSent(recipient)
  const content = await contentOf(message, access.value)
  if (!content.ok) return notSent(content)
  const json = messageRequest(recipient.value, message, content.value, 'RESPONSE')
  const request = { path: [io.channel.externalId, 'messages'], json }
  return sendVisibly(access.value, request, (value) => value['message_id'], aboutToSend)
}

async function contentOf(message: OutboundMessage, access: GraphAccess): Promise<PlatformAnswer<Json>> {
  const common = compact({ quick_replies: quickRepliesOf(message), metadata: message.id })
  const [file] = message.attachments
  if (file === undefined) return { ok: true, value: { text: message.content, ...common } }
  const type = typeOf(file)
  const id = await upload(file, type, access)
  if (!id.ok) return id
  return { ok: true, value: { attachment: { type, payload: { attachment_id: id.value } }, ...common } }
}

function typeOf({ type }: OutboundFile): string {
  return type === 'document' ? 'file' : type
}

/** "Attachment Upload API": only what is reusable can be sent afterwards. */
function upload(file: OutboundFile, type: string, access: GraphAccess): Promise<PlatformAnswer<string>> {
  const message = { attachment: { type, payload: { is_reusable: true } } }
  return uploadFile(access, file, {
    path: [access.io.channel.externalId, 'message_attachments'],
    texts: { message: JSON.stringify(message) },
    field: 'filedata',
    idField: 'attachment_id',
  })
}
