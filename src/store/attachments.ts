import { and, eq, isNotNull } from 'drizzle-orm'
import type { Platform } from '../protocol/words.ts'
import type { Database } from './database.ts'
import { attachments, conversations, messages } from './schema.ts'
import type { AttachmentRow } from './wire.ts'

export async function findAttachment(db: Database, tenantId: string, id: string): Promise<AttachmentRow | undefined> {
  return db
    .select()
    .from(attachments)
    .where(and(eq(attachments.tenantId, tenantId), eq(attachments.id, id)))
    .get()
}

/** A file with what has to be known of its message. */
export type FileOfMessage = {
  file: AttachmentRow
  message: { id: string; conversationId: string; externalId: string | null; deletedAt: number | null }
  platform: Platform
}

export async function findFileOfMessage(
  db: Database,
  tenantId: string,
  attachmentId: string,
): Promise<FileOfMessage | undefined> {
  const { id, conversationId, externalId, deletedAt } = messages
  return db
    .select({
      file: attachments,
      message: { id, conversationId, externalId, deletedAt },
      platform: conversations.platform,
    })
    .from(attachments)
    .innerJoin(messages, and(eq(messages.tenantId, attachments.tenantId), eq(messages.id, attachments.messageId)))
    .innerJoin(conversations, and(eq(conversations.tenantId, messages.tenantId), eq(conversations.id, conversationId)))
    .where(and(eq(attachments.tenantId, tenantId), eq(attachments.id, attachmentId)))
    .get()
}

/** A file of a reply of ours: what a companion may fetch. */
export async function findReplyFile(db: Database, tenantId: string, id: string): Promise<AttachmentRow | undefined> {
  const found = await db
    .select({ file: attachments })
    .from(attachments)
    .innerJoin(messages, and(eq(messages.tenantId, attachments.tenantId), eq(messages.id, attachments.messageId)))
    .where(and(eq(attachments.tenantId, tenantId), eq(attachments.id, id), isNotNull(messages.clientMessageId)))
    .get()
  return found?.file
}
