import type { ConversationRow, MessageRow } from '../store/wire.ts'
import { type Draft, type Tables, aliasKey, createTables, findMessage } from './draft.ts'
import type { IngestItem, SendItem } from './items.ts'
import { type Rows, dropRow, placeRow, rowsInGroup } from './rows.ts'
import { sendMessageId } from './send.ts'
import type { HeadRow, Snapshot } from './snapshot.ts'

/** Messages kept at most, the newest ones: they are kept for what still happens to them, mostly within minutes. */
const maxMessages = 1_000
/** Rows kept at most; past that everything is forgotten and read again as needed. */
const maxRows = 10_000

/**
 * Rows as this writer last read or wrote them. Never the truth: a plan made on them commits only while the revision is
 * still `head.revision`, so what another writer changed meanwhile is noticed by the database (see `commit.ts`).
 */
export type Memory = { head: HeadRow | null; tables: Tables }

const nothing = (): Pick<Snapshot, keyof Tables> => ({
  aliases: [],
  contacts: [],
  conversations: [],
  messages: [],
  attachments: [],
  reactions: [],
  parked: [],
  health: [],
})

export function createMemory(): Memory {
  return { head: null, tables: createTables(nothing()) }
}

export function forget(memory: Memory): void {
  memory.head = null
  memory.tables = createTables(nothing())
}

/** Takes over what a plan read and wrote, once it has committed. */
export function remember(memory: Memory, draft: Draft, isCommitted: boolean): void {
  // Another writer came in between: the rows read just now are right, any other that was kept may not be.
  if (memory.head?.revision !== draft.head.revision) forget(memory)
  const isFull = Object.values(memory.tables).reduce((sum, rows) => sum + rows.byKey.size, 0) > maxRows
  // A merge moves rows that were never read here.
  if (isFull || draft.contactMerges.length > 0 || draft.merges.length > 0) forget(memory)
  else {
    keep(memory.tables.aliases, draft.aliases)
    keep(memory.tables.contacts, draft.contacts)
    keep(memory.tables.conversations, draft.conversations)
    keep(memory.tables.messages, draft.messages, (row) => !draft.partial.has(row.id))
    keep(memory.tables.attachments, draft.attachments)
    keep(memory.tables.reactions, draft.reactions)
    keep(memory.tables.health, draft.health)
    dropOldMessages(memory.tables)
    memory.head = { ...draft.head, revision: draft.head.revision + (isCommitted ? 1 : 0) }
  }
}

/** With all that belongs to them. People who write are kept: they write again. */
function dropOldMessages({ messages, attachments, reactions }: Tables): void {
  for (const message of messages.byKey.values()) {
    if (messages.byKey.size <= maxMessages) return
    dropRow(messages, message)
    for (const file of rowsInGroup(attachments, message.id)) dropRow(attachments, file)
    for (const given of rowsInGroup(reactions, message.id)) dropRow(reactions, given)
  }
}

/** What is not whole only brings up to date what is kept already. */
function keep<Row extends object>(kept: Rows<Row>, rows: Rows<Row>, isWhole: (row: Row) => boolean = () => true): void {
  for (const [key, row] of rows.byKey) {
    if (isWhole(row) || kept.byKey.has(key)) placeRow(kept, row)
  }
}

/**
 * The snapshot that these items need, as far as memory has it; null when something has to be read. That a new message is
 * not stored yet, and that nothing waits for it, cannot be remembered: the commit has to check it (`assumesNew`).
 */
export function recall({ head, tables }: Memory, items: readonly IngestItem[]): Snapshot | null {
  if (head === null) return null
  const snapshot: Snapshot = { ...nothing(), head, passing: [], jobs: [], readMarks: [], eventKeys: [] }
  const seen = new Set<string>()
  for (const item of items) {
    if (!recallItem(tables, item, { snapshot, seen })) return null
  }
  return snapshot
}

type Recalling = { snapshot: Snapshot; seen: Set<string> }

function recallItem(tables: Tables, { channel, item }: IngestItem, recalling: Recalling): boolean {
  if (channel === undefined) return item.kind === 'send' && recallSend(tables, item, recalling)
  const health = tables.health.byKey.get(channel.id)
  if (health === undefined) return false
  once(recalling, `health ${channel.id}`, ({ snapshot }) => snapshot.health.push(health))
  if (item.kind === 'message') {
    const isKnown = recallMessage(tables, findMessage(tables, channel.id, item.externalId), recalling)
    // What an echo may be of has to be looked for.
    if (item.echo !== undefined && !isKnown) return false
    if (item.inConversation !== undefined && !recallNamed(tables, item.inConversation, recalling)) return false
    return item.contact.aliases.every((alias) =>
      recallContact(tables, aliasKey(channel.id, alias.kind, alias.value), recalling),
    )
  }
  if (!('targetExternalId' in item)) return false
  const target = findMessage(tables, channel.id, item.targetExternalId)
  // Whether that is only a guess has to be read.
  if (item.kind === 'file' && target?.clientMessageId !== null) return false
  return recallMessage(tables, target, recalling)
}

function recallContact(tables: Tables, key: string, recalling: Recalling): boolean {
  const alias = tables.aliases.byKey.get(key)
  const contact = alias === undefined ? undefined : tables.contacts.byKey.get(alias.contactId)
  if (alias === undefined || contact === undefined) return false
  once(recalling, `alias ${key}`, ({ snapshot }) => snapshot.aliases.push(alias))
  once(recalling, `contact ${contact.id}`, ({ snapshot }) => {
    snapshot.contacts.push(contact)
    snapshot.conversations.push(...rowsInGroup(tables.conversations, contact.id))
  })
  return true
}

/** A reply that is in memory already was sent before: what became of it is for the database to say. */
function recallSend(tables: Tables, item: SendItem, recalling: Recalling): boolean {
  const { tenantId } = recalling.snapshot.head
  if (tables.messages.byKey.has(sendMessageId(tenantId, item))) return false
  const answered = item.replyToMessageId
  if (answered !== undefined && !recallMessage(tables, tables.messages.byKey.get(answered), recalling)) return false
  return recallConversation(tables.conversations.byKey.get(item.conversationId), recalling)
}

function recallConversation(conversation: ConversationRow | undefined, recalling: Recalling): boolean {
  if (conversation === undefined) return false
  once(recalling, `conversation ${conversation.id}`, ({ snapshot }) => snapshot.conversations.push(conversation))
  return true
}

function recallNamed(tables: Tables, id: string, recalling: Recalling): boolean {
  const conversation = tables.conversations.byKey.get(id)
  const isWhole = recallConversation(conversation, recalling)
  const next = conversation?.mergedInto ?? null
  return next === null ? isWhole : recallNamed(tables, next, recalling)
}

function recallMessage(tables: Tables, message: MessageRow | undefined, recalling: Recalling): boolean {
  if (message === undefined) return false
  if (!recallConversation(tables.conversations.byKey.get(message.conversationId), recalling)) return false
  once(recalling, `message ${message.id}`, ({ snapshot }) => {
    snapshot.messages.push(message)
    snapshot.attachments.push(...rowsInGroup(tables.attachments, message.id))
    snapshot.reactions.push(...rowsInGroup(tables.reactions, message.id))
  })
  return true
}

function once(recalling: Recalling, key: string, add: (recalling: Recalling) => void): void {
  if (recalling.seen.has(key)) return
  recalling.seen.add(key)
  add(recalling)
}
