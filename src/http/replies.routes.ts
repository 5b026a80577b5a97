import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { limitsOf, replyWindow } from '../channels/registry.ts'
import type { OutboundLimits, OutboundTemplate } from '../channels/outbound.ts'
import { receive } from '../hub/call-hub.ts'
import type { SendItem, StaffItem } from '../ingest/items.ts'
import { sendMessageId } from '../ingest/send.ts'
import { AppError } from '../lib/app-error.ts'
import { cleanText } from '../lib/text.ts'
import { planReply } from '../outbox/reply-draft.ts'
import { type ReplyKind, closingTime } from '../outbox/reply-window.ts'
import { SendMessageBody, SendMessageResponse } from '../protocol/api.ts'
import { findChannel } from '../store/channels.ts'
import { readConversation } from '../store/conversations.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { readMessage } from '../store/messages.ts'
import { type UploadRow, findUploads } from '../store/uploads.ts'
import { type ConversationRow, toWireMessage } from '../store/wire.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { describe } from './describe.ts'
import { mailFieldsOf, requireMailPace } from './mail-answer.ts'
import { conversationNotFound, messageNotFound, readOnly, refusalOf } from './refusals.ts'
import { validate } from './validate.ts'

const base = '/api/v1/communications'
/** The longest text in bytes of UTF-8, escaped, with room for the rest. */
const maxReplyBytes = 2 * 1024 * 1024

// Any text: an id of a strange form is one that is not found, like another tenant's.
const IdParam = z.object({ id: z.string() })

const sending = describe({
  tag: 'writing',
  summary: 'Sends a reply; what became of it follows as events',
  description:
    'The same `client_message_id` in the same conversation is the same message: repeating the request is safe.',
  caller: 'user',
  answers: { 202: SendMessageResponse },
  errors: {
    404: '`conversation.not_found`, `message.not_found`, `upload.not_found`',
    409: '`conversation.merged`, `channel.read_only`, `window.closed`',
    422:
      '`message.empty`, `message.too_long`, `message.too_many_attachments`, `message.caption_unsupported`, ' +
      '`message.too_many_buttons`, `message.reply_unsupported`, `button.too_long`, `attachment.unsupported_type`, ' +
      '`attachment.too_large`, `template.unsupported`, `mail.unsupported`, `mail.bad_subject`, `mail.bad_address`, ' +
      '`mail.too_many_recipients`',
    429: '`mail.too_many`',
  },
})
const retrying = describe({
  tag: 'writing',
  summary: 'Sends a message again that failed, or whose fate is unknown',
  caller: 'user',
  answers: { 202: SendMessageResponse },
  errors: {
    404: '`message.not_found`',
    409: '`message.not_retryable`, `channel.read_only`, `window.closed`',
    429: '`mail.too_many`',
  },
})

export const replyRoutes = new Hono<AppEnv>()
  .post(
    `${base}/conversations/:id/messages`,
    sending,
    requireUser,
    validate('param', IdParam),
    validate('json', SendMessageBody, { maxBytes: maxReplyBytes }),
    async (c) => c.json(await send(c, c.req.valid('param').id, c.req.valid('json')), 202),
  )
  .post(`${base}/messages/:id/retry`, retrying, requireUser, validate('param', IdParam), async (c) =>
    c.json(await retry(c, c.req.valid('param').id), 202),
  )

type Sent = z.infer<typeof SendMessageResponse>

async function send(c: Context<AppEnv>, conversationId: string, body: SendMessageBody): Promise<Sent> {
  const { tenantId } = c.var.user
  const id = sendMessageId(tenantId, { conversationId, clientMessageId: body.client_message_id })
  // Before anything is checked: what was taken once is answered the same for ever.
  const known = await readSent(c, id)
  return known ?? store(c, await draftReply(c, conversationId, body))
}

async function store(c: Context<AppEnv>, item: StaffItem): Promise<Sent> {
  const [result] = await receive(c.env, c.var.user.tenantId, [{ item }])
  if (result === undefined || result.outcome === 'refused') throw refusalOf(result?.code)
  const sent = result.messageId === null ? null : await readSent(c, result.messageId)
  if (sent === null) throw messageNotFound()
  return sent
}

async function readSent(c: Context<AppEnv>, messageId: string): Promise<Sent | null> {
  const found = await readMessage(openDatabase(c.env.DB), c.var.user.tenantId, messageId)
  if (found === null) return null
  const { row, files, given } = found
  return { message: toWireMessage(row, files, given), seq: row.seq }
}

