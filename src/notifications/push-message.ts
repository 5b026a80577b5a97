import { cleanLine } from '../channels/email/clean-line.ts'
import { derivedId } from '../lib/derived-id.ts'
import { capCodePoints } from '../lib/text.ts'
import type { Notification } from '../protocol/notifications.ts'
import { maxPushAgeMs } from './decide.ts'

/** What a push service has to take: 4,096 bytes, less what the encryption adds (RFC 8291 §4, RFC 8188 §2). */
export const maxPushBytes = 3_993

/** A message for the service worker of the page, and how the push service is to treat it. `ttl` in seconds. */
export type PushMessage = {
  data: string
  options: { ttl: number; urgency: 'low' | 'normal' | 'high'; topic?: string }
}

export type PushContext = { tenantId: string; userId: string; preview: boolean; now: number }

/** The push of a notification; null when it is too old to be one. */
export function pushMessage(notification: Notification, context: PushContext): PushMessage | null {
  const ttl = Math.floor((Date.parse(notification.created_at) + maxAgeOf(notification) - context.now) / 1000)
  // Below a second there is no point; and 0 means "now or never", which no service keeps for a browser that is asleep.
  if (ttl < 1) return null
  const topic = topicOf(notification, context)
  const options = { ttl, urgency: urgencyOf(notification), ...(topic !== null && { topic }) }
  return { data: dataOf(notification, context.preview), options }
}

function maxAgeOf({ kind }: Notification): number {
  return kind === 'test' ? 60_000 : maxPushAgeMs
}

/** RFC 8030 §5.3: `high` wakes a phone that saves its battery. */
function urgencyOf({ kind, relation }: Notification): PushMessage['options']['urgency'] {
  switch (kind) {
    case 'mention':
    case 'assignment':
    case 'send_failed':
    case 'channel_down':
    case 'test':
      return 'high'
    case 'new_message':
    case 'new_conversation':
      return relation === 'others' ? 'normal' : 'high'
    case 'system':
      return 'normal'
    case 'channel_up':
    case 'token_expiring':
    case 'quarantine_grew':
      return 'low'
  }
}

/**
 * Of several messages with one topic that wait for a browser only the newest is kept (RFC 8030 §5.4): one for each
 * conversation's messages, so that a phone that was off shows each customer once. The push service can read it, so it
 * names nothing, and is another one for every user. 32 characters are the most it may have.
 */
function topicOf(notification: Notification, { tenantId, userId }: PushContext): string | null {
  const subject = subjectOf(notification)
  return subject === null ? null : derivedId('push-topic', tenantId, userId, subject).replaceAll('-', '')
}

/** What a later one of its kind makes out of date; null: nothing does. The page uses it as well, as the `tag`. */
function subjectOf({ kind, conversation_id, channel_id }: Notification): string | null {
  switch (kind) {
    case 'new_message':
    case 'new_conversation':
      return `messages ${conversation_id}`
    case 'assignment':
    case 'mention':
    case 'send_failed':
      return `${kind} ${conversation_id}`
    case 'channel_down':
    case 'channel_up':
    case 'token_expiring':
      return `${kind === 'token_expiring' ? 'token' : 'channel'} ${channel_id}`
    case 'quarantine_grew':
    case 'test':
      return kind
    case 'system':
      return null
  }
}

/** From whole to bare: the first form that fits is sent. A name of 500 characters may take 2,000 bytes. */
const longestTexts = [500, 140, 40]

/** Locked screens show it, so what was written is in it only where the user has allowed that. */
function dataOf(notification: Notification, preview: boolean): string {
  const allowed = preview ? notification : withoutPreview(notification)
  for (const longest of longestTexts) {
    const data = JSON.stringify(shorten(allowed, longest))
    if (new TextEncoder().encode(data).length <= maxPushBytes) return data
  }
  const { id, seq, kind, conversation_id, channel_id, created_at } = notification
  return JSON.stringify({ id, seq, kind, conversation_id, channel_id, created_at })
}

function withoutPreview(notification: Notification): Notification {
  return 'preview' in notification ? { ...notification, preview: null } : notification
}

/** Every text in it, made fit for the one line that a system shows. A link that is cut leads nowhere, so it goes. */
function shorten(notification: Notification, longest: number): object {
  const entries = Object.entries(notification).map(([name, value]): [string, unknown] => {
    if (name === 'link') return [name, typeof value === 'string' && value.length > longest ? null : value]
    if (name === 'error') return [name, null]
    return [
      name,
      typeof value === 'string' ? capCodePoints(cleanLine(value, Number.POSITIVE_INFINITY), longest) : value,
    ]
  })
  return Object.fromEntries(entries)
}
