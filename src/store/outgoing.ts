import { and, asc, eq, sql } from 'drizzle-orm'
import type { Alias } from '../channels/channel.ts'
import type { Database } from './database.ts'
import { attachments, contactAliases, contacts, conversations, messages } from './schema.ts'
import type { AttachmentRow, ConversationRow, MessageRow } from './wire.ts'

/** A reply with everything that goes to the platform with it. */
export type Outgoing = { message: MessageRow; conversation: ConversationRow; files: AttachmentRow[]; aliases: Alias[] }

/** As of one moment. Null when the message, or the conversation it is in, is not there. */
export async function readOutgoing(db: Database, tenantId: string, messageId: string): Promise<Outgoing | null> {
  const conversationId = sql`(select conversation_id from messages where tenant_id = ${tenantId} and id = ${messageId})`
  const [found, files, own, people, names] = await db.batch([
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
      .from(conversations)
      .where(and(eq(conversations.tenantId, tenantId), eq(conversations.id, conversationId))),
    ...selectPerson(db, tenantId, conversationId),
  ])
  const [message] = found
  const [conversation] = own
  if (message === undefined || conversation === undefined) return null
  return { message, conversation, files, aliases: sortAliases(names, people[0]) }
}

/** Every name of the customer of a conversation, the most trusted first. */
export async function readRecipient(db: Database, tenantId: string, conversationId: string): Promise<Alias[]> {
  const [people, names] = await db.batch(selectPerson(db, tenantId, sql`${conversationId}`))
  return sortAliases(names, people[0])
}

function selectPerson(db: Database, tenantId: string, conversationId: ReturnType<typeof sql>) {
  const contactId = sql`(select contact_id from conversations where tenant_id = ${tenantId} and id = ${conversationId})`
  return [
    db
      .select({ kind: contacts.addressKind, value: contacts.address })
      .from(contacts)
      .where(and(eq(contacts.tenantId, tenantId), eq(contacts.id, contactId))),
    db
      .select({ kind: contactAliases.kind, value: contactAliases.value })
      .from(contactAliases)
      .where(and(eq(contactAliases.tenantId, tenantId), eq(contactAliases.contactId, contactId))),
  ] as const
}

/** `Alias['kind']` in its order of trust. */
const trust: readonly string[] = ['phone', 'user', 'parent_user', 'group', 'address', 'peer']

type Named = { kind: string; value: string }

/** By kind; of several of one kind the one the customer was last known by comes first. */
export function sortAliases(names: readonly Named[], latest: Named | undefined): Alias[] {
  const rank = ({ kind, value }: Named) => trust.indexOf(kind) * 2 + (value === latest?.value ? 0 : 1)
  return [...names].sort((a, b) => rank(a) - rank(b) || a.value.localeCompare(b.value)) as Alias[]
}