async function draftReply(c: Context<AppEnv>, conversationId: string, body: SendMessageBody): Promise<SendItem> {
  const { tenantId, userId, name } = c.var.user
  const db = openDatabase(c.env.DB)
  const { conversation, limits } = await requireWritable(db, tenantId, conversationId)
  const mail = mailFieldsOf(conversation, body)
  await requireMailPace(c.env.DB, conversation, Date.now())
  const { buttons, reply_to: replyToMessageId } = body
  const template = templateOf(body)
  const content = cleanText(body.content)
  const files = await findFiles(db, tenantId, body)
  const plan = planReply({ content, files, template, buttons, isAnswer: replyToMessageId !== undefined }, limits)
  if (!plan.ok) throw new AppError(plan.code, 422, plan.message)
  const isHumanAgent = body.human_agent === true && limits.humanAgentMs !== undefined
  requireOpenWindow(conversation, limits, { isTemplate: template !== undefined, isHumanAgent })
  return {
    kind: 'send',
    conversationId: conversation.id,
    clientMessageId: body.client_message_id,
    at: Date.now(),
    sender: { userId, name },
    type: plan.type,
    content,
    files: files.map((file, at) => ({ ...file, type: plan.fileTypes[at] ?? 'document' })),
    ...(replyToMessageId === undefined ? {} : { replyToMessageId }),
    ...(template === undefined ? {} : { template }),
    ...(buttons === undefined ? {} : { buttons }),
    ...(isHumanAgent ? { humanAgent: true } : {}),
    ...(mail === undefined ? {} : { mail }),
  }
}

/** A conversation that something can be sent in, by what its platform takes. */
async function requireWritable(
  db: Database,
  tenantId: string,
  conversationId: string,
): Promise<{ conversation: ConversationRow; limits: OutboundLimits }> {
  const { row: conversation } = await readConversation(db, tenantId, conversationId)
  if (conversation === null) throw conversationNotFound()
  const limits = limitsOf(conversation.platform)
  const channel = await findChannel(db, tenantId, conversation.channelId)
  if (limits === null || channel === undefined) throw readOnly()
  return { conversation, limits }
}

function requireOpenWindow(
  { platform, lastInboundAt }: ConversationRow,
  limits: OutboundLimits,
  kind: ReplyKind,
): void {
  const rule = { lastInboundAt, windowMs: replyWindow(platform), humanAgentMs: limits.humanAgentMs }
  const closesAt = closingTime(rule, kind)
  if (closesAt === null || Date.now() <= closesAt) return
  const message = 'The customer has been silent for too long: the platform takes no free reply any more.'
  throw new AppError('window.closed', 409, message)
}

function templateOf({ template }: SendMessageBody): OutboundTemplate | undefined {
  if (template === undefined) return undefined
  const { name, language, components } = template
  return { name, language, ...(components === undefined ? {} : { components }) }
}

type File = { objectKey: string; mimeType: string; filename: string; size: number }

async function findFiles(db: Database, tenantId: string, { attachments = [] }: SendMessageBody): Promise<File[]> {
  const ids = attachments.map((attachment) => attachment.upload_id)
  const uploads = await findUploads(db, tenantId, { ids, now: Date.now() })
  return attachments.map(({ upload_id, filename }) => {
    const upload = uploads.get(upload_id)
    if (upload === undefined)
      throw new AppError('upload.not_found', 404, 'An attachment names an upload that is not there.')
    return toFile(upload, filename)
  })
}

function toFile({ objectKey, mimeType, size }: UploadRow, filename: string | undefined): File {
  return { objectKey, mimeType: mimeType ?? 'application/octet-stream', filename: cleanText(filename ?? 'file'), size }
}

async function retry(c: Context<AppEnv>, messageId: string): Promise<Sent> {
  const { tenantId } = c.var.user
  const db = openDatabase(c.env.DB)
  const found = await readMessage(db, tenantId, messageId)
  if (found === null) throw messageNotFound()
  const { conversationId, details } = found.row
  const { conversation, limits } = await requireWritable(db, tenantId, conversationId)
  const kind = { isTemplate: 'template' in details, isHumanAgent: details['human_agent'] === true }
  if (found.row.status !== 'queued') requireOpenWindow(conversation, limits, kind)
  await requireMailPace(c.env.DB, conversation, Date.now())
  return store(c, { kind: 'retry', conversationId, messageId, at: Date.now() })
}
