import { invalid, missing, refusal } from './errors.ts'
import { answerNode, edge, type Field, fieldsOf, project } from './fields.ts'
import { listOf } from './json.ts'
import { addressOf, limitOf, type Page, pageOf } from './paging.ts'
import { type Conversation, type GraphState, type HistoryMessage, pairOf } from './state.ts'
import { accountsOf } from './tokens.ts'
import type { Answer, FakeAccount, GraphCall, Json } from './types.ts'

// Messenger Platform and Instagram Platform, "Conversations API".

/** Of older messages the API knows no more than that there were some. */
const detailedMessages = 20

const timeOf = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, '+0000')

type Asked = { state: GraphState; call: GraphCall }

/** GET /{page or account}/conversations?platform=&user_id=. */
export function listConversations({ state, call }: Asked, account: FakeAccount): Answer {
  const platform = call.query.get('platform') ?? (account.platform === 'instagram' ? 'instagram' : 'messenger')
  if (platform !== 'instagram' && platform !== 'messenger') {
    return invalid('Param platform must be one of {INSTAGRAM, MESSENGER}', { call })
  }
  const wanted = platform === 'messenger' ? 'facebook' : 'instagram'
  const ids = new Set(accountsOf(state, call).map(({ id }) => id))
  const userId = call.query.get('user_id')
  const rows = [...state.conversations.values()]
    .filter((one) => one.platform === wanted && ids.has(one.accountId) && one.messages.length > 0)
    .filter((one) => userId === null || one.customerId === userId)
    .toSorted((a, b) => updatedAt(b) - updatedAt(a))
  const fields = fieldsOf(call, 'id,updated_time')
  if (fields === null) return invalid('Syntax error in the field "fields"', { call })
  const query = { fields: call.query.get('fields'), platform, user_id: userId, after: call.query.get('after') }
  const address = addressOf(call, [call.path[0] ?? 'me', 'conversations'], query)
  const node = (row: Conversation) => conversationNode({ state, call }, row)
  return answerPage({ rows, node, fields, call, limit: limitOf(call, 25, 100), address })
}

const updatedAt = ({ messages }: Conversation) => messages.at(-1)?.at ?? 0

type List<Row> = {
  rows: readonly Row[]
  node: (row: Row, index: number) => Json
  fields: readonly Field[]
  call: GraphCall
  limit: number
  address: URL
}

function answerPage<Row>({ rows, node, fields, call, limit, address }: List<Row>): Answer {
  const first = rows[0] === undefined ? undefined : project(node(rows[0], 0), fields, call)
  if (first !== undefined && 'refused' in first) return first.refused
  const projected = (row: Row, index: number): Json => {
    const one = project(node(row, index), fields, call)
    return 'refused' in one ? {} : one.node
  }
  const page = pageOf({ rows, node: projected, limit, address })
  return page === null ? invalid('Invalid cursors values', { call }) : { status: 200, body: page }
}

function conversationNode(asked: Asked, conversation: Conversation): Json {
  const messages = conversation.messages.toReversed()
  return {
    id: conversation.id,
    link: `/inbox/${conversation.id}`,
    updated_time: timeOf(updatedAt(conversation)),
    message_count: messages.length,
    unread_count: 0,
    can_reply: true,
    snippet: messages[0]?.text,
    participants: { data: [personOf(asked, conversation, true), personOf(asked, conversation, false)] },
    senders: { data: [personOf(asked, conversation, true)] },
    messages: edge((field) => messagesEdge(asked, conversation, field)),
  }
}

/** Messages inside of a list of conversations: a page of its own, with its own `next`. */
function messagesEdge(asked: Asked, conversation: Conversation, field: Field): Page {
  const fields = field.fields ?? idAndTime
  const query = { fields: writeFields(fields) }
  const address = addressOf(asked.call, [conversation.id, 'messages'], query)
  const answer = messagePage(asked, conversation, { fields, limit: field.limit ?? 25, address })
  // A wrong field inside of an expansion fails the whole call with Graph; here it leaves the edge empty.
  return answer.status === 200 ? (answer.body as Page) : { data: [] }
}

const idAndTime: Field[] = ['id', 'created_time'].map((name) => ({ name, limit: null, fields: null }))

function writeFields(fields: readonly Field[]): string {
  return fields.map((one) => (one.fields === null ? one.name : `${one.name}{${writeFields(one.fields)}}`)).join(',')
}

type Window = { fields: readonly Field[]; limit: number; address: URL }

