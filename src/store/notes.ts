import { and, desc, eq, lt } from 'drizzle-orm'
import type { Note } from '../protocol/notes.ts'
import { selectConversation } from './conversations.ts'
import type { Database } from './database.ts'
import { type Head, headOf, selectHead } from './journal.ts'
import { notes } from './notification-schema.ts'

export type NoteRow = typeof notes.$inferSelect

/** `before`: the number of the last note of the page before. */
export type NotePage = { before: number | null; limit: number }

/** Newest first, one more row than the page holds, as of one moment. */
export async function readNotes(
  db: Database,
  tenantId: string,
  conversationId: string,
  page: NotePage,
): Promise<{ isKnown: boolean; rows: NoteRow[]; head: Head }> {
  const [heads, known, rows] = await db.batch([
    selectHead(db, tenantId),
    selectConversation(db, tenantId, conversationId),
    selectNotes(db, tenantId, conversationId, page),
  ])
  return { isKnown: known.length > 0, rows, head: headOf(heads) }
}

export function selectNotes(db: Database, tenantId: string, conversationId: string, { before, limit }: NotePage) {
  return db
    .select()
    .from(notes)
    .where(
      and(
        eq(notes.tenantId, tenantId),
        eq(notes.conversationId, conversationId),
        before === null ? undefined : lt(notes.seq, before),
      ),
    )
    .orderBy(desc(notes.seq))
    .limit(limit + 1)
}

export async function readNote(db: Database, tenantId: string, id: string): Promise<NoteRow | null> {
  const row = await db
    .select()
    .from(notes)
    .where(and(eq(notes.tenantId, tenantId), eq(notes.id, id)))
    .get()
  return row ?? null
}

export function toWireNote({ id, authorId, authorName, text, mentions, createdAt }: NoteRow): Note {
  const created_at = new Date(createdAt).toISOString()
  return { id, author_id: authorId, author_name: authorName, text, mentions, created_at }
}
