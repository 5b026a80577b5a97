import type { InboundAttachment, InboundItem, InboundMessage } from '../channels/channel.ts'
import { aliasOf } from '../channels/registry.ts'
import { cleanText } from '../lib/text.ts'
import type { BroadcastItem } from '../protocol/api.ts'
import type { MessageType } from '../protocol/words.ts'

/** Longest text kept in a message's row, in bytes of UTF-8; the rest is a file beside it. */
export const maxContentBytes = 65_536
export const maxDetailsBytes = 65_536

/** An uploaded file as its row describes it. */
export type BroadcastFile = { objectKey: string; mimeType: string | null; size: number }

/** Where one message's own text would be kept if it is too long for its row. */
export type TextObject = { objectKey: string; text: string }

type NewMessage = Extract<BroadcastItem, { conversation: unknown }>

/** What one broadcast item means for the inbox; `overflow` has to be put in R2 before the item is stored. */
export type BroadcastMeaning = { item: InboundItem; overflow?: TextObject }

/** Pure. `files` holds every upload that the item names; `textKey` is where its text goes if it is too long. */
export function meaningOf(
  broadcast: BroadcastItem,
  files: ReadonlyMap<string, BroadcastFile>,
  textKey: string,
): BroadcastMeaning {
  const { message } = broadcast
  switch (broadcast.kind) {
    case 'edit': {
      const { edited_at, content } = broadcast.message
      const text = capUtf8(cleanText(content), maxContentBytes)
      return { item: { kind: 'edit', at: Date.parse(edited_at), targetExternalId: message.external_id, content: text } }
    }
    case 'delete': {
      const at = Date.parse(broadcast.message.deleted_at)
      return { item: { kind: 'deletion', at, targetExternalId: message.external_id } }
    }
    case 'reaction': {
      const { emoji, by = 'customer', at } = broadcast.reaction
      const given = cleanText(emoji ?? '')
      const base = { kind: 'reaction' as const, at: Date.parse(at), targetExternalId: message.external_id, by }
      return { item: given === '' ? base : { ...base, emoji: given } }
    }
    default:
      return messageOf(broadcast, files, textKey)
  }
}

function messageOf(
  broadcast: NewMessage,
  files: ReadonlyMap<string, BroadcastFile>,
  textKey: string,
): BroadcastMeaning {
  const { channel, conversation, message } = broadcast
  const text = cleanText(message.content)
  const content = capUtf8(text, maxContentBytes)
  const isCut = content.length < text.length
  const attachments = [
    ...attachmentsOf(message.type, message.attachments ?? [], files),
    ...(isCut ? [textAttachment(textKey, text)] : []),
  ]
  const name = cleanText(conversation.client_name ?? '').trim()
  const item: InboundMessage = {
    kind: 'message',
    at: Date.parse(message.created_at),
    externalId: message.external_id,
    contact: {
      aliases: [aliasOf(channel.platform, conversation.external_id)],
      ...(name === '' ? {} : { name }),
    },
    direction: message.direction,
    type: message.type,
    content,
    ...senderOf(message.sender),
    ...(message.reply_to_external_id == null ? {} : { replyToExternalId: message.reply_to_external_id }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(message.details === undefined ? {} : { details: cleanValues(message.details) }),
    ...(broadcast.silent === true ? { silent: true } : {}),
  }
  return isCut ? { item, overflow: { objectKey: textKey, text } } : { item }
}

function senderOf(sender: NewMessage['message']['sender']): Pick<InboundMessage, 'sender'> {
  if (sender == null) return {}
  const name = cleanText(sender.name ?? '').trim()
  return { sender: { externalId: sender.external_id, ...(name === '' ? {} : { name }) } }
}

function attachmentsOf(
  type: MessageType,
  named: NonNullable<NewMessage['message']['attachments']>,
  files: ReadonlyMap<string, BroadcastFile>,
): InboundAttachment[] {
  return named.flatMap(({ upload_id, filename }) => {
    const file = files.get(upload_id)
    if (file === undefined) return []
    const { objectKey, mimeType, size } = file
    const name = cleanText(filename ?? '', 255)
    const base = { type: kindOfFile(type, mimeType), size, source: { objectKey } }
    return [{ ...base, ...(mimeType === null ? {} : { mimeType }), ...(name === '' ? {} : { filename: name }) }]
  })
}

/** A drawing is a document: its markup can hold scripts, so it is never shown as a picture. */
function kindOfFile(type: MessageType, mimeType: string | null): InboundAttachment['type'] {
  if (type === 'sticker') return 'sticker'
  const [family = '', kind = ''] = (mimeType ?? '').toLowerCase().split('/')
  if (family === 'image' && !kind.startsWith('svg')) return 'image'
  return family === 'audio' || family === 'video' ? family : 'document'
}

function textAttachment(objectKey: string, text: string): InboundAttachment {
  const size = new TextEncoder().encode(text).byteLength
  return {
    type: 'document',
    mimeType: 'text/plain; charset=utf-8',
    filename: 'message.txt',
    size,
    source: { objectKey },
  }
}

/** The longest beginning of a well-formed text that takes at most `maxBytes`; no character is cut in two. */
export function capUtf8(text: string, maxBytes: number): string {
  // A UTF-16 unit is at most three bytes.
  if (text.length * 3 <= maxBytes) return text
  const buffer = new Uint8Array(maxBytes)
  return text.slice(0, new TextEncoder().encodeInto(text, buffer).read)
}

/** The same JSON with clean texts, built anew field by field: `__proto__` stays an ordinary key. */
function cleanValues(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [cleanText(key), cleanValue(value)]))
}

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(cleanValue)
  return typeof value === 'object' && value !== null ? cleanValues(value as Record<string, unknown>) : value
}