function messagePage(asked: Asked, conversation: Conversation, { fields, limit, address }: Window): Answer {
  const rows = conversation.messages.toReversed()
  const node = (message: HistoryMessage, index: number): Json => {
    const whole = messageNode(asked, conversation, message)
    if (index < detailedMessages) return whole
    const known = ['id', 'created_time']
    return Object.fromEntries(Object.entries(whole).map(([name, value]) => [name, known.includes(name) ? value : null]))
  }
  return answerPage({ rows, node, fields, call: asked.call, limit, address })
}

/** GET /{conversation}/messages. */
export function listMessages(asked: Asked, conversation: Conversation): Answer {
  const { call } = asked
  const fields = fieldsOf(call, 'id,created_time')
  if (fields === null) return invalid('Syntax error in the field "fields"', { call })
  const query = { fields: call.query.get('fields'), after: call.query.get('after') }
  const address = addressOf(call, [conversation.id, 'messages'], query)
  return messagePage(asked, conversation, { fields, limit: limitOf(call, 25, 500), address })
}

export function showConversation(asked: Asked, conversation: Conversation): Answer {
  return answerNode(conversationNode(asked, conversation), asked.call, 'id,updated_time')
}

/** GET /{message}: the twenty newest of a conversation; of an older one it says that it was deleted. */
export function showMessage(asked: Asked, conversation: Conversation, id: string): Answer {
  const index = conversation.messages.toReversed().findIndex((message) => message.id === id)
  const message = conversation.messages.find((one) => one.id === id)
  if (message === undefined) return missing(id, asked.call)
  if (index >= detailedMessages) {
    const error = { code: 100, subcode: 2_534_002, message: 'This message has been deleted.' }
    return refusal(error, { call: asked.call })
  }
  return answerNode(messageNode(asked, conversation, message), asked.call, 'id,created_time')
}

function messageNode(asked: Asked, conversation: Conversation, message: HistoryMessage): Json {
  const files = message.files.map((file) => fileNode(conversation.platform, file))
  return {
    id: message.id,
    created_time: timeOf(message.at),
    from: personOf(asked, conversation, message.isFromCustomer),
    to: { data: [personOf(asked, conversation, !message.isFromCustomer)] },
    message: message.text,
    attachments: files.length === 0 ? null : { data: files },
    reply_to: message.replyTo === null ? null : { mid: message.replyTo },
    thread_id: conversation.id,
    tags: { data: [{ name: message.isFromCustomer ? 'inbox' : 'sent' }] },
    sticker: null,
    shares: null,
    story: null,
    reactions: null,
    is_unsupported: null,
  }
}

function fileNode(platform: Conversation['platform'], file: HistoryMessage['files'][number]): Json {
  const { url, type, mimeType, name, size } = file
  const named = platform === 'facebook' ? { id: url.length.toString(), mime_type: mimeType, name, size } : {}
  switch (type) {
    case 'image':
      return { ...named, image_data: { width: 640, height: 480, url, preview_url: url } }
    case 'video':
      return { ...named, video_data: { width: 640, height: 480, url, preview_url: url } }
    default:
      return { ...named, file_url: url }
  }
}

function personOf({ state }: Asked, { platform, accountId, customerId }: Conversation, isCustomer: boolean): Json {
  const account = state.accounts.find(({ id }) => id === accountId)
  const customer = state.customers.get(pairOf(accountId, customerId))
  if (platform === 'instagram') {
    const own = account?.platform === 'instagram' ? (account.username ?? 'business') : 'business'
    return isCustomer
      ? { username: customer?.username ?? `user${customerId}`, id: customerId }
      : { username: own, id: accountId }
  }
  const id = isCustomer ? customerId : accountId
  const name = isCustomer ? (customer?.name ?? 'Facebook User') : (account?.name ?? 'A page')
  return { name, email: `${id}@facebook.com`, id }
}

/** The conversation a message id belongs to, among those the call's token opens. */
export function findByMessage({ state, call }: Asked, id: string): Conversation | undefined {
  const ids = accountsOf(state, call).map((account) => account.id)
  return [...state.conversations.values()].find(
    (one) =>
      ids.includes(one.accountId) && listOf(one.messages).some((message) => (message as HistoryMessage).id === id),
  )
}

export function findConversation({ state, call }: Asked, id: string): Conversation | undefined {
  const ids = accountsOf(state, call).map((account) => account.id)
  return [...state.conversations.values()].find((one) => one.id === id && ids.includes(one.accountId))
}
