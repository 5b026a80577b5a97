import { AppError } from '../lib/app-error.ts'
import { openDatabase } from '../store/database.ts'
import { StalePlanError, commitPlan } from './commit.ts'
import { type PlanContext, toCommittedEvent } from './draft.ts'
import { beginnableJobs } from './jobs.ts'
import type { IngestItem, IngestOutcome } from './items.ts'
import { type Memory, createMemory, forget, recall, remember } from './memory.ts'
import { type Plan, planItems } from './plan.ts'
import { readSnapshot } from './snapshot.ts'

/** A plan goes stale only while two hubs of one tenant overlap; more than a few times in a row is something else. */
const maxAttempts = 5

/** What an ingest works with: the plan's context, and rows the caller remembers from earlier batches, if any. */
export type IngestContext = PlanContext & { memory?: Memory }

/**
 * Stores a batch of items: read, plan, one D1 batch. What `memory` still knows is not read. An item that cannot be
 * stored is refused by itself; the others are stored as if it had not been there. Throws when the database cannot be
 * reached, or other writers come first every time: nothing, or everything, was stored, and a repetition finds out which.
 */
export async function ingest(
  d1: D1Database,
  items: readonly IngestItem[],
  context: IngestContext,
): Promise<IngestOutcome> {
  const memory = context.memory ?? createMemory()
  try {
    return await ingestTogether(d1, items, { ...context, memory })
  } catch (error) {
    forget(memory)
    if (!isItemsFault(error)) throw error
    return ingestApart(d1, items, context)
  }
}

async function ingestTogether(
  d1: D1Database,
  items: readonly IngestItem[],
  context: PlanContext & { memory: Memory },
): Promise<IngestOutcome> {
  for (let attempt = 1; ; attempt++) {
    const recalled = attempt === 1 ? recall(context.memory, items) : null
    const snapshot = recalled ?? (await readSnapshot(openDatabase(d1), context.tenantId, items))
    const plan = planItems(snapshot, items, context)
    try {
      const isCommitted = await commitPlan(d1, plan.draft, { assumesNew: recalled !== null })
      // "Stored already" is never said from memory alone: after a restore the database may know less.
      if (recalled !== null && !isCommitted) continue
      remember(context.memory, plan.draft, isCommitted)
      return outcomeOf(plan, isCommitted)
    } catch (error) {
      forget(context.memory)
      if (!(error instanceof StalePlanError) || attempt >= maxAttempts) throw error
    }
  }
}

function outcomeOf({ draft, results }: Plan, isCommitted: boolean): IngestOutcome {
  return {
    results,
    events: draft.events.map(toCommittedEvent),
    head: { seq: draft.head.seq, epoch: draft.head.epoch },
    isJournalRewritten: isCommitted && draft.scrubs.length > 0,
    removedObjects: draft.removedObjects,
    jobs: beginnableJobs(draft),
  }
}

/** Whether trying the items in smaller groups can help: the fault is in one of them, not in the database or other writers. */
function isItemsFault(error: unknown): boolean {
  if (error instanceof StalePlanError) return !error.isOvertaken
  if (error instanceof AppError) return false
  const text = error instanceof Error ? `${error.message} ${String(error.cause)}` : ''
  return (
    !/D1_ERROR|network|internal error|timeout|reset|overloaded/i.test(text) ||
    /SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)|D1_TYPE_ERROR|too big/.test(text)
  )
}

/** Halves the group until the item at fault stands alone. */
async function ingestApart(
  d1: D1Database,
  items: readonly IngestItem[],
  context: IngestContext,
): Promise<IngestOutcome> {
  if (items.length <= 1) return refuse(d1, items, context)
  const middle = Math.ceil(items.length / 2)
  const first = await ingest(d1, items.slice(0, middle), context)
  const second = await ingest(d1, items.slice(middle), context)
  return {
    results: [...first.results, ...second.results],
    events: [...first.events, ...second.events],
    head: second.head,
    isJournalRewritten: first.isJournalRewritten || second.isJournalRewritten,
    removedObjects: [...first.removedObjects, ...second.removedObjects],
    jobs: [...first.jobs, ...second.jobs],
  }
}

async function refuse(d1: D1Database, items: readonly IngestItem[], { tenantId }: PlanContext): Promise<IngestOutcome> {
  const { head } = await readSnapshot(openDatabase(d1), tenantId, [])
  const refused = {
    outcome: 'refused',
    messageId: null,
    conversationId: null,
    seq: null,
    code: 'item.refused',
  } as const
  return {
    results: items.map(() => refused),
    events: [],
    head: { seq: head.seq, epoch: head.epoch },
    isJournalRewritten: false,
    removedObjects: [],
    jobs: [],
  }
}
