import { and, eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { attachments } from './schema.ts'
import type { AttachmentRow } from './wire.ts'

export async function findAttachment(db: Database, tenantId: string, id: string): Promise<AttachmentRow | undefined> {
  return db
    .select()
    .from(attachments)
    .where(and(eq(attachments.tenantId, tenantId), eq(attachments.id, id)))
    .get()
}
