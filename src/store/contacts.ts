import { and, eq, gt, ne } from 'drizzle-orm'
import type { Alias } from '../channels/channel.ts'
import type { Database } from './database.ts'
import { sortAliases } from './outgoing.ts'
import { contactAliases, contacts, jobs } from './schema.ts'

export type ContactRow = typeof contacts.$inferSelect

/** A contact with every name of theirs, the most trusted first; null when there is none, or none any more. */
export async function findContact(
  db: Database,
  tenantId: string,
  contactId: string,
): Promise<{ contact: ContactRow; aliases: Alias[] } | null> {
  const [found, names] = await db.batch([
    db
      .select()
      .from(contacts)
      .where(and(eq(contacts.tenantId, tenantId), eq(contacts.id, contactId))),
    db
      .select({ kind: contactAliases.kind, value: contactAliases.value })
      .from(contactAliases)
      .where(and(eq(contactAliases.tenantId, tenantId), eq(contactAliases.contactId, contactId))),
  ])
  const [contact] = found
  if (contact === undefined) return null
  return { contact, aliases: sortAliases(names, { kind: contact.addressKind, value: contact.address }) }
}

/** Whether other work on a contact has been done since. */
export async function wasAskedSince(
  db: Database,
  tenantId: string,
  of: { contactId: string; exceptJobId: string; since: number },
): Promise<boolean> {
  const found = await selectAskedSince(db, tenantId, of)
  return found.length > 0
}

export function selectAskedSince(
  db: Database,
  tenantId: string,
  { contactId, exceptJobId, since }: { contactId: string; exceptJobId: string; since: number },
) {
  return db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      and(
        eq(jobs.tenantId, tenantId),
        eq(jobs.subjectId, contactId),
        eq(jobs.kind, 'profile'),
        eq(jobs.state, 'done'),
        ne(jobs.id, exceptJobId),
        gt(jobs.createdAt, since),
      ),
    )
    .limit(1)
}
