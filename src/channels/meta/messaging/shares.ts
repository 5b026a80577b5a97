import { boundedCopy } from '../details.ts'
import { compact, isObject, type Json, listOf, numeralOf, textOf } from '../wire.ts'

// What people pass on to the business instead of writing: posts, reels, links, stories. Their addresses lead to pages
// and not to files, and a story's picture must not be kept (Story Mention, "Important Points"): nothing here is copied.

const cardNames: ReadonlyMap<unknown, string> = new Map([
  ['share', 'Shared post'],
  ['media', 'Shared post'],
  ['post', 'Shared post'],
  ['ig_post', 'Shared post'],
  ['reel', 'Shared reel'],
  ['ig_reel', 'Shared reel'],
  ['fallback', 'Shared link'],
])

const cardIdFields = ['ig_post_media_id', 'reel_video_id', 'video_id', 'post_id', 'id']

/** A post, a reel or a link as `{kind, title?, url?, id?}`; undefined for anything else. */
export function cardOf(attachment: Json): Json | undefined {
  const { type } = attachment
  if (!cardNames.has(type)) return undefined
  const payload = isObject(attachment['payload']) ? attachment['payload'] : {}
  const id = cardIdFields.map((field) => numeralOf(payload[field])).find((value) => value !== undefined)
  const title = textOf(payload['title'] ?? attachment['title'], 1024)
  const card = compact({ title, url: linkOf(payload['url'] ?? attachment['url']), id })
  // Shares that Meta cannot pass on come as a fallback with nothing in it.
  return type === 'fallback' && Object.keys(card).length === 0 ? undefined : { kind: type, ...card }
}

export function describeCard(card: Json): string {
  return textOf(card['title'], 1024) ?? cardNames.get(card['kind']) ?? 'Shared post'
}

/** Each post once: for some time it comes as `share` and under its new name as well. */
export function withoutOldShares(cards: readonly Json[]): Json[] {
  const named = cards.filter(({ kind }) => kind === 'ig_post' || kind === 'post')
  return cards.filter((card) => card['kind'] !== 'share' || !named.some((one) => isSamePost(card, one)))
}

function isSamePost(share: Json, post: Json): boolean {
  const { id, url } = share
  return id === undefined || id === post['id'] || (url !== undefined && url === post['url'])
}

const storyTypes: ReadonlySet<unknown> = new Set(['story_mention', 'ig_story', 'story'])

/** A story that somebody passed on or mentioned the business in, as `{kind, id?, url?}`. */
export function storyOf(attachment: Json): Json | undefined {
  if (!storyTypes.has(attachment['type'])) return undefined
  const payload = isObject(attachment['payload']) ? attachment['payload'] : {}
  return compact({
    kind: attachment['type'] === 'story_mention' ? 'mention' : 'shared',
    id: numeralOf(payload['story_media_id'] ?? payload['id']),
    url: linkOf(payload['story_media_url'] ?? payload['url']),
  })
}

/** The story that a message answers. */
export function answeredStory(replyTo: unknown): Json | undefined {
  const story = isObject(replyTo) ? replyTo['story'] : undefined
  if (!isObject(story)) return undefined
  return compact({ kind: 'reply', id: numeralOf(story['id']), url: linkOf(story['url']) })
}

const storyNames: ReadonlyMap<unknown, string> = new Map([
  ['mention', 'Story mention'],
  ['shared', 'Shared story'],
  ['reply', 'Reply to a story'],
])

export function describeStory({ kind }: Json): string {
  return storyNames.get(kind) ?? 'Story'
}

/** A structured message, with its text; undefined where there is nothing in it. */
export function templateOf(attachment: Json): { content: string; details: unknown } | undefined {
  if (attachment['type'] !== 'template') return undefined
  const payload = isObject(attachment['payload']) ? attachment['payload'] : {}
  const title = textOf(attachment['title'], 1024)
  if (Object.keys(payload).length === 0 && title === undefined) return undefined
  const content = textOf(payload['text'], 4096) ?? titlesIn(payload) ?? title ?? 'Template'
  return { content, details: boundedCopy(compact({ title, ...payload })) }
}

function titlesIn(payload: Json): string | undefined {
  const product = isObject(payload['product']) ? payload['product'] : {}
  const elements = [...listOf(payload['elements']), ...listOf(product['elements'])].filter(isObject).slice(0, 10)
  const titles = elements.map((element) => textOf(element['title'], 256)).filter((title) => title !== undefined)
  return titles.length > 0 ? titles.join(', ') : undefined
}

function linkOf(value: unknown): string | undefined {
  const url = textOf(value, 4096)
  return url !== undefined && /^https?:\/\//.test(url) ? url : undefined
}
