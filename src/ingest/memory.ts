import { type Draft, type Tables, aliasKey, createTables, messageKey } from './draft.ts'
import type { IngestItem } from './items.ts'
import { type Rows, placeRow, rowsInGroup } from './rows.ts'
import type { HeadRow, Snapshot } from './snapshot.ts'

/** Rows kept at most; past that everything is forgotten and read again as needed. */
const maxRows = 5_000

/**
 * Rows as this writer last read or wrote them. Never the truth: a plan made on them commits only while the revision is
 * still `head.revision`, so what another writer changed meanwhile is noticed by the database (see `commit.ts`).
 */
export type Memory = { head: HeadRow | null; tables: Tables }

const nothing = {
  aliases: [],
  contacts: [],
  conversations: [],
  messages: [],
  attachments: [],
  reactions: [],
  parked: [],
  health: [],
}

export function createMemory(): Memory {
  return { head: null, tables: createTables(nothing) }
}

export function forget(memory: Memory): void {
  memory.head = null
  memory.tables = createTables(nothing)
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
    keep(memory.tables.messages, draft.messages)
    keep(memory.tables.attachments, draft.attachments)
    keep(memory.tables.reactions, draft.reactions)
    keep(memory.tables.health, draft.health)
    memory.head = { ...draft.head, revision: draft.head.revision + (isCommitted ? 1 : 0) }
  }
}

function keep<Row extends object>(kept: Rows<Row>, rows: Rows<Row>): void {
  for (const row of rows.byKey.values()) placeRow(kept, row)
}

/**
 * The snapshot that these items need, as far as memory has it; null when something has to be read. That a new message is
 * not stored yet, and that nothing waits for it, cannot be remembered: the commit has to check it (`assumesNew`).
 */
export function recall({ head, tables }: Memory, items: readonly IngestItem[]): Snapshot | null {
  if (head === null) return null
  const rows = structuredClone(nothing) as Pick<Snapshot, keyof Tables>
  const snapshot: Snapshot = { ...rows, head, readMarks: [], eventKeys: [] }
  const seen = new Set<string>()
  for (const item of items) {
    if (!recallItem(tables, item, { snapshot, seen })) return null
  }
  return snapshot
}

type Recalling = { snapshot: Snapshot; seen: Set<string> }

function recallItem(tables: Tables, { channel, item }: IngestItem, recalling: Recalling): boolean {
  if (channel === undefined) return false
  const health = tables.health.byKey.get(channel.id)
  if (health === undefined) return false
  once(recalling, `health ${channel.id}`, ({ snapshot }) => snapshot.health.push(health))
  if (item.kind === 'message') {
    recallMessage(tables, messageKey(channel.id, item.externalId), recalling)
    return item.contact.aliases.every((alias) =>
      recallContact(tables, aliasKey(channel.id, alias.kind, alias.value), recalling),
    )
  }
  return 'targetExternalId' in item && recallMessage(tables, messageKey(channel.id, item.targetExternalId), recalling)
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

function recallMessage(tables: Tables, key: string, recalling: Recalling): boolean {
  const message = tables.messages.byKey.get(key)
  const conversation = message === undefined ? undefined : tables.conversations.byKey.get(message.conversationId)
  if (message === undefined || conversation === undefined) return false
  once(recalling, `message ${key}`, ({ snapshot }) => {
    snapshot.messages.push(message)
    snapshot.conversations.push(conversation)
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
