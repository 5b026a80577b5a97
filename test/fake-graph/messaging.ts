import { invalid, refusal } from './errors.ts'
import { isObject, listOf, objectOf, textOf } from './json.ts'
import { fetchFile, filedataOf } from './media.ts'
import { conversationOf, type GraphState, isHeardWithin, type Media, nextMessageId, pairOf, remember } from './state.ts'
import type { Answer, FacebookAccount, GraphCall, InstagramAccount, Json, SentMessage } from './types.ts'
import type { Outcome } from './whatsapp.ts'

type MessagingAccount = FacebookAccount | InstagramAccount
type Asked = { state: GraphState; call: GraphCall; account: MessagingAccount }

const dayMs = 86_400_000
const fileTypes = new Set(['image', 'audio', 'video', 'file'])

function refuse(message: string, { call, account }: Asked, subcode?: number): Outcome {
  const error = { code: 100, message, ...(subcode === undefined ? {} : { subcode }) }
  return { answer: refusal(error, { call, platform: account.platform }) }
}

/** POST /{page}/messages, /{instagram account}/messages, /me/messages: Messenger Platform, "Send API". */
export async function postMessage(asked: Asked): Promise<Outcome> {
  const { call } = asked
  const to = textOf(objectOf(call.body['recipient'])['id'])
  if (to === null || !/^\d{1,30}$/.test(to)) return refuse('No matching user found', asked, 2_018_001)
  const { sender_action: action, message } = call.body
  if (action !== undefined && message !== undefined) {
    return refuse('Cannot send both message and state at the same time.', asked)
  }
  if (action !== undefined) return act(asked, to, action)
  if (!isObject(message)) return refuse('The parameter message is required.', asked)
  const refused = checkWindow(asked, to) ?? checkText(asked, message)
  if (refused !== undefined) return { answer: refused }
  const files = await readFiles(asked, message)
  if (files === null) return refuse('Failed to fetch the file from the url', asked, 2_018_008)
  if ((textOf(message['text']) === null) === (files.length === 0)) {
    return refuse('Message must contain either text or attachment', asked)
  }
  return send(asked, to, files)
}

function act({ state, call, account }: Asked, to: string, action: unknown): Outcome {
  const payload = objectOf(call.body['payload'])
  const targetId = textOf(payload['message_id'])
  const asked = { state, call, account }
  const known = ['react', 'unreact', 'mark_seen', 'typing_on', 'typing_off']
  if (!known.includes(String(action))) return refuse(`Param sender_action must be one of {${known.join(', ')}}`, asked)
  if (call.kind === 'react' && (targetId === null || (action === 'react' && textOf(payload['reaction']) === null))) {
    return refuse('The parameter payload is incomplete.', asked)
  }
  if (action !== 'typing_off') {
    state.actions.push({
      kind: call.kind === 'react' || call.kind === 'mark_read' ? call.kind : 'typing',
      platform: account.platform,
      accountId: account.id,
      to,
      targetId,
      emoji: action === 'react' ? textOf(payload['reaction']) : null,
      at: state.options.now(),
    })
  }
  return { answer: { status: 200, body: { recipient_id: to } } }
}

/** 24 hours after the customer's last message; under the human-agent tag seven days. Other tags are no more. */
function checkWindow({ state, call, account }: Asked, to: string): Answer | undefined {
  const from = { call, platform: account.platform }
  const { messaging_type: type, tag } = call.body
  if (![undefined, 'RESPONSE', 'UPDATE', 'MESSAGE_TAG'].some((known) => known === type)) {
    return invalid('Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}', from)
  }
  if ((type === 'MESSAGE_TAG') !== (tag !== undefined)) return invalid('Param tag goes with MESSAGE_TAG.', from)
  if (tag !== undefined && tag !== 'HUMAN_AGENT') return invalid('Param tag must be one of {HUMAN_AGENT}', from)
  const span = tag === undefined ? state.options.windowMs : 7 * dayMs
  if (isHeardWithin(state, pairOf(account.id, to), span)) return undefined
  return refusal({ code: 10, subcode: account.platform === 'facebook' ? 2_018_278 : 2_534_022 }, from)
}

