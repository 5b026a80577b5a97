import type { z } from 'zod'
import type { MessageTemplateList, SendMessageBody } from '../protocol/api.ts'
import type { Attachment, Message } from '../protocol/message.ts'
import type { ActionError } from './action-result.ts'

/** A template of a channel, its texts with their placeholders as the platform writes them: `{{1}}`. */
export type MessageTemplate = z.infer<typeof MessageTemplateList>['items'][number]

/**
 * What somebody wants to say. Where the channel takes fewer files in one message, several messages are made of it.
 * - `content`: the text, or the caption of the first file that can have one. With a template: the text as it will read,
 *   for the page only.
 * - `replyTo`: our id of the message that this one answers.
 * - `uploads`: files that were attached before, by the ids that `attach` gave. `files`: others, uploaded on the way.
 * - `template`: one of `templates()`, filled in; `components` as WhatsApp documents them.
 * - `humanAgent`: a person answers after the reply window, where `reply_rules.human_agent_ms` allows it.
 * - `email`: of a mail, its subject, and bare addresses of others who get it.
 */
export type Draft = {
  content?: string
  replyTo?: string
  uploads?: readonly string[]
  files?: readonly Blob[]
  template?: NonNullable<SendMessageBody['template']>
  buttons?: NonNullable<SendMessageBody['buttons']>
  humanAgent?: boolean
  email?: NonNullable<SendMessageBody['email']>
}

/**
 * A file that was attached. `sent` and `size` in bytes.
 * - `waiting`: others go first, or the next attempt is due. `uploading`. `ready`: the server has it, as `uploadId`.
 * - `failed`: the server refused it, for `error`; `retryUpload` tries again.
 */
export type Upload = {
  id: string
  file: Blob
  name: string
  type: Attachment['type']
  mimeType: string
  size: number
  sent: number
  state: 'waiting' | 'uploading' | 'ready' | 'failed'
  uploadId: string | null
  error: ActionError | null
}

/**
 * A message of this page whose row the journal has not brought yet.
 * - `waiting`: for its files, for the ones before it, or for the next attempt at `retryAt` (epoch ms).
 * - `sending`: on its way to the server. `stored`: the server has answered; `message` is its row.
 * - `failed`: refused, for `error`; `retry` and `discard` take its `clientMessageId`.
 */
export type OutgoingMessage = {
  clientMessageId: string
  conversationId: string
  state: 'waiting' | 'sending' | 'stored' | 'failed'
  uploads: readonly string[]
  body: Omit<SendMessageBody, 'client_message_id' | 'attachments'>
  /** What to show: made here, or the server's once there is one. */
  message: Message
  retryAt: number | null
  error: ActionError | null
}

const typesByMime: readonly (readonly [string, Attachment['type']])[] = [
  ['image/', 'image'],
  ['video/', 'video'],
  ['audio/', 'audio'],
]

/** How a file of this media type is sent, unless the platform knows better. */
export function fileTypeOf(mimeType: string): Attachment['type'] {
  return typesByMime.find(([prefix]) => mimeType.startsWith(prefix))?.[1] ?? 'document'
}

/** What a row shows beside its body. `createdAt` in epoch ms; `replyTo`: the message it answers, if that is loaded. */
type Shown = {
  uploads: readonly Upload[]
  createdAt: number
  replyTo: Message | undefined
  sender: Message['sender']
}

/** The row to show for a message that the server does not know yet. */
export function localMessage(
  given: Pick<OutgoingMessage, 'clientMessageId' | 'conversationId' | 'body'>,
  { uploads, createdAt, replyTo, sender }: Shown,
): Message {
  const { clientMessageId, conversationId, body } = given
  return {
    id: clientMessageId,
    conversation_id: conversationId,
    direction: 'outbound',
    type: typeOf(body, uploads),
    content: body.content,
    status: 'queued',
    attachments: uploads.map(localAttachment),
    created_at: new Date(createdAt).toISOString(),
    external_id: null,
    seq: Number.MAX_SAFE_INTEGER,
    sender,
    reply_to_external_id: replyTo?.external_id ?? null,
    reactions: [],
    details: { ...body.email },
    error: null,
    edited_at: null,
    deleted_at: null,
    client_message_id: clientMessageId,
  }
}

function typeOf(body: OutgoingMessage['body'], uploads: readonly Upload[]): Message['type'] {
  if (body.template !== undefined) return 'template'
  if (body.buttons !== undefined) return 'interactive'
  return uploads[0]?.type ?? 'text'
}

function localAttachment(upload: Upload): Attachment {
  const { id, type, mimeType, name, size } = upload
  return { id, type, mime_type: mimeType, filename: name, size, state: 'pending', url: null, error: null }
}
