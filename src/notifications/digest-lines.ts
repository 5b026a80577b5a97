import { cleanLine } from '../channels/email/clean-line.ts'
import type { Notification } from '../protocol/notifications.ts'
import { type DigestLanguage, digestWords, withNumber } from './digest-words.ts'

/** One line of a digest: who or what it is about, what happened, and where to look. `quote`: what was written last. */
export type DigestLine = { name: string; place: string; what: string; quote: string | null; path: string | null }

export type LineOptions = {
  language: DigestLanguage
  preview: boolean
  channelNames: ReadonlyMap<string, string>
}

const maxName = 80

/** What belongs together is one line: all that happened in a conversation, or on a channel. In the order given. */
export function digestLines(notifications: readonly Notification[], options: LineOptions): DigestLine[] {
  return [...Map.groupBy(notifications, subjectOf).values()].map((group) => lineOf(group, options))
}

function subjectOf({ kind, id, conversation_id, channel_id }: Notification): string {
  if (kind === 'system') return id
  return conversation_id ?? channel_id ?? kind
}

function lineOf(group: readonly Notification[], options: LineOptions): DigestLine {
  const [first] = group
  if (first === undefined) throw new Error('a line of a digest is about something')
  const channel = cleanLine(options.channelNames.get(first.channel_id ?? '') ?? first.platform ?? '', maxName)
  if (first.kind === 'system') {
    return { name: cleanLine(first.title, maxName), place: '', what: '', quote: null, path: pathOf(first.link) }
  }
  const what = whatHappened(group, options.language)
  if (first.conversation_id === null) return { name: channel, place: '', what, quote: null, path: null }
  const client = cleanLine(first.client_name ?? '', maxName)
  return {
    name: client === '' ? digestWords(options.language).nobody : client,
    place: channel,
    what,
    quote: options.preview ? newestQuote(group) : null,
    path: `/conversations/${first.conversation_id}`,
  }
}

/** Links to other hosts are not for mails: a summary leads into the inbox. */
function pathOf(link: string | null): string | null {
  return link !== null && /^\/(?![/\\])/.test(link) ? link : null
}

/** The first message of a conversation is a new message as well, so the two are counted as one kind. */
function whatHappened(group: readonly Notification[], language: DigestLanguage): string {
  const isNew = group.some(({ kind }) => kind === 'new_conversation')
  const messages = group.filter(({ kind }) => kind === 'new_message' || kind === 'new_conversation').length
  const { kinds } = digestWords(language)
  const others = Map.groupBy(group, ({ kind }) => kind)
  const said = [...others].flatMap(([kind, of]) => {
    if (kind === 'system' || kind === 'new_message' || kind === 'new_conversation') return []
    return [withNumber(language, kinds[kind], of.length)]
  })
  return [
    ...(isNew ? [withNumber(language, kinds.new_conversation, 1)] : []),
    ...(messages > 0 ? [withNumber(language, kinds.new_message, messages)] : []),
    ...said,
  ].join(', ')
}

function newestQuote(group: readonly Notification[]): string | null {
  const newest = group.toSorted((a, b) => b.seq - a.seq).find((one) => 'preview' in one && one.preview !== null)
  return newest !== undefined && 'preview' in newest && newest.preview !== null ? cleanLine(newest.preview, 140) : null
}
