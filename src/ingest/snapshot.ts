import { and, eq, gt, sql } from 'drizzle-orm'
import { AppError } from '../lib/app-error.ts'
import { type Database, inList, inTuples } from '../store/database.ts'
import * as table from '../store/schema.ts'
import type { AttachmentRow, ConversationRow, HealthRow, MessageRow, ReactionRow } from '../store/wire.ts'
import { healthEventKey } from './health.ts'
import type { IngestItem } from './items.ts'

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
  messages: MessageRow[]
  attachments: AttachmentRow[]
  reactions: ReactionRow[]
  parked: ParkedRow[]
  health: HealthRow[]
  readMarks: ReadMark[]
  /** Those of the items' events that the journal has already. */
  eventKeys: string[]
}

type Keys = {
  aliases: [channelId: string, kind: string, value: string][]
  messages: [channelId: string, externalId: string][]
  conversations: string[]
  readMarks: string[]
  channels: string[]
  events: string[]
}

/** The external id of the message an item is, or is about. */
function messageKeyOf(item: IngestItem['item']): string | null {
  if (item.kind === 'message') return item.externalId
  return 'targetExternalId' in item ? item.targetExternalId : null
}

function keysOf(items: readonly IngestItem[]): Keys {
  const keys: Keys = { aliases: [], messages: [], conversations: [], readMarks: [], channels: [], events: [] }
  for (const { channel, item } of items) {
    if (channel === undefined) {
      keys.conversations.push(item.conversationId)
      if (item.kind === 'read') keys.readMarks.push(item.messageId)
      continue
    }
    keys.channels.push(channel.id)
    if (item.kind === 'health') keys.events.push(healthEventKey(channel.id, item))
    const externalId = messageKeyOf(item)
    if (externalId !== null) keys.messages.push([channel.id, externalId])
    if ('contact' in item) {
      for (const alias of item.contact.aliases) keys.aliases.push([channel.id, alias.kind, alias.value])
    }
  }
  return { ...keys, channels: [...new Set(keys.channels)] }
}

/** Reads all that the items touch in one batch, which D1 runs as one transaction: a consistent moment. */
export async function readSnapshot(db: Database, tenantId: string, items: readonly IngestItem[]): Promise<Snapshot> {
  const keys = keysOf(items)
  const m = table.messages
  const byAlias = and(
    eq(table.contactAliases.tenantId, tenantId),
    inTuples([table.contactAliases.channelId, table.contactAliases.kind, table.contactAliases.value], keys.aliases),
  )
  const contactIds = db.select({ id: table.contactAliases.contactId }).from(table.contactAliases).where(byAlias)
  const byExternalId = and(eq(m.tenantId, tenantId), inTuples([m.channelId, m.externalId], keys.messages))
  const messageIds = db.select({ id: m.id }).from(m).where(byExternalId)
  const conversationIds = db.select({ id: m.conversationId }).from(m).where(byExternalId)
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
  ] = await db.batch([
    db.select().from(table.journalHeads).where(eq(table.journalHeads.tenantId, tenantId)),
    db.select().from(table.contactAliases).where(byAlias),
    db
      .select()
      .from(table.contacts)
      .where(and(eq(table.contacts.tenantId, tenantId), sql`${table.contacts.id} in (${contactIds})`)),
    db
      .select()
      .from(table.conversations)
      .where(and(eq(table.conversations.tenantId, tenantId), sql`${table.conversations.contactId} in (${contactIds})`)),
    db
      .select()
      .from(table.conversations)
      .where(and(eq(table.conversations.tenantId, tenantId), sql`${table.conversations.id} in (${conversationIds})`)),
    db
      .select()
      .from(table.conversations)
      .where(and(eq(table.conversations.tenantId, tenantId), inList(table.conversations.id, keys.conversations))),
    db.select().from(m).where(byExternalId),
    db
      .select()
      .from(table.attachments)
      .where(and(eq(table.attachments.tenantId, tenantId), sql`${table.attachments.messageId} in (${messageIds})`)),
    db
      .select()
      .from(table.reactions)
      .where(and(eq(table.reactions.tenantId, tenantId), sql`${table.reactions.messageId} in (${messageIds})`)),
    db
      .select()
      .from(table.parkedItems)
      .where(
        and(
          eq(table.parkedItems.tenantId, tenantId),
          inTuples([table.parkedItems.channelId, table.parkedItems.targetExternalId], keys.messages),
        ),
      ),
    db
      .select()
      .from(table.channelHealth)
      .where(and(eq(table.channelHealth.tenantId, tenantId), inList(table.channelHealth.channelId, keys.channels))),
    selectReadMarks(db, tenantId, keys.readMarks),
    db
      .select({ key: table.journalEvents.key })
      .from(table.journalEvents)
      .where(and(eq(table.journalEvents.tenantId, tenantId), inList(table.journalEvents.key, keys.events))),
  ])
  const head = heads[0]
  if (head === undefined) throw new AppError('tenant.not_found', 404, 'There is no such tenant.')
  const conversations = [...ofContacts, ...ofMessages, ...byId]
  return {
    head,
    aliases,
    contacts,
    conversations,
    messages,
    attachments: files,
    reactions: given,
    parked,
    health,
    readMarks: marks,
    eventKeys: events.map((event) => event.key),
  }
}

function selectReadMarks(db: Database, tenantId: string, messageIds: readonly string[]) {
  const m = table.messages
  const later = db.$with('later').as(
    db
      .select({ id: m.id, conversationId: m.conversationId, seq: m.seq })
      .from(m)
      .where(and(eq(m.tenantId, tenantId), inList(m.id, messageIds))),
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
