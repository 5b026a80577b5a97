import { and, asc, desc, eq, inArray, isNotNull, lte, sql } from 'drizzle-orm'
import { selectConversation } from './conversations.ts'
import type { Database } from './database.ts'
import { type Head, headOf, selectHead } from './journal.ts'
import { attachments, messages, reactions } from './schema.ts'
import type { AttachmentRow, MessageRow, ReactionRow } from './wire.ts'

/** A message's place in its thread: by the source's time, then by arrival. */
export type MessagePosition = { createdAt: number; seq: number }
export type MessagePage = { before: MessagePosition | null; limit: number }

export type Thread = {
  isKnown: boolean
  rows: MessageRow[]
  files: AttachmentRow[]
  given: ReactionRow[]
  head: Head
}

/** A page of a thread, newest first, with one row more than it holds; all of it as of one moment. */
export async function readThread(
  db: Database,
  tenantId: string,
  conversationId: string,
  page: MessagePage,
): Promise<Thread> {
  const ofPage = () => pageIds(db, tenantId, conversationId, page)
  const [heads, known, rows, files, given] = await db.batch([
    selectHead(db, tenantId),
    selectConversation(db, tenantId, conversationId),
    selectThread(db, tenantId, conversationId, page),
    db
      .select()
      .from(attachments)
      .where(and(eq(attachments.tenantId, tenantId), inArray(attachments.messageId, ofPage())))
      .orderBy(asc(attachments.messageId), asc(attachments.position)),
    db
      .select()
      .from(reactions)
      .where(and(eq(reactions.tenantId, tenantId), inArray(reactions.messageId, ofPage()))),
  ])
  return { isKnown: known.length > 0, rows, files, given, head: headOf(heads) }
}

const inThread = (tenantId: string, conversationId: string, before: MessagePosition | null) =>
  and(
    eq(messages.tenantId, tenantId),
    eq(messages.conversationId, conversationId),
    before === null ? undefined : sql`(${messages.createdAt}, ${messages.seq}) < (${before.createdAt}, ${before.seq})`,
  )

export function selectThread(db: Database, tenantId: string, conversationId: string, page: MessagePage) {
  return db
    .select()
    .from(messages)
    .where(inThread(tenantId, conversationId, page.before))
    .orderBy(desc(messages.createdAt), desc(messages.seq))
    .limit(page.limit + 1)
}

export function pageIds(db: Database, tenantId: string, conversationId: string, page: MessagePage) {
  return db
    .select({ id: messages.id })
    .from(messages)
    .where(inThread(tenantId, conversationId, page.before))
    .orderBy(desc(messages.createdAt), desc(messages.seq))
    .limit(page.limit + 1)
}

/** One message with its files and reactions, as of one moment; null when the tenant has none of this id. */
export async function readMessage(
  db: Database,
  tenantId: string,
  messageId: string,
): Promise<{ row: MessageRow; files: AttachmentRow[]; given: ReactionRow[] } | null> {
  const [rows, files, given] = await db.batch([
    db
      .select()
      .from(messages)
      .where(and(eq(messages.tenantId, tenantId), eq(messages.id, messageId))),
    db
      .select()
      .from(attachments)
      .where(and(eq(attachments.tenantId, tenantId), eq(attachments.messageId, messageId)))
      .orderBy(asc(attachments.position)),
    db
      .select()
      .from(reactions)
      .where(and(eq(reactions.tenantId, tenantId), eq(reactions.messageId, messageId))),
  ])
  const [row] = rows
  return row === undefined ? null : { row, files, given }
}

/** The platform's id of the customer's newest message up to a time (epoch ms) of its own clock; null when there is none. */
export async function findNewestInbound(
  db: Database,
  tenantId: string,
  conversationId: string,
  upTo: number | null,
): Promise<string | null> {
  const row = await selectNewestInbound(db, tenantId, conversationId, upTo).get()
  return row?.externalId ?? null
}

export function selectNewestInbound(db: Database, tenantId: string, conversationId: string, upTo: number | null) {
  return db
    .select({ externalId: messages.externalId })
    .from(messages)
    .where(
      and(
        eq(messages.tenantId, tenantId),
        eq(messages.conversationId, conversationId),
        upTo === null ? undefined : lte(messages.createdAt, upTo),
        eq(messages.direction, 'inbound'),
        isNotNull(messages.externalId),
      ),
    )
    .orderBy(desc(messages.createdAt), desc(messages.seq))
    .limit(1)
}
