import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { replyWindow } from '../channels/registry.ts'
import { receive } from '../hub/call-hub.ts'
import type { NoticeItem, StaffItem } from '../ingest/items.ts'
import { capCodePoints, cleanText } from '../lib/text.ts'
import {
  ConversationChangeResponse,
  ConversationList,
  ConversationResponse,
  MessageList,
  ReadMarkBody,
  UpdateConversationBody,
} from '../protocol/api.ts'
import type { Conversation, Message } from '../protocol/message.ts'
import { showRead } from '../outbox/customer-signals.ts'
import { Platform, Uuid } from '../protocol/words.ts'
import { type ConversationFilter, listConversations, readConversation } from '../store/conversations.ts'
import { openDatabase } from '../store/database.ts'
import { type Thread, readThread } from '../store/messages.ts'
import { toWireConversation, toWireMessage } from '../store/wire.ts'
import type { AppEnv } from './app-env.ts'
import { requireUser } from './callers.ts'
import { cutPage, decodeCursor, encodeCursor } from './cursor.ts'
import { describe } from './describe.ts'
import { callContextOf, finishSignal } from './platform-calls.ts'
import { conversationNotFound, refusalOf } from './refusals.ts'
import { validate } from './validate.ts'

const path = '/api/v1/communications/conversations'

const maxSearchLength = 100

const ListQuery = z.object({
  platform: Platform.optional(),
  status: z.enum(['open', 'closed']).optional(),
  /** A user's id, or `none` for conversations that are nobody's. */
  assignee: z.union([Uuid, z.literal('none')]).optional(),
  unread: z.enum(['true', 'false', '1', '0']).optional(),
  q: z.string().optional(),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})

/** The last row of the page before: when, and which. */
const ListPosition = z.tuple([z.number(), z.string()])

