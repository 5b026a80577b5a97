import { invalid, refusal } from './errors.ts'
import { isObject, objectOf, textOf } from './json.ts'
import { conversationOf, type GraphState, isHeardWithin, nextMessageId, pairOf, remember } from './state.ts'
import type { Answer, GraphCall, Json, SentMessage, WhatsAppAccount } from './types.ts'
import { type Content, readContent } from './whatsapp-message.ts'

type Asked = { state: GraphState; call: GraphCall; account: WhatsAppAccount }
/** An answer, and the message that was accepted with it. */
export type Outcome = { answer: Answer; sent?: SentMessage }

const from = (call: GraphCall) => ({ platform: 'whatsapp', call }) as const
const success: Answer = { status: 200, body: { success: true } }

/** POST /{phone}/messages: a message, a reaction, or a read mark with or without a sign of typing. */
export function postToWhatsApp(asked: Asked): Outcome {
  const { call } = asked
  if (call.body['messaging_product'] !== 'whatsapp') {
    return { answer: invalid('The parameter messaging_product is required.', from(call)) }
  }
  if (call.kind === 'mark_read') return { answer: markRead(asked) }
  const address = addressOf(call.body)
  if ('refused' in address) return { answer: invalid(address.refused, from(call)) }
  const opaque = call.body['biz_opaque_callback_data']
  if (opaque !== undefined && (typeof opaque !== 'string' || opaque.length > 512)) {
    return { answer: invalid('Param biz_opaque_callback_data must be a string of at most 512 characters.', from(call)) }
  }
  return call.kind === 'react' ? react(asked, address) : send(asked, address)
}

type Address = { to: string; kind: 'phone' | 'user' | 'group'; isVanished: boolean }

/** `to` is for numbers and groups, `recipient` for business-scoped ids; where both are given, `to` wins. */
function addressOf(body: Json): Address | { refused: string } {
  const to = textOf(body['to'])
  const recipient = textOf(body['recipient'])
  if (to !== null && body['recipient_type'] === 'group') return { to, kind: 'group', isVanished: false }
  if (to !== null) {
    const digits = to.replaceAll(/[\s()+-]/g, '')
    // Taken and never delivered, as users of the real one report.
    if (/^[A-Z]{2}\./.test(to)) return { to, kind: 'user', isVanished: true }
    return /^\d{5,20}$/.test(digits)
      ? { to: digits, kind: 'phone', isVanished: false }
      : { refused: 'Param to is invalid.' }
  }
  if (recipient === null) return { refused: 'The parameter to is required.' }
  return /^[A-Z]{2}\.(?:ENT\.)?\w{1,128}$/.test(recipient)
    ? { to: recipient, kind: 'user', isVanished: false }
    : { refused: 'Param recipient must be a business-scoped user ID.' }
}

function markRead({ state, call, account }: Asked): Answer {
  const targetId = textOf(call.body['message_id'])
  if (targetId === null) return refusal({ code: 131_008, details: 'Param message_id is required.' }, from(call))
  if (!targetId.startsWith('wamid.'))
    return refusal({ code: 131_009, details: 'Param message_id is invalid.' }, from(call))
  const typing = call.body['typing_indicator']
  if (typing !== undefined && !(isObject(typing) && typing['type'] === 'text')) {
    return invalid("Param typing_indicator['type'] must be one of {TEXT}", from(call))
  }
  const action = {
    platform: 'whatsapp',
    accountId: account.id,
    to: null,
    targetId,
    emoji: null,
    at: state.options.now(),
  } as const
  state.actions.push({ ...action, kind: 'mark_read' })
  if (typing !== undefined) state.actions.push({ ...action, kind: 'typing' })
  return success
}

function accepted({ call }: Asked, { to, kind }: Address, id: string): Answer {
  const input = textOf(call.body['to']) ?? to
  const contact = kind === 'user' ? { input, user_id: to } : { input, wa_id: to }
  return { status: 200, body: { messaging_product: 'whatsapp', contacts: [contact], messages: [{ id }] } }
}

function react(asked: Asked, address: Address): Outcome {
  const { state, call, account } = asked
  const reaction = objectOf(call.body['reaction'])
  const targetId = textOf(reaction['message_id'])
  if (targetId === null || typeof reaction['emoji'] !== 'string') {
    return { answer: refusal({ code: 131_008, details: 'Param reaction is incomplete.' }, from(call)) }
  }
  state.actions.push({
    kind: 'react',
    platform: 'whatsapp',
    accountId: account.id,
    to: address.to,
    targetId,
    emoji: textOf(reaction['emoji']),
    at: state.options.now(),
  })
  return { answer: accepted(asked, address, nextMessageId(state, 'whatsapp')) }
}

function send(asked: Asked, address: Address): Outcome {
  const { state, call, account } = asked
  const read = readContent(asked)
  if ('refused' in read) return { answer: read.refused }
  const pair = pairOf(account.id, address.to)
  const isOpen = read.content.type === 'template' || isHeardWithin(state, pair, state.options.windowMs)
  if (!isOpen && state.options.closedWindow === 'answer') {
    const details =
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.'
    return { answer: refusal({ code: 131_047, details }, from(call)) }
  }
  const sent = record(asked, address, read.content)
  return { answer: accepted(asked, address, sent.messageId), sent }
}

function record({ state, call, account }: Asked, address: Address, content: Content): SentMessage {
  const sent: SentMessage = {
    platform: 'whatsapp',
    accountId: account.id,
    messageId: nextMessageId(state, 'whatsapp'),
    to: address.to,
    at: state.options.now(),
    ...content,
    reference: textOf(call.body['biz_opaque_callback_data']),
    replyTo: textOf(objectOf(call.body['context'])['message_id']),
    tag: null,
    isVanished: address.isVanished,
    body: call.body,
  }
  state.sent.push(sent)
  const conversation = conversationOf(state, { platform: 'whatsapp', accountId: account.id, customerId: address.to })
  const { messageId: id, at, text, replyTo } = sent
  remember(conversation, { id, at, isFromCustomer: false, text: text ?? '', replyTo, files: [] })
  return sent
}
