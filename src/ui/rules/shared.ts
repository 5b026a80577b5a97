import type { TextKey } from '../i18n/en.ts'
import type { Message } from '../types.ts'
import { readLink, safeHref } from './details.ts'

/** Something that was passed on with a message: a story, a post, a link. Only its address is here, never its picture. */
export type SharedThing = { label: TextKey; title: string; href: string | null }

type Details = Message['details']

const storyLabels: ReadonlyMap<unknown, TextKey> = new Map([
  ['reply', 'message.story_reply'],
  ['mention', 'message.story_mention'],
  ['shared', 'message.story_shared'],
])
const shareLabels: ReadonlyMap<unknown, TextKey> = new Map([
  ['reel', 'message.share_reel'],
  ['ig_reel', 'message.share_reel'],
  ['fallback', 'message.share_link'],
  ['link', 'message.share_link'],
  ['game', 'message.share_game'],
])
/** What the server writes for those who cannot see the thing itself; here its label says it, in the reader's language. */
const plainWords = new Set([
  ...['Story', 'Reply to a story', 'Story mention', 'Shared story'],
  ...['Shared post', 'Shared reel', 'Shared link', 'Game'],
])

function isRecord(value: unknown): value is Details {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function thingOf(value: Details, label: TextKey): SharedThing {
  const { title, url } = value
  return {
    label,
    title: typeof title === 'string' ? title : '',
    href: typeof url === 'string' ? safeHref(url) : null,
  }
}

/** The things a message passes on, as its details name them; none for most messages. */
export function readShared({ type, details }: Pick<Message, 'type' | 'details'>): SharedThing[] {
  const { story, share, shares } = details
  const stories = isRecord(story) ? [thingOf(story, storyLabels.get(story['kind']) ?? 'message.story')] : []
  const list: unknown[] = Array.isArray(shares) ? shares.slice(0, 10) : [share]
  const cards = list.filter(isRecord).map((card) => thingOf(card, shareLabels.get(card['kind']) ?? 'message.share'))
  const found = [...stories, ...cards]
  if (found.length > 0 || (type !== 'story' && type !== 'share')) return found
  return [{ label: `message.${type}`, title: '', href: readLink(details) }]
}

/** Whether the content says nothing that these things do not say themselves. */
export function isSaidBy(things: readonly SharedThing[], content: string): boolean {
  return things.length > 0 && (plainWords.has(content) || things.some(({ title }) => title === content))
}

/** What the server writes in place of a text for a file that came without one. */
const fileWords = /^(?:Photo|Video|Video message|GIF|Audio|Voice message|Document|Sticker|\d+ attachments?)$/u

/** Whether the content only says what the files of the message show anyway. Of ours, every word was written by somebody. */
export function describesFiles({
  attachments,
  content,
  client_message_id: clientId,
}: Pick<Message, 'attachments' | 'content' | 'client_message_id'>): boolean {
  if (attachments.length === 0 || clientId !== null) return false
  return fileWords.test(content) || attachments.some(({ filename }) => filename === content)
}

/** The buttons that we sent along with a text. */
export function readButtons({ direction, details }: Pick<Message, 'direction' | 'details'>): string[] {
  const list: unknown[] = direction === 'outbound' && Array.isArray(details['buttons']) ? details['buttons'] : []
  return list
    .filter(isRecord)
    .flatMap(({ title }) => (typeof title === 'string' ? title : []))
    .slice(0, 13)
}
