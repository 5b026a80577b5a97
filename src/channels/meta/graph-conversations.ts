import type { PlatformAnswer } from '../outbound.ts'
import type { GraphAccess } from './graph.ts'
import { fileOf } from './graph-files.ts'
import { pagesOf } from './graph-paging.ts'
import { compact, Id, isObject, type Json, listOf, textOf } from './wire.ts'

// "Conversations API for Messenger Platform". Only the twenty latest messages of a conversation have details, and each
// page is expensive for Graph, so pages are small and few.
const perPage = 10
const maxPages = 20
const perConversation = 20

/** What tells the two platforms' conversations apart. */
export type ConversationSource = {
  /** The node whose conversations they are: a page's id, or `me`. */
  account: string
  platform: 'messenger' | 'instagram'
  /** The `object` of its webhooks. */
  object: 'page' | 'instagram'
  /** Fields of a message beside those that both have. */
  moreFields: readonly string[]
}

const commonFields = ['id', 'created_time', 'from', 'to', 'message', 'attachments', 'shares', 'reply_to']

/** Messages since `since` as webhooks would have brought them, one delivery a page, conversations with the latest first. */
export async function* recentDeliveries(
  access: GraphAccess,
  source: ConversationSource,
  since: number,
): AsyncGenerator<PlatformAnswer<unknown>> {
  const messageFields = [...commonFields, ...source.moreFields].join(',')
  const fields = `id,updated_time,messages.limit(${perConversation}){${messageFields}}`
  const query = { platform: source.platform, fields, limit: String(perPage) }
  const pages = pagesOf(access, { path: [source.account, 'conversations'], query }, maxPages)
  for await (const page of pages) {
    if (!page.ok) {
      yield page
      return
    }
    const conversations = page.value.filter(isObject)
    const messaging = conversations.flatMap((conversation) => eventsOf(access, conversation, since))
    if (messaging.length > 0) yield { ok: true, value: deliveryOf(access, source, messaging) }
    if (conversations.some((conversation) => isOlder(conversation, since))) return
  }
}

function deliveryOf({ io }: GraphAccess, { object }: ConversationSource, messaging: Json[]): Json {
  return { object, entry: [{ id: io.channel.externalId, time: io.now(), messaging }] }
}

function isOlder(conversation: Json, since: number): boolean {
  const at = timeOf(conversation['updated_time'])
  return at !== undefined && at < since
}

/** `2026-01-22T10:00:00+0000`, or unix seconds as older answers have them. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value * 1000
  const at = typeof value === 'string' ? Date.parse(value.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** Oldest first, as they were said; the list has the newest first, also of those within one second. */
function eventsOf(access: GraphAccess, conversation: Json, since: number): Json[] {
  return dataOf(conversation['messages'])
    .filter(isObject)
    .map((message) => eventOf(access, message, since))
    .filter((event) => event !== undefined)
    .reverse()
    .sort((a, b) => Number(a['timestamp']) - Number(b['timestamp']))
}

function eventOf({ io }: GraphAccess, message: Json, since: number): Json | undefined {
  const timestamp = timeOf(message['created_time'])
  const mid = Id.safeParse(message['id']).data
  if (mid === undefined || timestamp === undefined || timestamp < since) return undefined
  const { externalId, alternateExternalId } = io.channel
  const isOurs = (id: string | undefined) => id !== undefined && (id === externalId || id === alternateExternalId)
  const from = idOf(message['from'])
  const to = dataOf(message['to']).map(idOf)
  const content = { mid, ...contentOf(message) }
  const account = { id: externalId }
  if (isOurs(from)) {
    const customer = to.find((id) => id !== undefined && !isOurs(id))
    if (customer === undefined) return undefined
    return { sender: account, recipient: { id: customer }, timestamp, message: { ...content, is_echo: true } }
  }
  // Where neither side is known to be us, the message could be ours under an id we do not know.
  if (from === undefined || !to.some(isOurs)) return undefined
  return { sender: { id: from }, recipient: account, timestamp, message: content }
}

function idOf(person: unknown): string | undefined {
  return isObject(person) ? Id.safeParse(person['id']).data : undefined
}

function contentOf(message: Json): Json {
  const attachments = [
    ...dataOf(message['attachments']).flatMap(asAttachment),
    ...stickerOf(message['sticker']),
    ...dataOf(message['shares']).flatMap(asShare),
    ...mentionOf(message['story']),
  ]
  return compact({
    text: textOf(message['message'], 65_536),
    attachments: attachments.length > 0 ? attachments : undefined,
    reply_to: replyOf(message),
    is_unsupported: message['is_unsupported'] === true ? true : undefined,
  })
}

function dataOf(list: unknown): unknown[] {
  return isObject(list) ? listOf(list['data']) : []
}

function asAttachment(attachment: unknown): Json[] {
  const file = fileOf(attachment)
  return file === undefined ? [] : [{ type: file.type, payload: { url: file.url } }]
}

function stickerOf(sticker: unknown): Json[] {
  const url = textOf(sticker, 4096)
  return url === undefined ? [] : [{ type: 'sticker', payload: { url } }]
}

function asShare(share: unknown): Json[] {
  if (!isObject(share)) return []
  const url = textOf(share['link'], 4096)
  return url === undefined ? [] : [{ type: 'share', payload: compact({ url, title: textOf(share['name'], 512) }) }]
}

function mentionOf(story: unknown): Json[] {
  const mention = isObject(story) && isObject(story['mention']) ? story['mention'] : {}
  const url = textOf(mention['link'], 4096)
  return url === undefined ? [] : [{ type: 'story_mention', payload: { url } }]
}

function replyOf(message: Json): Json | undefined {
  const { reply_to: reply, story } = message
  const mid = isObject(reply) ? Id.safeParse(reply['mid']).data : undefined
  if (mid !== undefined) return { mid }
  const answered = isObject(story) && isObject(story['reply_to']) ? story['reply_to'] : undefined
  if (answered === undefined) return undefined
  return { story: compact({ id: Id.safeParse(answered['id']).data, url: textOf(answered['link'], 4096) }) }
}
