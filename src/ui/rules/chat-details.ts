import type { TextKey } from '../i18n/en.ts'
import type { Message } from '../types.ts'
import { safeHref } from './details.ts'

// What messages of chat apps carry besides text and files: polls, lists, whence they were passed on, what happened in a
// group. Like all details they were written by strangers: these readers take what they understand.

type Details = Message['details']
type Values = Readonly<Record<string, string | number>>

export type PollView = { question: string; isClosed: boolean; options: PollOption[] }
export type PollOption = { text: string; votes: number | null; isChosen: boolean; isCorrect: boolean }
export type ListView = { title: string; items: { text: string; isDone: boolean }[] }

function isRecord(value: unknown): value is Details {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const recordsOf = (value: unknown): Details[] => (Array.isArray(value) ? value.filter(isRecord).slice(0, 100) : [])

export function readPoll({ poll }: Details): PollView | null {
  if (!isRecord(poll)) return null
  const options = recordsOf(poll['options']).map((option) => ({
    text: textOf(option['text']),
    votes: typeof option['votes'] === 'number' && option['votes'] >= 0 ? option['votes'] : null,
    isChosen: option['is_chosen'] === true,
    isCorrect: option['is_correct'] === true,
  }))
  return { question: textOf(poll['question']), isClosed: poll['is_closed'] === true, options }
}

export function readList({ todo }: Details): ListView | null {
  if (!isRecord(todo)) return null
  const items = recordsOf(todo['items']).map((item) => ({
    text: textOf(item['text']),
    isDone: item['is_done'] === true,
  }))
  return { title: textOf(todo['title']), items }
}

/** Whether a card says all that the content says. A caption of a poll stands before the poll's own words. */
export function isSaidByCard({ content, details }: Pick<Message, 'content' | 'details'>): boolean {
  if (readPoll(details) !== null) return /^(?:Poll|Quiz): /u.test(content)
  return readList(details) !== null && content.startsWith('List: ')
}

/** Who wrote a message that was passed on; empty where that is not told. Null: it was not. */
export function readForward({ forward }: Details): string | null {
  return isRecord(forward) ? textOf(forward['from']) : null
}

/** The words of the answered message that the answer is about. */
export function readQuotedWords({ quote }: Details): string {
  return isRecord(quote) ? textOf(quote['text']) : ''
}

/** The part of a group that a message lies in. */
export function readTopic({ topic }: Details): string {
  return isRecord(topic) ? textOf(topic['title']) : ''
}

/** The name of the topic that a conversation is, as its newest message that knows it says. */
export function topicOf(messages: readonly Pick<Message, 'details'>[]): string {
  const knowing = messages.findLast(({ details }) => readTopic(details) !== '')
  return knowing === undefined ? '' : readTopic(knowing.details)
}

/** Links that lie behind words of the text: without this nobody would see where they lead. */
export function readHiddenLinks({ content, details }: Pick<Message, 'content' | 'details'>) {
  return recordsOf(details['entities']).flatMap(({ type, offset, length, url }) => {
    const href = type === 'text_url' ? safeHref(textOf(url)) : null
    if (href === null || typeof offset !== 'number' || typeof length !== 'number') return []
    const words = content.slice(offset, offset + length)
    return words === '' || content.includes(href) ? [] : [{ words, href }]
  })
}

const actions: ReadonlyMap<unknown, TextKey> = new Map<string, TextKey>([
  ['joined', 'service.joined'],
  ['added', 'service.added'],
  ['left', 'service.left'],
  ['removed', 'service.removed'],
  ['created', 'service.created'],
  ['title', 'service.title'],
  ['picture', 'service.picture'],
  ['picture_removed', 'service.picture_removed'],
  ['pinned', 'service.pinned'],
  ['migrated', 'service.migrated'],
  ['cleared', 'service.cleared'],
  ['topic_created', 'service.topic_created'],
  ['topic_renamed', 'service.topic_renamed'],
  ['topic_closed', 'service.topic_closed'],
  ['topic_reopened', 'service.topic_reopened'],
  ['auto_delete', 'service.auto_delete'],
  ['auto_delete_off', 'service.auto_delete_off'],
  ['screenshot', 'service.screenshot'],
  ['signed_up', 'service.signed_up'],
  ['call_missed', 'service.call_missed'],
  ['call_unanswered', 'service.call_unanswered'],
  ['call_in', 'service.call_in'],
  ['call_out', 'service.call_out'],
  ['group_call', 'service.group_call'],
  ['payment', 'service.payment'],
  ['payment_returned', 'service.payment_returned'],
  ['telegram_notice', 'service.telegram_notice'],
])
const onceKinds: ReadonlyMap<unknown, TextKey> = new Map<string, TextKey>([
  ['photo', 'service.once_photo'],
  ['voice', 'service.once_voice'],
])

/** What happened in a chat without a word, in the reader's language; null where the content has to say it. */
export function readService({ service }: Details): { key: TextKey; values: Values } | null {
  if (!isRecord(service)) return null
  const isOnce = service['action'] === 'view_once'
  const key = isOnce ? (onceKinds.get(service['kind']) ?? 'service.once_video') : actions.get(service['action'])
  if (key === undefined) return null
  const names = Array.isArray(service['names']) ? service['names'].filter((name) => typeof name === 'string') : []
  const values = {
    by: textOf(service['by']),
    names: names.slice(0, 20).join(', '),
    title: textOf(service['title']),
    amount: textOf(service['amount']),
    length: lengthOf(service['seconds']),
  }
  return { key, values }
}

/** How long a call was, as `, 1:05`. */
function lengthOf(seconds: unknown): string {
  if (typeof seconds !== 'number' || !(seconds > 0)) return ''
  return `, ${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`
}
