import { problemOf } from '../limits.ts'
import { type GraphAccess, openGraph } from '../meta/graph.ts'
import { notSent, sendVisibly } from '../meta/graph-send.ts'
import { uploadFile } from '../meta/graph-upload.ts'
import { isObject, type Json, listOf } from '../meta/wire.ts'
import type { OutboundFile, OutboundMessage, PlatformAnswer, PlatformIo, SendOutcome } from '../outbound.ts'
import { limits } from './limits.ts'
import { recipientOf } from './recipient.ts'

/** "Messages" of the Cloud API. Our id travels as `biz_opaque_callback_data`, which every status brings back. */
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
  const json: Json = {
    messaging_product: 'whatsapp',
    ...recipient.value,
    ...content.value,
    ...(message.replyToExternalId !== undefined && { context: { message_id: message.replyToExternalId } }),
    biz_opaque_callback_data: message.id,
  }
  const request = { path: [io.channel.externalId, 'messages'], json }
  return sendVisibly(access.value, request, (value) => firstId(value['messages']), aboutToSend)
}

function firstId(messages: unknown): unknown {
  const [first] = listOf(messages)
  return isObject(first) ? first['id'] : undefined
}

async function contentOf(message: OutboundMessage, access: GraphAccess): Promise<PlatformAnswer<Json>> {
  const { template, content, buttons, attachments } = message
  if (template !== undefined) return { ok: true, value: { type: 'template', template: templateOf(template) } }
  const [file] = attachments
  const media = file === undefined ? undefined : await mediaOf(file, access)
  if (media?.ok === false) return media
  if (buttons !== undefined) return { ok: true, value: interactive(content, buttons, media?.value) }
  if (media === undefined) return { ok: true, value: { type: 'text', text: textBody(content) } }
  const { type, part } = media.value
  return { ok: true, value: { type, [type]: { ...part, ...(content !== '' && { caption: content }) } } }
}

function templateOf({ name, language, components }: NonNullable<OutboundMessage['template']>): Json {
  return { name, language: { code: language }, ...(components !== undefined && { components }) }
}

/** A preview is made of the first link; without one there is nothing to preview. */
function textBody(body: string): Json {
  return { body, preview_url: /https?:\/\//i.test(body) }
}

type Media = { type: OutboundFile['type']; part: Json }

async function mediaOf(file: OutboundFile, access: GraphAccess): Promise<PlatformAnswer<Media>> {
  const id = await uploadFile(access, file, {
    path: [access.io.channel.externalId, 'media'],
    texts: { messaging_product: 'whatsapp', type: file.mimeType },
    field: 'file',
    idField: 'id',
  })
  if (!id.ok) return id
  const { type, filename } = file
  return { ok: true, value: { type, part: { id: id.value, ...(type === 'document' && { filename }) } } }
}

/** "Interactive reply buttons": a picture, a film or a document may stand above the text. */
function interactive(text: string, buttons: NonNullable<OutboundMessage['buttons']>, media: Media | undefined): Json {
  const header = media === undefined ? {} : { header: { type: media.type, [media.type]: media.part } }
  const replies = buttons.map(({ id, title }) => ({ type: 'reply', reply: { id, title } }))
  return {
    type: 'interactive',
    interactive: { type: 'button', ...header, body: { text }, action: { buttons: replies } },
  }
}
