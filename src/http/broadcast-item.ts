import type {
  InboundAttachment,
  InboundContact,
  InboundFile,
  InboundItem,
  InboundMessage,
  InboundWatermark,
} from '../channels/channel.ts'
import { aliasOf } from '../channels/registry.ts'
import { cleanText } from '../lib/text.ts'
import type { BroadcastItem } from '../protocol/api.ts'
import type { MessageType, Platform } from '../protocol/words.ts'

/** Longest text kept in a message's row, in bytes of UTF-8; the rest is a file beside it. */
export const maxContentBytes = 65_536
export const maxDetailsBytes = 65_536

/** An uploaded file as its row describes it. */
export type BroadcastFile = { objectKey: string; mimeType: string | null; size: number }

/** Where one message's own text would be kept if it is too long for its row. */
export type TextObject = { objectKey: string; text: string }

export type NewMessage = Extract<BroadcastItem, { conversation: unknown; message: unknown }>

export function isNewMessage(item: BroadcastItem): item is NewMessage {
  return item.kind === undefined || item.kind === 'message'
}

type Of<Kind extends BroadcastItem['kind']> = Extract<BroadcastItem, { kind: Kind }>

/** What one broadcast item means for the inbox; `overflow` has to be put in R2 before the item is stored. */
export type BroadcastMeaning = { item: InboundItem; overflow?: TextObject }

/** Pure. `files` holds every upload that the item names; `textKey` is where its text goes if it is too long. */
export function meaningOf(
  broadcast: BroadcastItem,
  files: ReadonlyMap<string, BroadcastFile>,
  textKey: string,
): BroadcastMeaning {
  switch (broadcast.kind) {
    case 'edit': {
      const { external_id, edited_at, content, details } = broadcast.message
      const text = capUtf8(cleanText(content), maxContentBytes)
      const edit = { kind: 'edit' as const, at: Date.parse(edited_at), targetExternalId: external_id, content: text }
      return { item: details === undefined ? edit : { ...edit, details: cleanValues(details) } }
    }
    case 'delete': {
      const { external_id, deleted_at } = broadcast.message
      return { item: { kind: 'deletion', at: Date.parse(deleted_at), targetExternalId: external_id } }
    }
    case 'reaction': {
      const { emoji, by = 'customer', at } = broadcast.reaction
      const given = cleanText(emoji ?? '')
      const targetExternalId = broadcast.message.external_id
      const base = { kind: 'reaction' as const, at: Date.parse(at), targetExternalId, by }
      return { item: given === '' ? base : { ...base, emoji: given } }
    }
    case 'file':
      return { item: fileOf(broadcast, files) }
    case 'read':
      return { item: readOf(broadcast) }
    default:
      return messageOf(broadcast, files, textKey)
  }
}

function fileOf({ message, file }: Of<'file'>, files: ReadonlyMap<string, BroadcastFile>): InboundFile {
  const base = { kind: 'file' as const, at: 0, targetExternalId: message.external_id, key: file.key }
  if ('error' in file) {
    const error = { code: cleanText(file.error.code), title: cleanText(file.error.title), details: null }
    return { ...base, outcome: { error } }
  }
  const upload = files.get(file.upload_id)
  if (upload === undefined) throw new Error('an upload was not looked up')
  const { objectKey, size } = upload
  const mimeType = file.mime_type == null ? upload.mimeType : cleanText(file.mime_type)
  return { ...base, outcome: { stored: { objectKey, size, mimeType } } }
}

function readOf({ channel, conversation, read }: Of<'read'>): InboundWatermark {
  const upTo = Date.parse(read.up_to)
  const contact = contactOf(channel.platform, conversation)
  return { kind: 'watermark', at: upTo, contact, ...threadOf(conversation), status: 'read', upTo }
}

function contactOf(platform: Platform, conversation: NewMessage['conversation']): InboundContact {
  const { external_id, client_name, aliases = [] } = conversation
  const name = cleanText(client_name ?? '').trim()
  return {
    aliases: [aliasOf(platform, external_id), ...aliases.map((alias) => aliasOf(platform, alias))],
    ...(name === '' ? {} : { name }),
  }
}

function threadOf({ thread = '' }: NewMessage['conversation']): { thread?: string } {
  return thread === '' ? {} : { thread }
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
  const item: InboundMessage = {
    kind: 'message',
    at: Date.parse(message.created_at),
    externalId: message.external_id,
    contact: contactOf(channel.platform, conversation),
    ...threadOf(conversation),
    direction: message.direction,
    type: message.type,
    content,
    ...senderOf(message.sender),
    ...(message.reply_to_external_id == null ? {} : { replyToExternalId: message.reply_to_external_id }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(message.details === undefined ? {} : { details: cleanValues(message.details) }),
    ...(broadcast.silent === true ? { silent: true } : {}),
    ...echoOf(broadcast),
  }
  return isCut ? { item, overflow: { objectKey: textKey, text } } : { item }
}

/**
 * What the business sent may be a reply of ours. Imported history is taken for one only by its reference: an old message
 * that says the same is no echo.
 */
function echoOf({ message, silent = false }: NewMessage): Pick<InboundMessage, 'echo'> {
  const { direction, reference } = message
  if (direction !== 'outbound' || (reference === undefined && silent)) return {}
  return { echo: reference === undefined ? {} : { reference } }
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
  return named.flatMap((attachment) => {
    const name = cleanText(attachment.filename ?? '', 255)
    const named = name === '' ? {} : { filename: name }
    if ('key' in attachment) return [{ ...announcedFile(type, attachment), ...named }]
    const file = files.get(attachment.upload_id)
    if (file === undefined) return []
    const { objectKey, mimeType, size } = file
    const base = { type: kindOfFile(type, mimeType), size, source: { objectKey } }
    return [{ ...base, ...(mimeType === null ? {} : { mimeType }), ...named }]
  })
}

type Announced = Extract<NonNullable<NewMessage['message']['attachments']>[number], { key: string }>

function announcedFile(type: MessageType, { key, type: kind, mime_type, size }: Announced): InboundAttachment {
  const mimeType = mime_type == null ? null : cleanText(mime_type)
  return {
    type: kind ?? kindOfFile(type, mimeType),
    source: { announcedKey: key },
    ...(mimeType === null ? {} : { mimeType }),
    ...(size == null ? {} : { size }),
  }
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
