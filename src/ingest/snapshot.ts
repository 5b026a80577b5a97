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
    ...selectContacts(db, tenantId, keys),
    ...selectConversations(db, tenantId, keys),
    ...selectMessages(db, tenantId, keys),
    selectHealth(db, tenantId, keys),
    selectReadMarks(db, tenantId, keys),
    selectEventKeys(db, tenantId, keys),
  ])
  const head = heads[0]
  if (head === undefined) throw new AppError('tenant.not_found', 404, 'There is no such tenant.')
  return {
    head,
    aliases,
    contacts,
    conversations: [...ofContacts, ...ofMessages, ...byId],
    messages,
    attachments: files,
    reactions: given,
    parked,
    health,
    readMarks: marks,
    eventKeys: events.map((event) => event.key),
  }
}

const byAliases = (tenantId: string, keys: Keys) => {
  const { tenantId: tenant, channelId, kind, value } = table.contactAliases
  return and(eq(tenant, tenantId), inTuples([channelId, kind, value], keys.aliases))
}

const byExternalIds = (tenantId: string, keys: Keys) => {
  const { tenantId: tenant, channelId, externalId } = table.messages
  return and(eq(tenant, tenantId), inTuples([channelId, externalId], keys.messages))
}

function selectContactIds(db: Database, tenantId: string, keys: Keys) {
  return db.select({ id: table.contactAliases.contactId }).from(table.contactAliases).where(byAliases(tenantId, keys))
}

function selectContacts(db: Database, tenantId: string, keys: Keys) {
  const { contacts, contactAliases } = table
  const ids = selectContactIds(db, tenantId, keys)
  return [
    db.select().from(contactAliases).where(byAliases(tenantId, keys)),
    db
      .select()
      .from(contacts)
      .where(and(eq(contacts.tenantId, tenantId), sql`${contacts.id} in (${ids})`)),
  ] as const
}

/** Those of the contacts, of the messages, and those that are named. */
function selectConversations(db: Database, tenantId: string, keys: Keys) {
  const { conversations, messages } = table
  const contactIds = selectContactIds(db, tenantId, keys)
  const ids = db.select({ id: messages.conversationId }).from(messages).where(byExternalIds(tenantId, keys))
  const ofTenant = eq(conversations.tenantId, tenantId)
  return [
    db
      .select()
      .from(conversations)
      .where(and(ofTenant, sql`${conversations.contactId} in (${contactIds})`)),
    db
      .select()
      .from(conversations)
      .where(and(ofTenant, sql`${conversations.id} in (${ids})`)),
    db
      .select()
      .from(conversations)
      .where(and(ofTenant, inList(conversations.id, keys.conversations))),
  ] as const
}

/** With their files and reactions, and with what waits for them. */
function selectMessages(db: Database, tenantId: string, keys: Keys) {
  const { messages, attachments, reactions, parkedItems } = table
  const ids = db.select({ id: messages.id }).from(messages).where(byExternalIds(tenantId, keys))
  return [
    db.select().from(messages).where(byExternalIds(tenantId, keys)),
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
      .where(
        and(
          eq(parkedItems.tenantId, tenantId),
          inTuples([parkedItems.channelId, parkedItems.targetExternalId], keys.messages),
        ),
      ),
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