const ThreadQuery = z.object({
  before: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

const ThreadPosition = z.tuple([z.number(), z.number()])

// Any text: an id of a strange form is one that is not found, like another tenant's.
const IdParam = z.object({ id: z.string() })

const notFound = { 404: '`conversation.not_found`' }

export const conversationRoutes = new Hono<AppEnv>()
  .get(
    path,
    describe({
      tag: 'reading',
      summary: 'Conversations, newest first',
      caller: 'user',
      answers: { 200: ConversationList },
      errors: { 400: '`request.invalid`, `cursor.invalid`' },
    }),
    requireUser,
    validate('query', ListQuery),
    async (c) => {
      const query = c.req.valid('query')
      const position = decodeCursor(query.cursor, ListPosition)
      const { limit } = query
      const after = position === null ? null : { lastMessageAt: position[0], id: position[1] }
      const db = openDatabase(c.env.DB)
      const { rows, head } = await listConversations(db, c.var.user.tenantId, filterOf(query), { after, limit })
      const { page, last } = cutPage(rows, limit)
      return c.json({
        items: page.map((row) => toWireConversation(row, replyWindow)),
        next_cursor: last === null ? null : encodeCursor([last.lastMessageAt ?? 0, last.id]),
        as_of: head.seq,
        epoch: head.epoch,
      })
    },
  )
  .get(
    `${path}/:id`,
    describe({
      tag: 'reading',
      summary: 'One conversation',
      caller: 'user',
      answers: { 200: ConversationResponse },
      errors: notFound,
    }),
    requireUser,
    validate('param', IdParam),
    async (c) => {
      const { row, head } = await readOwn(c, c.req.valid('param').id)
      return c.json({ conversation: toWireConversation(row, replyWindow), as_of: head.seq, epoch: head.epoch })
    },
  )
  .patch(
    `${path}/:id`,
    describe({
      tag: 'writing',
      summary: 'Closes, reopens or assigns a conversation',
      caller: 'user',
      answers: { 200: ConversationChangeResponse },
      errors: { ...notFound, 409: '`conversation.merged`' },
    }),
    requireUser,
    validate('param', IdParam),
    validate('json', UpdateConversationBody),
    async (c) => {
      const { status, assignee_id } = c.req.valid('json')
      const conversationId = c.req.valid('param').id
      return c.json(
        await change(c, {
          kind: 'conversation',
          conversationId,
          by: c.var.user.userId,
          ...(status === undefined ? {} : { status }),
          ...(assignee_id === undefined ? {} : { assigneeId: assignee_id }),
        }),
      )
    },
  )
  .get(
    `${path}/:id/messages`,
    describe({
      tag: 'reading',
      summary: 'The messages of a conversation, newest first',
      caller: 'user',
      answers: { 200: MessageList },
      errors: { ...notFound, 400: '`request.invalid`, `cursor.invalid`' },
    }),
    requireUser,
    validate('param', IdParam),
    validate('query', ThreadQuery),
    async (c) => {
      const { before, limit } = c.req.valid('query')
      const position = decodeCursor(before, ThreadPosition)
      const thread = await readThread(openDatabase(c.env.DB), c.var.user.tenantId, c.req.valid('param').id, {
        before: position === null ? null : { createdAt: position[0], seq: position[1] },
        limit,
      })
      if (!thread.isKnown) throw conversationNotFound()
      const { page, last } = cutPage(thread.rows, limit)
      return c.json({
        items: wireMessages(page, thread),
        next_cursor: last === null ? null : encodeCursor([last.createdAt, last.seq]),
        as_of: thread.head.seq,
        epoch: thread.head.epoch,
      })
    },
  )
  .post(
    `${path}/:id/read`,
    describe({
      tag: 'writing',
      summary:
        'Marks everything up to a message as read, for the whole staff and, where the platform can, for the customer',
      caller: 'user',
      answers: { 200: ConversationChangeResponse },
      errors: { 404: '`conversation.not_found`, `message.not_found`' },
    }),
    requireUser,
    validate('param', IdParam),
    validate('json', ReadMarkBody),
    async (c) => {
      const conversationId = c.req.valid('param').id
      const messageId = c.req.valid('json').message_id
      const marked = await change(c, { kind: 'read', conversationId, messageId })
      if (marked.seq !== null) tellCustomer(c, marked.conversation, messageId)
      return c.json(marked)
    },
  )

function filterOf({ platform, status, assignee, unread, q }: z.infer<typeof ListQuery>): ConversationFilter {
  const text = capCodePoints(cleanText(q ?? '').trim(), maxSearchLength)
  return {
    platform,
    status,
    assigneeId: assignee === 'none' ? null : assignee,
    isUnread: unread === 'true' || unread === '1',
    text: text === '' ? undefined : text,
  }
}

function wireMessages(rows: Thread['rows'], { files, given }: Thread): Message[] {
  const filesOf = Map.groupBy(files, (file) => file.messageId)
  const reactionsOf = Map.groupBy(given, (reaction) => reaction.messageId)
  return rows.map((row) => toWireMessage(row, filesOf.get(row.id) ?? [], reactionsOf.get(row.id) ?? []))
}

async function readOwn(c: Context<AppEnv>, conversationId: string) {
  const { row, head } = await readConversation(openDatabase(c.env.DB), c.var.user.tenantId, conversationId)
  if (row === null) throw conversationNotFound()
  return { row, head }
}

/** A change by one of the staff goes the way of every other write: through the hub, into the journal. */
async function change(
  c: Context<AppEnv>,
  item: Exclude<StaffItem, NoticeItem>,
): Promise<z.infer<typeof ConversationChangeResponse>> {
  const [result] = await receive(c.env, c.var.user.tenantId, [{ item }])
  if (result === undefined || result.outcome === 'refused') throw refusalOf(result?.code)
  const { row } = await readOwn(c, item.conversationId)
  return { conversation: toWireConversation(row, replyWindow), seq: result.seq }
}

/** Customers see that they were read. Nobody here waits for that. */
function tellCustomer(c: Context<AppEnv>, conversation: Conversation, messageId: string): void {
  const { id: conversationId, channel_id: channelId } = conversation
  const place = { tenantId: c.var.user.tenantId, conversationId, channelId }
  c.executionCtx.waitUntil(finishSignal(c.env, showRead(callContextOf(c), place, messageId), 'read_mark.not_shown'))
}
