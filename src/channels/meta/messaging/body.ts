import { type Body, maxContent } from '../body.ts'
import { boundedCopy } from '../details.ts'
import { locationBody } from '../location.ts'
import { compact, isObject, type Json, listOf, textOf } from '../wire.ts'
import { isTrue } from './event.ts'
import { describeFiles, fileOf, type WireFile, withoutDoubles } from './files.ts'
import { answeredStory, cardOf, describeCard, describeStory, storyOf, templateOf, withoutOldShares } from './shares.ts'

/** More attachments than any app lets people choose; the rest is left out. */
const maxAttachments = 100

/** The attachments of one message, sorted. They share its id, so they are one message. */
type Parts = {
  files: WireFile[]
  cards: Json[]
  stories: Json[]
  templates: { content: string; details: unknown }[]
  places: Body[]
  /** A heart from the app's own button, which is no file. */
  hearts: Json[]
  /** What we have no reader for, or what came with nothing in it. */
  strange: Json[]
}

/**
 * What a message says. It always says something: where nothing in it can be read, a visible placeholder (G7). `isOurs`:
 * files without a text then have an empty content, as the reply has that this may be the echo of.
 */
export function bodyOf(message: Json, isOurs: boolean): Body {
  const text = textOf(message['text'], maxContent)
  const parts = partsOf(message)
  if (isTrue(message['is_unsupported'])) return unsupportedBody(parts.strange, text)
  const story = answeredStory(message['reply_to']) ?? parts.stories[0]
  const main = mainOf({ ...parts, stories: story === undefined ? [] : [story] }, text, isOurs)
  const attachments = parts.files.map(({ attachment }) => attachment)
  const details = { ...detailsOf(parts, story), ...main.details }
  return compact({
    ...main,
    attachments: attachments.length > 0 ? attachments : undefined,
    details: Object.keys(details).length > 0 ? details : undefined,
  })
}

function partsOf(message: Json): Parts {
  const parts: Parts = { files: [], cards: [], stories: [], templates: [], places: [], hearts: [], strange: [] }
  for (const attachment of listOf(message['attachments']).slice(0, maxAttachments)) {
    sort(isObject(attachment) ? attachment : {}, parts)
  }
  const files = withoutDoubles(parts.files, message['sticker_id'])
  return { ...parts, files, cards: withoutOldShares(parts.cards) }
}

function sort(attachment: Json, parts: Parts): void {
  const file = fileOf(attachment)
  const card = cardOf(attachment)
  const story = storyOf(attachment)
  const template = templateOf(attachment)
  const place = placeOf(attachment)
  if (file !== undefined) parts.files.push(file)
  else if (card !== undefined) parts.cards.push(card)
  else if (story !== undefined) parts.stories.push(story)
  else if (template !== undefined) parts.templates.push(template)
  else if (place !== undefined) parts.places.push(place)
  else if (attachment['type'] === 'like_heart') parts.hearts.push(attachment)
  else parts.strange.push(attachment)
}

function placeOf(attachment: Json): Body | undefined {
  if (attachment['type'] !== 'location') return undefined
  const payload = isObject(attachment['payload']) ? attachment['payload'] : {}
  const { lat: latitude, long: longitude } = isObject(payload['coordinates']) ? payload['coordinates'] : {}
  const { title: name, url } = { ...payload, ...attachment }
  return locationBody({ latitude, longitude, name, url })
}

/** The first kind of these that a message has is its type; what else it has is in its details. */
function mainOf(parts: Parts, text: string | undefined, isOurs: boolean): Pick<Body, 'type' | 'content' | 'details'> {
  const { files, places, templates, stories, cards, hearts, strange } = parts
  if (files[0] !== undefined) {
    return { type: files[0].attachment.type, content: text ?? (isOurs ? '' : describeFiles(files)) }
  }
  if (places[0] !== undefined) return { ...places[0], content: text ?? places[0].content }
  if (templates[0] !== undefined) return { type: 'template', content: text ?? templates[0].content }
  if (stories[0] !== undefined) return { type: 'story', content: text ?? describeStory(stories[0]) }
  // A link in a text brings its preview along; the text is still what was written.
  const isPreview = text !== undefined && cards.every(({ kind }) => kind === 'fallback')
  if (cards[0] !== undefined && !isPreview) return { type: 'share', content: text ?? describeCard(cards[0]) }
  if (text !== undefined) return { type: 'text', content: text }
  return hearts.length > 0 ? { type: 'sticker', content: '❤️' } : unsupportedBody(strange, undefined)
}

function detailsOf({ files, cards, templates, strange }: Parts, story: Json | undefined): Json {
  const stickerId = files.find((file) => file.stickerId !== undefined)?.stickerId
  return compact({
    sticker: stickerId === undefined ? undefined : { id: stickerId },
    template: templates[0]?.details,
    story,
    share: cards[0],
    shares: cards.length > 1 ? cards : undefined,
    unsupported: strange.length > 0 ? strangeThing(strange) : undefined,
  })
}

function unsupportedBody(strange: readonly Json[], text: string | undefined): Body {
  const thing = strangeThing(strange)
  return { type: 'unsupported', content: text ?? describeStrange(thing), details: { unsupported: thing } }
}

/** What an app shows once and then no more has no address, and would not be kept if it had one. */
const disappearing = 'ephemeral'

function strangeThing([first]: readonly Json[]): Json {
  if (first === undefined) return {}
  const type = textOf(first['type'], 64)
  return compact({ type, payload: type === disappearing ? undefined : boundedCopy(first['payload'] ?? undefined) })
}

function describeStrange({ type }: Json): string {
  if (type === disappearing) return 'Disappearing message, shown only in the app'
  return typeof type === 'string' && type !== 'unsupported_type' && type !== 'fallback'
    ? `Unsupported message (${type.replaceAll('_', ' ')})`
    : 'Unsupported message'
}
