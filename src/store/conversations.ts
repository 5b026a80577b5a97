import { type SQL, and, desc, eq, gt, isNull, ne, sql } from 'drizzle-orm'
import type { Platform } from '../protocol/words.ts'
import type { Database } from './database.ts'
import { type Head, headOf, selectHead } from './journal.ts'
import { conversations } from './schema.ts'
import type { ConversationRow } from './wire.ts'

/** What a list of conversations is narrowed to. `assigneeId` null: nobody's. */
export type ConversationFilter = {
  platform?: Platform | undefined
  status?: 'open' | 'closed' | undefined
  assigneeId?: string | null | undefined
  isUnread?: boolean | undefined
  /** Part of the customer's name or address, in any case. */
  text?: string | undefined
}

/** The last row of the page before. */
export type ConversationPosition = { lastMessageAt: number; id: string }
export type ConversationPage = { after: ConversationPosition | null; limit: number }

/** Newest first, one more row than the page holds, so that the reader knows whether there is another. */
export async function listConversations(
  db: Database,
  tenantId: string,
  filter: ConversationFilter,
  page: ConversationPage,
): Promise<{ rows: ConversationRow[]; head: Head }> {
  const [heads, rows] = await db.batch([selectHead(db, tenantId), selectConversations(db, tenantId, filter, page)])
  return { rows, head: headOf(heads) }
}

export function selectConversations(
  db: Database,
  tenantId: string,
  filter: ConversationFilter,
  page: ConversationPage,
) {
  return db
    .select()
    .from(conversations)
    .where(and(eq(conversations.tenantId, tenantId), ...conditionsOf(filter), isAfter(page.after)))
    .orderBy(desc(conversations.lastMessageAt), desc(conversations.id))
    .limit(page.limit + 1)
}

function conditionsOf({ platform, status, assigneeId, isUnread, text }: ConversationFilter): (SQL | undefined)[] {
  return [
    ne(conversations.status, 'merged'),
    platform === undefined ? undefined : eq(conversations.platform, platform),
    status === undefined ? undefined : eq(conversations.status, status),
    assigneeId === undefined ? undefined : assigneeIs(assigneeId),
    isUnread === true ? gt(conversations.unreadCount, 0) : undefined,
    // instr() and not LIKE: no pattern characters, and no limit of 50 bytes.
    text === undefined ? undefined : sql`instr(${conversations.searchText}, ${text.toLowerCase()}) > 0`,
  ]
}

function assigneeIs(assigneeId: string | null): SQL {
  return assigneeId === null ? isNull(conversations.assigneeId) : eq(conversations.assigneeId, assigneeId)
}

function isAfter(position: ConversationPosition | null): SQL | undefined {
  if (position === null) return undefined
  return sql`(${conversations.lastMessageAt}, ${conversations.id}) < (${position.lastMessageAt}, ${position.id})`
}

/** One conversation, merged ones too; null when the tenant has none of this id. */
export async function readConversation(
  db: Database,
  tenantId: string,
  conversationId: string,
): Promise<{ row: ConversationRow | null; head: Head }> {
  const [heads, rows] = await db.batch([selectHead(db, tenantId), selectConversation(db, tenantId, conversationId)])
  return { row: rows[0] ?? null, head: headOf(heads) }
}

export function selectConversation(db: Database, tenantId: string, conversationId: string) {
  return db
    .select()
    .from(conversations)
    .where(and(eq(conversations.tenantId, tenantId), eq(conversations.id, conversationId)))
}
