import { isObject, listOf, objectOf, textOf } from './json.ts'
import { conversationOf, type GraphState, type HistoryMessage, pairOf, remember } from './state.ts'
import type { Json, MetaPlatform } from './types.ts'

/**
 * Learns from a webhook what Meta's servers would know that have sent it: that the customer wrote, which opens the
 * window, and what, which is then in the Conversations API. It need not arrive anywhere: so a lost webhook is made.
 */
export function observe(state: GraphState, delivery: unknown): void {
  const { object, entry } = objectOf(delivery)
  for (const one of listOf(entry).map(objectOf)) {
    if (object === 'whatsapp_business_account') observeWhatsApp(state, one)
    else observeMessaging(state, object === 'instagram' ? 'instagram' : 'facebook', one)
  }
}

function observeWhatsApp(state: GraphState, entry: Json): void {
  for (const value of listOf(entry['changes']).map((change) => objectOf(objectOf(change)['value']))) {
    const accountId = textOf(objectOf(value['metadata'])['phone_number_id'])
    if (accountId === null) continue
    for (const message of listOf(value['messages']).map(objectOf)) {
      const at = Number(message['timestamp']) * 1000
      for (const customerId of [textOf(message['from']), textOf(message['from_user_id'])]) {
        if (customerId !== null) hear(state, pairOf(accountId, customerId), at)
      }
    }
  }
}

function hear(state: GraphState, pair: string, at: number): void {
  state.heard.set(pair, Math.max(state.heard.get(pair) ?? 0, at))
}

function observeMessaging(state: GraphState, platform: MetaPlatform, entry: Json): void {
  const entryId = textOf(entry['id']) ?? ''
  const account = state.accounts.find(
    (one) =>
      one.id === entryId || (one.platform === 'instagram' && one.login === 'instagram' && one.appScopedId === entryId),
  )
  const changes = listOf(entry['changes']).map((change) => objectOf(objectOf(change)['value']))
  for (const event of [...listOf(entry['messaging']), ...listOf(entry['standby']), ...changes].filter(isObject)) {
    const message = objectOf(event['message'])
    const isEcho = message['is_echo'] === true
    const customerId = textOf(objectOf(event[isEcho ? 'recipient' : 'sender'])['id'])
    if (customerId === null || !('message' in event || 'postback' in event)) continue
    const at = Number(event['timestamp'])
    const accountId = account?.id ?? entryId
    if (!isEcho) hear(state, pairOf(accountId, customerId), at)
    const mid = textOf(message['mid'])
    if (mid === null) continue
    const conversation = conversationOf(state, { platform, accountId, customerId })
    if (message['is_deleted'] === true) {
      conversation.messages = conversation.messages.filter(({ id }) => id !== mid)
    } else {
      remember(conversation, historyOf(mid, at, !isEcho, message))
    }
  }
}

function historyOf(id: string, at: number, isFromCustomer: boolean, message: Json): HistoryMessage {
  const files = listOf(message['attachments'])
    .map(objectOf)
    .flatMap((attachment) => {
      const url = textOf(objectOf(attachment['payload'])['url'])
      if (url === null) return []
      return [{ type: String(attachment['type']), url, mimeType: null, name: null, size: null }]
    })
  const replyTo = textOf(objectOf(message['reply_to'])['mid'])
  return { id, at, isFromCustomer, text: textOf(message['text']) ?? '', replyTo, files }
}
