import { cleanText } from '../../../lib/text.ts'
import type { InboundAttachment } from '../../channel.ts'
import { compact, isObject, type Json, numeralOf, SecureUrl } from '../wire.ts'

/** A file of a message; `stickerId` is Meta's number for a sticker. */
export type WireFile = { attachment: InboundAttachment; url: string; stickerId?: string }

const types: ReadonlyMap<unknown, InboundAttachment['type']> = new Map([
  ['image', 'image'],
  ['video', 'video'],
  ['audio', 'audio'],
  ['file', 'document'],
  ['sticker', 'sticker'],
])

/** An attachment that is a file; undefined where it is none, or does not tell where it lies. */
export function fileOf(attachment: Json): WireFile | undefined {
  const named = types.get(attachment['type'])
  const payload = isObject(attachment['payload']) ? attachment['payload'] : {}
  const url = SecureUrl.safeParse(payload['url'] ?? attachment['url']).data
  if (named === undefined || url === undefined) return undefined
  const stickerId = numeralOf(payload['sticker_id'])
  // Until the middle of 2026 a sticker came as an image with the number of a sticker.
  const type = named === 'image' && stickerId !== undefined ? 'sticker' : named
  const filename = type === 'document' ? nameIn(url) : undefined
  return compact({ attachment: compact({ type, filename, source: { url } }), url, stickerId })
}

/**
 * Each sticker once: for some time it comes as a sticker and as an image, which have its number or its address in
 * common. `stickerId`: the message's own, which says that it is one sticker and nothing else.
 */
export function withoutDoubles(files: readonly WireFile[], stickerId: unknown): WireFile[] {
  const isOneSticker = numeralOf(stickerId) !== undefined
  const stickers = files.filter(({ attachment }) => attachment.type === 'sticker')
  const [sticker] = stickers
  if (isOneSticker) return sticker === undefined ? files.map(asSticker) : [sticker]
  return files.filter((file, at) => {
    if (file.attachment.type === 'image') return !stickers.some(({ url }) => url === file.url)
    return file.attachment.type !== 'sticker' || files.findIndex((other) => isSameSticker(other, file)) === at
  })
}

function isSameSticker(a: WireFile, b: WireFile): boolean {
  if (a.attachment.type !== 'sticker') return false
  return a.url === b.url || (a.stickerId !== undefined && a.stickerId === b.stickerId)
}

function asSticker(file: WireFile): WireFile {
  const { attachment } = file
  return attachment.type === 'image' ? { ...file, attachment: { ...attachment, type: 'sticker' } } : file
}

/** The name that a file has in its address, if it looks like one. */
function nameIn(url: string): string | undefined {
  const segment = URL.parse(url)?.pathname.split('/').at(-1) ?? ''
  const name = cleanText(decoded(segment), 255)
  return /^[^/\\]+\.[a-z0-9]{1,8}$/i.test(name) ? name : undefined
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const names: Readonly<Record<InboundAttachment['type'], string>> = {
  image: 'Photo',
  video: 'Video',
  audio: 'Audio',
  document: 'Document',
  sticker: 'Sticker',
}

/** One line for a message that is only files. */
export function describeFiles(files: readonly WireFile[]): string {
  const [first] = files
  if (first === undefined || files.length > 1) return `${files.length} attachments`
  return first.attachment.filename ?? names[first.attachment.type]
}
