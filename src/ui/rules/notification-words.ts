import type { NotifyKey } from '../i18n/en-notify.ts'
import type { Params } from '../i18n/say.ts'
import { oneLine } from '../text/clean.ts'
import type { Message, Notification } from '../types.ts'

type Every = Notification extends infer One ? (One extends object ? keyof One : never) : never

/** The facts of a notification, as far as they are at hand: a push may be cut to the barest ones, or be of a later kind. */
export type NotificationFacts = { kind: string } & { readonly [K in Exclude<Every, 'kind'>]?: unknown }

/** Who is told, and in whose words. `date` writes a day; `channelOf` knows channels by their id. */
export type Reader = {
  say(key: NotifyKey, params?: Params): string
  userId: string | null
  date(iso: string): string
  channelOf(channelId: string): string | null
}

export type Words = { title: string; text: string }

const maxTitle = 120
const maxText = 240

/** A notification in words: what happened, and what is worth knowing of it. */
export function wordsOf(facts: NotificationFacts, reader: Reader): Words {
  const { say } = reader
  const name = line(facts.client_name, maxTitle) || say('notify.somebody')
  switch (facts.kind) {
    case 'new_message':
    case 'new_conversation':
      return { title: say(`notify.${facts.kind}`, { name }), text: messageText(facts, say) }
    case 'assignment':
      return { title: say(assignmentKey(facts, reader.userId), { name }), text: '' }
    case 'mention': {
      const by = line(facts.by_name, maxTitle) || say('notify.colleague')
      return { title: say('notify.mention', { by }), text: line(facts.preview) || say('notify.mention_in', { name }) }
    }
    case 'send_failed':
      return { title: say('notify.send_failed', { name }), text: errorText(facts.error) }
    case 'system':
      return { title: line(facts.title, maxTitle) || say('notify.system'), text: line(facts.text) }
    case 'test':
      return { title: say('notify.test'), text: say('notify.test_text') }
    default:
      return operationalWords(facts, reader)
  }
}

/** What is about the installation rather than about customers. */
function operationalWords(facts: NotificationFacts, { say, date, channelOf }: Reader): Words {
  const known = typeof facts.channel_id === 'string' ? channelOf(facts.channel_id) : null
  const channel = line(known, maxTitle) || say('notify.channel')
  switch (facts.kind) {
    case 'channel_down':
      return { title: say('notify.channel_down', { channel }), text: line(facts.message) || line(facts.code) }
    case 'channel_up':
      return { title: say('notify.channel_up', { channel }), text: '' }
    case 'token_expiring': {
      const ends = typeof facts.expires_at === 'string' ? date(facts.expires_at) : ''
      return { title: say('notify.token_expiring', { channel, date: ends }), text: say('notify.token_text') }
    }
    case 'quarantine_grew': {
      const n = typeof facts.count === 'number' ? facts.count : 0
      return { title: say('notify.quarantine_grew', { n }), text: say('notify.quarantine_text') }
    }
    default:
      return { title: say('notify.other'), text: '' }
  }
}

function line(value: unknown, max = maxText): string {
  return typeof value === 'string' ? oneLine(value, max) : ''
}

const sayable = [
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
] as const satisfies readonly Message['type'][]

/** What was written; of a file what it is; nothing more where previews are not wanted. */
function messageText({ preview, message_type: type }: NotificationFacts, say: Reader['say']): string {
  const written = line(preview)
  if (written !== '') return written
  const known = sayable.find((one) => one === type)
  return say(known === undefined ? 'notify.type_other' : `notify.type_${known}`)
}

function assignmentKey(facts: NotificationFacts, userId: string | null): NotifyKey {
  const { assignee_id: now, previous_assignee_id: before, relation } = facts
  if (userId !== null && now === userId) return 'notify.assigned'
  if (userId !== null && before === userId) return 'notify.taken'
  if (userId === null && relation === 'assigned_to_me') return now === null ? 'notify.taken' : 'notify.assigned'
  return now === null ? 'notify.unassigned' : 'notify.given'
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { title, details } = error as { title?: unknown; details?: unknown }
  return line(title) || line(details)
}

/** What a later one takes the place of, so that one customer is one note on a screen; '' where nothing does. */
export function tagOf({ kind, conversation_id: conversation, channel_id: channel }: NotificationFacts): string {
  switch (kind) {
    case 'new_message':
    case 'new_conversation':
      return `messages ${String(conversation)}`
    case 'assignment':
    case 'mention':
    case 'send_failed':
      return `${kind} ${String(conversation)}`
    case 'channel_down':
    case 'channel_up':
      return `channel ${String(channel)}`
    case 'token_expiring':
      return `token ${String(channel)}`
    case 'quarantine_grew':
    case 'test':
      return kind
    default:
      return ''
  }
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu
/** A path on this host, or an https address; nothing that a browser would run. */
const link = /^(?:https:\/\/|\/(?![/\\]))/u

/** Where a click leads: a conversation of this page, a link of the tenant's server, or nowhere. */
export function targetOf(
  facts: NotificationFacts,
): { kind: 'conversation'; id: string } | { kind: 'link'; href: string } | null {
  const { conversation_id: id, link: href } = facts
  if (typeof id === 'string' && uuid.test(id)) return { kind: 'conversation', id: id.toLowerCase() }
  return typeof href === 'string' && link.test(href) ? { kind: 'link', href } : null
}
