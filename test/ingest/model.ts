import type { Draft, PlanContext } from '../../src/ingest/draft.ts'
import type { IngestItem, ItemResult } from '../../src/ingest/items.ts'
import { isOpenJob } from '../../src/ingest/jobs.ts'
import { planItems } from '../../src/ingest/plan.ts'
import type { EventRow, Snapshot } from '../../src/ingest/snapshot.ts'
import { stepAlert } from '../../src/notifications/channel-alert.ts'

export const tenantId = '11111111-1111-4111-8111-111111111111'
export const channel = { id: '22222222-2222-4222-8222-222222222222', platform: 'whatsapp' as const }
export const now = Date.UTC(2026, 10, 23, 12)

export function contextOf(of: string): PlanContext {
  return { tenantId: of, now, replyWindow: () => 86_400_000, hasProfiles: () => false, stepAlert }
}

/** The whole database in memory: every plan is made on all of it. */
export type Model = { tables: Snapshot; events: EventRow[] }

export function emptyModel(of = tenantId): Model {
  const head = { tenantId: of, seq: 0, epoch: 'e', revision: 0 }
  const none = { aliases: [], contacts: [], conversations: [], messages: [], attachments: [], reactions: [] }
  const rest = { passing: [], parked: [], health: [], jobs: [], readMarks: [], eventKeys: [] }
  return { tables: { head, ...none, ...rest }, events: [] }
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

function tablesAfter(draft: Draft): Omit<Snapshot, 'readMarks' | 'eventKeys' | 'head' | 'passing'> {
  return {
    aliases: [...draft.aliases.byKey.values()],
    contacts: [...draft.contacts.byKey.values()],
    conversations: [...draft.conversations.byKey.values()],
    messages: [...draft.messages.byKey.values()],
    attachments: [...draft.attachments.byKey.values()],
    reactions: [...draft.reactions.byKey.values()],
    parked: [...draft.parked.byKey.values()],
    health: [...draft.health.byKey.values()],
    jobs: [...draft.jobs.byKey.values()],
  }
}

export type Applied = { model: Model; results: ItemResult[]; removedObjects: string[] }

/** Plans and "commits" one batch; a plan without changes commits nothing. */
export function apply(model: Model, items: readonly IngestItem[], at = now, more: Partial<PlanContext> = {}): Applied {
  const snapshot = {
    ...model.tables,
    readMarks: readMarksOf(model.tables),
    eventKeys: model.events.map((row) => row.key),
  }
  const context = { ...contextOf(model.tables.head.tenantId), now: at, ...more }
  const { draft, results } = planItems(snapshot, items, context)
  const keys = new Set([...model.events, ...draft.events].map((row) => row.key))
  if (keys.size !== model.events.length + draft.events.length) throw new Error('An event key came twice')
  const head = { ...draft.head, revision: draft.head.revision + 1 }
  const events = [...model.events, ...draft.events]
  const tables = { ...tablesAfter(draft), head, passing: [], readMarks: [], eventKeys: [] }
  return { model: { tables, events }, results, removedObjects: draft.removedObjects }
}

export function applyAll(batches: readonly (readonly IngestItem[])[], at = now): Model {
  return batches.reduce((model, batch) => apply(model, batch, at).model, emptyModel())
}

/** What the outbox does between two batches: every job that may begin is at the request that must not be repeated. */
export function beginSending(model: Model): Model {
  const begun = (job: Snapshot['jobs'][number]) =>
    job.state === 'due' && job.kind === 'send' ? { ...job, state: 'sending' as const, attempts: job.attempts + 1 } : job
  return { ...model, tables: { ...model.tables, jobs: model.tables.jobs.map(begun) } }
}

/** The rows without what depends on arrival: journal numbers and derived ids, replaced by what they stand for. */
export function settled({ tables: all }: Model) {
  // A tombstone of an echo that was stored before its message was known says only in which order things came.
  const tables = { ...all, messages: all.messages.filter((row) => row.details['duplicate_of'] === undefined) }
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
    openJobs: tables.jobs
      .filter(isOpenJob)
      .map((row) => `${row.kind} ${row.subjectId}`)
      .sort(),
    marks: tables.contacts
      .filter((row) => aliasesOf(row.id) !== '')
      .map((row) => `${aliasesOf(row.id)} ${row.deliveredUntil} ${row.readUntil}`)
      .sort(),
    attachments: tables.attachments
      .filter((row) => externalIds.has(row.messageId))
      .map((row) => `${externalIds.get(row.messageId)} ${row.position} ${row.state}`)
      .sort(),
  }
}
