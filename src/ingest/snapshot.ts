import { and, eq, gt, sql } from 'drizzle-orm'
import { AppError } from '../lib/app-error.ts'
import { type Database, inList } from '../store/database.ts'
import * as table from '../store/schema.ts'
import type { JobRow } from '../store/jobs.ts'
import type { AttachmentRow, ConversationRow, HealthRow, MessageRow, ReactionRow } from '../store/wire.ts'
import type { IngestItem } from './items.ts'
import { type Keys, keysOf } from './keys.ts'
import { aliasRows, contactIds, jobSubjects, namedIds, parkedRows, passingIds, touchedIds } from './lookups.ts'

export type ContactRow = typeof table.contacts.$inferSelect
export type AliasRow = typeof table.contactAliases.$inferSelect
export type ParkedRow = typeof table.parkedItems.$inferSelect
export type EventRow = typeof table.journalEvents.$inferSelect
export type HeadRow = typeof table.journalHeads.$inferSelect

/** A message a read mark points at, and how many unread ones came after it. */
type ReadMark = { messageId: string; conversationId: string; seq: number; unreadAfter: number }

/** Everything a plan may need to know, as of one moment. */
export type Snapshot = {
  head: HeadRow
  aliases: AliasRow[]
  contacts: ContactRow[]
  conversations: ConversationRow[]
  /** With their files, reactions and jobs. */
  messages: MessageRow[]
  /** Rows that are looked at or get another status, without anything beside them. */
  passing: MessageRow[]
  attachments: AttachmentRow[]
  reactions: ReactionRow[]
  parked: ParkedRow[]
  health: HealthRow[]
  jobs: JobRow[]
  readMarks: ReadMark[]
  /** Those of the items' events that the journal has already. */
  eventKeys: string[]
}

/** Reads all that the items touch in one batch, which D1 runs as one transaction: a consistent moment. */
export async function readSnapshot(db: Database, tenantId: string, items: readonly IngestItem[]): Promise<Snapshot> {
  const keys = keysOf(tenantId, items)
  const [
    heads,
    aliases,
    contacts,
    ofContacts,
    ofMessages,
    byId,
    messages,
    files,
    given,
    parked,
    health,
    marks,
    events,
    passing,
    jobs,
  ] = await db.batch([
    db.select().from(table.journalHeads).where(eq(table.journalHeads.tenantId, tenantId)),
    ...selectContacts(db, tenantId, keys),
    ...selectConversations(db, tenantId, keys),
    ...selectMessages(db, tenantId, keys),
    selectHealth(db, tenantId, keys),
    selectReadMarks(db, tenantId, keys),
    selectEventKeys(db, tenantId, keys),
    ...selectReplies(db, tenantId, keys),
  ])
  const head = heads[0]
  if (head === undefined) throw new AppError('tenant.not_found', 404, 'There is no such tenant.')
  return {
    head,
    aliases,
    contacts,
    conversations: [...ofContacts, ...ofMessages, ...byId],
    messages,
    passing,
    attachments: files,
    reactions: given,
    parked,
    health,
    jobs,
    readMarks: marks,
    eventKeys: events.map((event) => event.key),
  }
}

/** With every name that the items know them by. */
function selectContacts(db: Database, tenantId: string, keys: Keys) {
  const { contacts, contactAliases } = table
  return [
    db
      .select()
      .from(contactAliases)
      .where(sql`contact_aliases.rowid in (${aliasRows(tenantId, keys)})`),
    db
      .select()
      .from(contacts)
      .where(and(eq(contacts.tenantId, tenantId), sql`${contacts.id} in (${contactIds(tenantId, keys)})`)),
  ] as const
}

/** Those of the contacts, of the messages, and those that are named. */
function selectConversations(db: Database, tenantId: string, keys: Keys) {
  const { conversations } = table
  const ofTenant = eq(conversations.tenantId, tenantId)
  return [
    db
      .select()
      .from(conversations)
      .where(and(ofTenant, sql`${conversations.contactId} in (${contactIds(tenantId, keys)})`)),
    db
      .select()
      .from(conversations)
      .where(
        and(
          ofTenant,
          sql`${conversations.id} in (select conversation_id from messages
            where tenant_id = ${tenantId} and id in (${touchedIds(tenantId, keys)}))`,
        ),
      ),
    db
      .select()
      .from(conversations)
      .where(and(ofTenant, sql`${conversations.id} in (${namedIds(tenantId, keys)})`)),
  ] as const
}

/** With their files, reactions and jobs, and with what waits for them. */
function selectMessages(db: Database, tenantId: string, keys: Keys) {
  const { messages, attachments, reactions, parkedItems } = table
  const ids = touchedIds(tenantId, keys)
  return [
    db
      .select()
      .from(messages)
      .where(and(eq(messages.tenantId, tenantId), sql`${messages.id} in (${ids})`)),
    db
      .select()
      .from(attachments)
      .where(and(eq(attachments.tenantId, tenantId), sql`${attachments.messageId} in (${ids})`)),
    db
      .select()
      .from(reactions)
      .where(and(eq(reactions.tenantId, tenantId), sql`${reactions.messageId} in (${ids})`)),
    db
      .select()
      .from(parkedItems)
      .where(sql`parked_items.rowid in (${parkedRows(tenantId, keys)})`),
  ] as const
}

function selectReplies(db: Database, tenantId: string, keys: Keys) {
  const { messages, jobs } = table
  return [
    db
      .select()
      .from(messages)
      .where(and(eq(messages.tenantId, tenantId), sql`${messages.id} in (${passingIds(tenantId, keys)})`)),
    db
      .select()
      .from(jobs)
      .where(and(eq(jobs.tenantId, tenantId), sql`${jobs.subjectId} in (${jobSubjects(tenantId, keys)})`)),
  ] as const
}

function selectHealth(db: Database, tenantId: string, keys: Keys) {
  const { tenantId: tenant, channelId } = table.channelHealth
  return db
    .select()
    .from(table.channelHealth)
    .where(and(eq(tenant, tenantId), inList(channelId, keys.channels)))
}

function selectEventKeys(db: Database, tenantId: string, keys: Keys) {
  const { tenantId: tenant, key } = table.journalEvents
  return db
    .select({ key })
    .from(table.journalEvents)
    .where(and(eq(tenant, tenantId), inList(key, keys.events)))
}

function selectReadMarks(db: Database, tenantId: string, keys: Keys) {
  const m = table.messages
  const later = db.$with('later').as(
    db
      .select({ id: m.id, conversationId: m.conversationId, seq: m.seq })
      .from(m)
      .where(and(eq(m.tenantId, tenantId), inList(m.id, keys.readMarks))),
  )
  return db
    .with(later)
    .select({
      messageId: later.id,
      conversationId: later.conversationId,
      seq: later.seq,
      unreadAfter: sql<number>`(select count(*) from ${m} where ${and(
        eq(m.tenantId, tenantId),
        eq(m.conversationId, later.conversationId),
        gt(m.seq, later.seq),
        eq(m.countsUnread, true),
      )})`,
    })
    .from(later)
}