function checkText({ call, account }: Asked, message: Json): Answer | undefined {
  const from = { call, platform: account.platform }
  const text = textOf(message['text']) ?? ''
  if (account.platform === 'facebook' && text.length > 2000) {
    return invalid('Length of param message[text] must be less than or equal to 2000', from)
  }
  if (account.platform === 'instagram' && new TextEncoder().encode(text).length > 1000) {
    return invalid('Length of param message[text] must be less than or equal to 1000 bytes', from)
  }
  const metadata = message['metadata']
  if (metadata !== undefined && (typeof metadata !== 'string' || metadata.length > 1000)) {
    return invalid('Param message[metadata] must be a string of at most 1000 characters', from)
  }
  return undefined
}

/** The files of a message, in whichever way they were given. Null when one cannot be had. */
async function readFiles({ state, call, account }: Asked, message: Json): Promise<Media[] | null> {
  const attachments = [message['attachment'], ...listOf(message['attachments'])].filter((one) => isObject(one))
  const files: Media[] = []
  for (const attachment of attachments) {
    const payload = objectOf(attachment['payload'])
    const id = textOf(payload['attachment_id'])
    const url = textOf(payload['url'])
    if (!fileTypes.has(String(attachment['type']))) return null
    if (id !== null) files.push(...knownFile(state, account, id))
    else if (url !== null) files.push(...listOfOne(await fetchFile(state, account.id, url)))
    else files.push(...listOfOne(filedataOf(state, call, account.id)))
  }
  return files.length === attachments.length ? files : null
}

const listOfOne = <Item>(item: Item | null): Item[] => (item === null ? [] : [item])

function knownFile(state: GraphState, account: MessagingAccount, id: string): Media[] {
  const file = state.media.get(id)
  return file !== undefined && !file.isGone && file.accountId === account.id ? [file] : []
}

function send({ state, call, account }: Asked, to: string, files: Media[]): Outcome {
  const message = objectOf(call.body['message'])
  const attachment = objectOf(message['attachment'])
  const sent: SentMessage = {
    platform: account.platform,
    accountId: account.id,
    messageId: nextMessageId(state, account.platform),
    to,
    at: state.options.now(),
    type: files.length === 0 ? 'text' : (textOf(attachment['type']) ?? 'image'),
    text: textOf(message['text']),
    files,
    reference: textOf(message['metadata']),
    replyTo: textOf(objectOf(call.body['reply_to'])['mid']),
    tag: textOf(call.body['tag']),
    isVanished: false,
    body: call.body,
  }
  state.sent.push(sent)
  const conversation = conversationOf(state, { platform: account.platform, accountId: account.id, customerId: to })
  remember(conversation, {
    id: sent.messageId,
    at: sent.at,
    isFromCustomer: false,
    text: sent.text ?? '',
    replyTo: sent.replyTo,
    files: files.map((file) => ({
      type: sent.type,
      url: file.url,
      mimeType: file.mimeType,
      name: file.filename,
      size: file.bytes.length,
    })),
  })
  const reusable = objectOf(attachment['payload'])['is_reusable'] === true ? files[0]?.id : undefined
  const body = {
    recipient_id: to,
    message_id: sent.messageId,
    ...(reusable === undefined ? {} : { attachment_id: reusable }),
  }
  return { answer: { status: 200, body }, sent }
}

/** POST /{page}/message_attachments: "Attachment Upload API". */
export async function uploadAttachment(asked: Asked): Promise<Answer> {
  const { state, call, account } = asked
  const attachment = objectOf(objectOf(call.body['message'])['attachment'])
  if (!fileTypes.has(String(attachment['type']))) {
    return invalid('Param message[attachment][type] must be one of {image, audio, video, file}', { call })
  }
  const url = textOf(objectOf(attachment['payload'])['url'])
  const file = url === null ? filedataOf(state, call, account.id) : await fetchFile(state, account.id, url)
  if (file === null) {
    return url === null
      ? refusal({ code: 100, subcode: 2_018_047, message: 'Upload attachment failure.' }, { call })
      : refusal({ code: 100, subcode: 2_018_008, message: 'Failed to fetch the file from the url' }, { call })
  }
  return { status: 200, body: { attachment_id: file.id } }
}
