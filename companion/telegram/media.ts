import type { tl } from '@mtcute/core'
import type { MessageType } from '../../src/protocol/words.ts'
import type { SpooledFile } from '../account.ts'
import { compact, type Details } from './map-context.ts'

/** In bytes. Larger files are named with their message and never fetched: a Worker takes no more in one upload. */
export const maxFileBytes = 100 * 1024 * 1024
/** Pictures sent as files up to this size are shown, not only offered. */
const maxShownBytes = 10 * 1024 * 1024
const shownMimeTypes = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif'])

type FileType = 'image' | 'audio' | 'video' | 'document' | 'sticker'

/** Which file of which message: by this it is found again when its address has expired. */
export type FilePlace = { peerId: number; messageId: number; place: number }

/** All that is needed to fetch a file, as JSON. Telegram's own address of it holds for hours only. */
export type FileLocator = {
  kind: 'photo' | 'document'
  id: string
  access_hash: string
  /** Base64. */
  file_reference: string
  dc_id: number
  /** Letter of the size of a photo, or of a document's preview; empty for a document itself. */
  thumb: string
  size: number
  peer_id: number
  message_id: number
  place: number
}

/** A file as its message announces it, and as the spool fetches it. */
export type AnnouncedFile = {
  attachment: { key: string; type: FileType; filename: string | null; mime_type: string | null; size: number | null }
  file: SpooledFile
}

/** What a message that is a file says. `word`: stands for its text where it has none. */
export type FileBody = { type: MessageType; word: string; details: Details; file: AnnouncedFile }

/** What a message says. */
export type Body = { type: MessageType; content: string; details: Details; files: AnnouncedFile[] }

/**
 * What a message's media say. `word`: stands for the text where there is none; with `isOwnWord` it is said beside a text
 * as well, since nothing else would.
 */
export type Media = { type: MessageType; word: string; isOwnWord?: boolean; details: Details; files?: AnnouncedFile[] }

export const fileKey = ({ messageId, place }: FilePlace): string => `${messageId}.${place}`

/** Null where the photo is gone, as one that destroyed itself is. */
export function readPhoto(photo: tl.TypePhoto | undefined, at: FilePlace): FileBody | null {
  if (photo?._ !== 'photo') return null
  const size = largestSize(photo.sizes)
  if (size === null) return null
  const file = announce(at, {
    attachment: { type: 'image', filename: null, mime_type: 'image/jpeg' },
    locator: { kind: 'photo', ...addressOf(photo), thumb: size.letter, size: size.bytes },
  })
  return { type: 'image', word: 'Photo', details: {}, file }
}

/** Null where the file is gone. */
export function readDocument(document: tl.TypeDocument | undefined, at: FilePlace): FileBody | null {
  if (document?._ !== 'document') return null
  const attributes = readAttributes(document.attributes)
  const seen = attributes.sticker === undefined ? plainDocument(document, attributes) : stickerFile(document)
  const { type, word, fileType, thumb } = seen
  const file = announce(at, {
    attachment: {
      type: fileType,
      filename: attributes.filename,
      mime_type: thumb === undefined ? document.mimeType || null : 'image/webp',
    },
    locator: {
      kind: 'document',
      ...addressOf(document),
      thumb: thumb?.letter ?? '',
      size: thumb?.bytes ?? document.size,
    },
  })
  return { type, word, details: detailsOf(attributes), file }
}

type Announcement = {
  attachment: Pick<AnnouncedFile['attachment'], 'type' | 'filename' | 'mime_type'>
  locator: Omit<FileLocator, 'peer_id' | 'message_id' | 'place'>
}

function announce(at: FilePlace, { attachment, locator }: Announcement): AnnouncedFile {
  const key = fileKey(at)
  const { filename, mime_type: mimeType } = attachment
  const size = Number.isSafeInteger(locator.size) && locator.size >= 0 ? locator.size : null
  const full: FileLocator = { ...locator, peer_id: at.peerId, message_id: at.messageId, place: at.place }
  return {
    attachment: { key, ...attachment, size },
    file: { key, filename, mimeType, locator: full },
  }
}

type Addressed = Pick<tl.RawPhoto, 'id' | 'accessHash' | 'fileReference' | 'dcId'>

