import type { tl } from '@mtcute/core'
import { readText } from './entities.ts'
import { compact } from './map-context.ts'
import { type Body, type FilePlace, type Media, readDocument, readPhoto } from './media.ts'
import { richText } from './map-rich.ts'
import { pollDetails, pollWords } from './map-poll.ts'
import { diceWords, gameShare, giveawayWords, invoiceBody, linkShare, storyShare, todoBody } from './map-shared.ts'
import { contactBody, placeBody } from './map-places.ts'

export function bodyOf(message: tl.RawMessage, at: FilePlace): Body {
  const { content, entities } = readText(message.message, message.entities)
  const media = mediaOf(message.media, at)
  const written = content === '' && message.richMessage !== undefined ? richText(message.richMessage) : content
  const marks = entities.length === 0 ? {} : { entities }
  if (media === null) return { type: 'text', content: written, details: marks, files: [] }
  const isBeside = media.isOwnWord === true && media.word !== ''
  // The parts of an album are one message, of which one part has the words.
  const isPart = message.groupedId !== undefined
  const words = [written, isBeside || (written === '' && !isPart) ? media.word : ''].filter((text) => text !== '')
  return {
    type: media.type,
    content: words.join('\n'),
    details: { ...marks, ...media.details },
    files: media.files ?? [],
  }
}

/** Null: nothing beside the text. A kind that nobody told us of becomes a placeholder that everybody sees. */
export function mediaOf(media: tl.TypeMessageMedia | undefined, at: FilePlace): Media | null {
  if (media === undefined || media._ === 'messageMediaEmpty') return null
  switch (media._) {
    case 'messageMediaPhoto':
      return media.ttlSeconds === undefined ? fileMedia(readPhoto(media.photo, at), 'Photo') : viewOnce('photo')
    case 'messageMediaDocument':
      if (media.ttlSeconds !== undefined) return viewOnce(media.voice ? 'voice' : media.round ? 'round' : 'video')
      return fileMedia(readDocument(media.document, at), 'Document')
    case 'messageMediaContact':
      return contactBody(media)
    case 'messageMediaGeo':
    case 'messageMediaGeoLive':
    case 'messageMediaVenue':
      return placeBody(media)
    case 'messageMediaPoll':
      return pollMedia(media, at)
    case 'messageMediaWebPage':
      return { type: 'text', word: '', details: linkShare(media.webpage) }
    case 'messageMediaPaidMedia':
      return paidMedia(media, at)
    default:
      return wordedMedia(media)
  }
}

/** Kinds without files. */
function wordedMedia(media: tl.TypeMessageMedia): Media {
  switch (media._) {
    case 'messageMediaDice':
      return { type: 'text', word: diceWords(media), details: { dice: { emoji: media.emoticon, value: media.value } } }
    case 'messageMediaGame':
      return { type: 'share', word: 'Game', isOwnWord: true, details: gameShare(media.game) }
    case 'messageMediaInvoice':
      return invoiceBody(media)
    case 'messageMediaStory':
      return storyShare(media)
    case 'messageMediaGiveaway':
    case 'messageMediaGiveawayResults':
      return { type: 'text', word: giveawayWords(media), isOwnWord: true, details: {} }
    case 'messageMediaToDo':
      return todoBody(media)
    case 'messageMediaVideoStream':
      return unsupported('video_stream')
    default:
      return unsupported(kindName(media._))
  }
}

/** `messageMediaPoll` → `poll`. */
function kindName(constructor: unknown): string {
  const name = typeof constructor === 'string' ? constructor.replace(/^message(?:Media|Action)?/, '') : ''
  return name.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase() || 'unknown'
}

/** Visible, so that somebody looks into Telegram itself (G7). */
export function unsupported(kind: string): Media {
  const isNamed = kind !== 'unsupported' && kind !== 'unknown'
  const word = isNamed ? `Unsupported message (${kind.replaceAll('_', ' ')})` : 'Unsupported message'
  return { type: 'unsupported', word, details: { unsupported: { type: kind } } }
}

function fileMedia(body: ReturnType<typeof readPhoto>, name: 'Photo' | 'Document'): Media {
  if (body === null) return { type: 'unsupported', word: `${name} is not available any more`, details: {} }
  return { type: body.type, word: body.word, details: body.details, files: [body.file] }
}

const onceWords = { photo: 'A photo', video: 'A video', voice: 'A voice message', round: 'A video message' }

/** Its sender was promised that it is seen once and kept nowhere: that it came is all that is passed on. */
function viewOnce(kind: keyof typeof onceWords): Media {
  const word = `${onceWords[kind]} that can be viewed only once: it is not kept here, open it in Telegram`
  return { type: 'system', word, isOwnWord: true, details: { service: { action: 'view_once', kind } } }
}

function pollMedia(media: tl.RawMessageMediaPoll, at: FilePlace): Media {
  const poll = pollDetails(media.poll, media.results)
  const attached = media.attachedMedia === undefined ? null : mediaOf(media.attachedMedia, at)
  return {
    type: 'interactive',
    word: pollWords(poll),
    isOwnWord: true,
    details: { poll },
    files: attached?.files ?? [],
  }
}

function paidMedia({ starsAmount, extendedMedia }: tl.RawMessageMediaPaidMedia, at: FilePlace): Media {
  const open = extendedMedia.flatMap((one, place) =>
    one._ === 'messageExtendedMedia' ? (mediaOf(one.media, { ...at, place }) ?? []) : [],
  )
  const files = open.flatMap((media) => media.files ?? [])
  const word = `Paid media: ${extendedMedia.length} for ${String(starsAmount)} Stars`
  const details = { paid: compact({ stars: String(starsAmount), count: extendedMedia.length, open: open.length }) }
  return { type: open[0]?.type ?? 'text', word, isOwnWord: true, details, files }
}
