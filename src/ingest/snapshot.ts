import { and, eq, gt, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../lib/app-error.ts'
import { type Database, inList } from '../store/database.ts'
import type { notes } from '../store/notification-schema.ts'
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
export type NoteRow = typeof notes.$inferSelect
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

/**
 * Reads all that the items touch in one batch, which D1 runs as one transaction: a consistent moment. What they cannot
 * touch is not asked for.
 */
export async function readSnapshot(db: Database, tenantId: string, items: readonly IngestItem[]): Promise<Snapshot> {
  const keys = keysOf(tenantId, items)
  const hasPeople = keys.aliases.length + keys.settling.length > 0
  const hasMessages = keys.messages.length + keys.messageIds.length + keys.settling.length + keys.echoes.length > 0
  const [
    heads,
    aliases,
    contacts,
    ofContacts,
    messages,
    ofMessages,
    files,
    given,
    parked,
    byId,
    health,
    marks,
    events,
    passing,
    jobs,
  ] = await readTogether(db, [
    db.select().from(table.journalHeads).where(eq(table.journalHeads.tenantId, tenantId)),
    ...askedIf(hasPeople, selectContacts(db, tenantId, keys)),
    ...askedIf(hasMessages, selectMessages(db, tenantId, keys)),
    keys.conversations.length > 0 ? selectNamed(db, tenantId, keys) : null,
    keys.channels.length > 0 ? selectHealth(db, tenantId, keys) : null,
    keys.readMarks.length > 0 ? selectReadMarks(db, tenantId, keys) : null,
    keys.events.length > 0 ? selectEventKeys(db, tenantId, keys) : null,
    keys.watermarks.length + keys.settling.length > 0 ? selectPassing(db, tenantId, keys) : null,
    keys.attachments.length > 0 || keys.needsJobs ? selectJobs(db, tenantId, keys) : null,
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

type Select = BatchItem<'sqlite'> & PromiseLike<unknown[]>
type Asked<Selects> = { [At in keyof Selects]: Selects[At] | null }
type RowsOf<Selects> = { -readonly [At in keyof Selects]: Awaited<Exclude<Selects[At], null>> }

function askedIf<const Selects extends readonly Select[]>(isAsked: boolean, selects: Selects): Asked<Selects> {
  return (isAsked ? selects : selects.map(() => null)) as Asked<Selects>
}

/** One batch. Where null stands nothing is asked, and there are no rows. */
async function readTogether<const Selects extends readonly [Select, ...(Select | null)[]]>(
  db: Database,
  [first, ...others]: Selects,
): Promise<RowsOf<Selects>> {
  const rows = (await db.batch([first, ...others.filter((select) => select !== null)])) as unknown[][]
  return [first, ...others].map((select) => (select === null ? [] : rows.shift())) as unknown as RowsOf<Selects>
}

/** With every name that the items know them by, and with their conversations. */
function selectContacts(db: Database, tenantId: string, keys: Keys) {
  const { contacts, contactAliases, conversations } = table
  const ids = contactIds(tenantId, keys)
  return [
    db
      .select()
      .from(contactAliases)
      .where(sql`contact_aliases.rowid in (${aliasRows(tenantId, keys)})`),
    db
      .select()
      .from(contacts)
      .where(and(eq(contacts.tenantId, tenantId), sql`${contacts.id} in (${ids})`)),
    db
      .select()
      .from(conversations)
      .where(and(eq(conversations.tenantId, tenantId), sql`${conversations.contactId} in (${ids})`)),
  ] as const
}

/** With their conversations, files, reactions and jobs, and with what waits for them. */
function selectMessages(db: Database, tenantId: string, keys: Keys) {
  const { messages, conversations, attachments, reactions, parkedItems } = table
  const ids = touchedIds(tenantId, keys)
  return [
    db
      .select()
      .from(messages)
      .where(and(eq(messages.tenantId, tenantId), sql`${messages.id} in (${ids})`)),
    db
      .select()
      .from(conversations)
      .where(
        and(
          eq(conversations.tenantId, tenantId),
          sql`${conversations.id} in (select conversation_id from messages
            where tenant_id = ${tenantId} and id in (${ids}))`,
        ),
      ),
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

function selectNamed(db: Database, tenantId: string, keys: Keys) {
  const { tenantId: tenant, id } = table.conversations
  return db
    .select()
    .from(table.conversations)
    .where(and(eq(tenant, tenantId), sql`${id} in (${namedIds(tenantId, keys)})`))
}

function selectPassing(db: Database, tenantId: string, keys: Keys) {
  const { tenantId: tenant, id } = table.messages
  return db
    .select()
    .from(table.messages)
    .where(and(eq(tenant, tenantId), sql`${id} in (${passingIds(tenantId, keys)})`))
}

function selectJobs(db: Database, tenantId: string, keys: Keys) {
  const { tenantId: tenant, subjectId } = table.jobs
  return db
    .select()
    .from(table.jobs)
    .where(and(eq(tenant, tenantId), sql`${subjectId} in (${jobSubjects(tenantId, keys)})`))
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
