import type { Draft } from '../../src/ingest/draft.ts'
import type { IngestItem, ItemResult } from '../../src/ingest/items.ts'
import { planItems } from '../../src/ingest/plan.ts'
import type { EventRow, Snapshot } from '../../src/ingest/snapshot.ts'

export const tenantId = '11111111-1111-4111-8111-111111111111'
export const channel = { id: '22222222-2222-4222-8222-222222222222', platform: 'whatsapp' as const }
export const now = Date.UTC(2026, 10, 23, 12)

/** The whole database in memory: every plan is made on all of it. */
export type Model = { tables: Snapshot; events: EventRow[] }

export function emptyModel(): Model {
  const head = { tenantId, seq: 0, epoch: 'e', revision: 0 }
  const none = { aliases: [], contacts: [], conversations: [], messages: [], attachments: [], reactions: [] }
  return { tables: { head, ...none, parked: [], health: [], readMarks: [], eventKeys: [] }, events: [] }
}

function readMarksOf({ messages }: Snapshot): Snapshot['readMarks'] {
  return messages.map((mark) => ({
    messageId: mark.id,
    conversationId: mark.conversationId,
    seq: mark.seq,
    unreadAfter: messages.filter(
      (row) => row.conversationId === mark.conversationId && row.countsUnread && row.seq > mark.seq,
    ).length,
  }))
}

function tablesAfter(draft: Draft): Omit<Snapshot, 'readMarks' | 'eventKeys' | 'head'> {
  return {
    aliases: [...draft.aliases.byKey.values()],
    contacts: [...draft.contacts.byKey.values()],
    conversations: [...draft.conversations.byKey.values()],
    messages: [...draft.messages.byKey.values()],
    attachments: [...draft.attachments.byKey.values()],
    reactions: [...draft.reactions.byKey.values()],
    parked: [...draft.parked.byKey.values()],
    health: [...draft.health.byKey.values()],
  }
}

/** Plans and "commits" one batch; a plan without changes commits nothing. */
export function apply(model: Model, items: readonly IngestItem[], at = now): { model: Model; results: ItemResult[] } {
  const snapshot = {
    ...model.tables,
    readMarks: readMarksOf(model.tables),
    eventKeys: model.events.map((row) => row.key),
  }
  const { draft, results } = planItems(snapshot, items, { tenantId, now: at, replyWindow: () => 86_400_000 })
  const keys = new Set([...model.events, ...draft.events].map((row) => row.key))
  if (keys.size !== model.events.length + draft.events.length) throw new Error('An event key came twice')
  const head = { ...draft.head, revision: draft.head.revision + 1 }
  const events = [...model.events, ...draft.events]
  return { model: { tables: { ...tablesAfter(draft), head, readMarks: [], eventKeys: [] }, events }, results }
}

export function applyAll(batches: readonly (readonly IngestItem[])[], at = now): Model {
  return batches.reduce((model, batch) => apply(model, batch, at).model, emptyModel())
}

/** The rows without what depends on arrival: journal numbers and derived ids, replaced by what they stand for. */
export function settled({ tables }: Model) {
  const externalIds = new Map(tables.messages.map((row) => [row.id, row.externalId]))
  const aliasesOf = (contactId: string): string =>
    tables.aliases
      .filter((row) => row.contactId === contactId)
      .map((row) => `${row.kind}:${row.value}`)
      .sort()
      .join(' ')
  const live = tables.conversations.filter((row) => row.status !== 'merged')
  const whose = new Map(live.map((row) => [row.id, aliasesOf(row.contactId)]))
  return {
    messages: tables.messages
      .map((row) => ({ ...row, seq: 0, conversationId: whose.get(row.conversationId) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    conversations: live
      .map((row) => ({
        whose: whose.get(row.id),
        name: row.clientName,
        address: row.externalId,
        unread: row.unreadCount,
        lastMessageAt: row.lastMessageAt,
        lastInboundAt: row.lastInboundAt,
        last: tables.messages.find((message) => message.id === row.lastMessageId)?.createdAt,
      }))
      .sort((a, b) => String(a.whose).localeCompare(String(b.whose))),
    reactions: tables.reactions
      .map((row) => `${externalIds.get(row.messageId)} ${row.by} ${row.emoji} ${row.at}`)
      .sort(),
    parked: tables.parked.map((row) => `${row.targetExternalId} ${row.key} ${JSON.stringify(row.item)}`).sort(),
    attachments: tables.attachments
      .map((row) => `${externalIds.get(row.messageId)} ${row.position} ${row.state}`)
      .sort(),
  }
}
