import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm'
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