function addressOf({ id, accessHash, fileReference, dcId }: Addressed) {
  return {
    id: id.toString(),
    access_hash: accessHash.toString(),
    file_reference: Buffer.from(fileReference).toString('base64'),
    dc_id: dcId,
  }
}

type Size = { letter: string; bytes: number; pixels: number }

/** Sizes that can be fetched, the largest last. */
function sizesOf(sizes: readonly tl.TypePhotoSize[] | undefined): Size[] {
  const found = (sizes ?? []).flatMap((size): Size[] => {
    if (size._ === 'photoSize') return [{ letter: size.type, bytes: size.size, pixels: size.w * size.h }]
    if (size._ !== 'photoSizeProgressive') return []
    return [{ letter: size.type, bytes: Math.max(0, ...size.sizes), pixels: size.w * size.h }]
  })
  return found.sort((one, other) => one.pixels - other.pixels)
}

const largestSize = (sizes: readonly tl.TypePhotoSize[] | undefined): Size | null => sizesOf(sizes).at(-1) ?? null

type Attributes = {
  filename: string | null
  sticker?: { emoji: string }
  isAnimated: boolean
  video?: { isRound: boolean; duration: number }
  audio?: { isVoice: boolean; duration: number; title: string; performer: string }
}

function readAttributes(list: readonly tl.TypeDocumentAttribute[] | undefined): Attributes {
  const found: Attributes = { filename: null, isAnimated: false }
  for (const one of list ?? []) {
    switch (one._) {
      case 'documentAttributeFilename':
        found.filename = one.fileName.toWellFormed().replaceAll('\0', '').slice(0, 255) || null
        break
      case 'documentAttributeSticker':
      case 'documentAttributeCustomEmoji':
        found.sticker = { emoji: one.alt }
        break
      case 'documentAttributeAnimated':
        found.isAnimated = true
        break
      case 'documentAttributeVideo':
        found.video = { isRound: one.roundMessage === true, duration: one.duration }
        break
      case 'documentAttributeAudio':
        found.audio = {
          isVoice: one.voice === true,
          duration: one.duration,
          title: one.title ?? '',
          performer: one.performer ?? '',
        }
        break
      default:
        break
    }
  }
  return found
}

type SeenFile = { type: MessageType; word: string; fileType: FileType; thumb?: Size }

function plainDocument(
  { mimeType, size }: tl.RawDocument,
  { video, audio, isAnimated, filename }: Attributes,
): SeenFile {
  if (audio !== undefined) return { type: 'audio', word: audio.isVoice ? 'Voice message' : 'Audio', fileType: 'audio' }
  if (video?.isRound === true) return { type: 'video', word: 'Video message', fileType: 'video' }
  if (isAnimated) return { type: 'video', word: 'GIF', fileType: mimeType.startsWith('video/') ? 'video' : 'image' }
  if (video !== undefined) return { type: 'video', word: 'Video', fileType: 'video' }
  const isShown = shownMimeTypes.has(mimeType) && size <= maxShownBytes
  return { type: 'document', word: filename ?? 'Document', fileType: isShown ? 'image' : 'document' }
}

/** A moving sticker is a drawing for Telegram's own player, or a video: where it has a still picture, that is shown. */
function stickerFile({ mimeType, thumbs }: tl.RawDocument): SeenFile {
  const sticker = { type: 'sticker' as const, word: 'Sticker' }
  if (mimeType.startsWith('image/')) return { ...sticker, fileType: 'sticker' }
  const [still] = sizesOf(thumbs).slice(-1)
  if (still !== undefined) return { ...sticker, fileType: 'sticker', thumb: still }
  return { ...sticker, fileType: mimeType.startsWith('video/') ? 'video' : 'document' }
}

function detailsOf({ audio, video, isAnimated, sticker }: Attributes): Details {
  const duration = Math.round(audio?.duration ?? video?.duration ?? 0)
  return compact({
    voice: audio?.isVoice === true ? true : undefined,
    round: video?.isRound === true ? true : undefined,
    animated: isAnimated ? true : undefined,
    duration: duration > 0 ? duration : undefined,
    title: audio?.title,
    performer: audio?.performer,
    sticker: sticker === undefined ? undefined : compact({ emoji: sticker.emoji }),
  })
}
