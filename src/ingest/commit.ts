import { journalMentions, notes } from '../store/notification-schema.ts'
import * as table from '../store/schema.ts'
import { writeRows } from '../store/write-rows.ts'
import { type Draft, parkedKey } from './draft.ts'
import { changedRows } from './rows.ts'

/** The snapshot a plan was made on is no longer the latest: read again and plan again. Nothing was written. */
export class StalePlanError extends Error {
  /** Another writer came first. Otherwise a row is in the way that the snapshot did not show. */
  readonly isOvertaken: boolean

  constructor(cause: unknown, isOvertaken: boolean) {
    super('Another write came in between', { cause })
    this.name = 'StalePlanError'
    this.isOvertaken = isOvertaken
  }
}

/**
 * Writes a plan: one D1 batch, so all of it or nothing. Its first statement moves the revision on, and fails on NOT NULL
 * when the revision is not the one the plan was made on. So two hubs that overlap can never both commit on one snapshot
 * (G2, G3), and a repetition after a lost answer writes nothing. Gives false when there is nothing to write.
 *
 * `assumesNew`: the plan was made from memory, which cannot know that a message is new. Then the batch also fails when
 * one of its messages is stored already, or when something waits for it.
 */
export async function commitPlan(d1: D1Database, draft: Draft, { assumesNew = false } = {}): Promise<boolean> {
  const statements = planStatements(d1, draft)
  if (statements.length === 0) return false
  try {
    await d1.batch([assumesNew ? moveHeadIfNew(d1, draft) : moveHead(d1, draft), ...statements])
  } catch (error) {
    const text = error instanceof Error ? error.message : ''
    const isOvertaken = /NOT NULL constraint failed: journal_heads\.revision/.test(text)
    if (isOvertaken || /UNIQUE constraint failed/.test(text)) throw new StalePlanError(error, isOvertaken)
    throw error
  }
  return true
}

function moveHead(d1: D1Database, { context, head }: Draft): D1PreparedStatement {
  return d1
    .prepare(
      `update journal_heads set seq = ?2, revision = case when revision = ?3 then revision + 1 end where tenant_id = ?1`,
    )
    .bind(context.tenantId, head.seq, head.revision)
}

/** A message of this batch is new where its number is of this batch. The joins are crossed so that the list leads: two look-ups for each message. */
function moveHeadIfNew(d1: D1Database, draft: Draft): D1PreparedStatement {
  const { context, head, baseSeq, messages } = draft
  const added = changedRows(messages).filter((row) => row.seq > baseSeq)
  const unnamed = added.flatMap((row) => (row.externalId === null ? row.id : []))
  const isKnown =
    unnamed.length === 0
      ? ''
      : `when exists (select 1 from json_each(?5) cross join messages m
           on m.tenant_id = ?1 and m.id = value) then null`
  return d1
    .prepare(
      `update journal_heads set seq = ?2, revision = case
         when revision <> ?3 then null ${isKnown}
         when exists (select 1 from json_each(?4) cross join messages m
           on m.tenant_id = ?1 and m.channel_id = value ->> 0 and m.external_id = value ->> 1) then null
         when exists (select 1 from json_each(?4) cross join parked_items p
           on p.tenant_id = ?1 and p.channel_id = value ->> 0 and p.target_external_id = value ->> 1) then null
         else revision + 1 end where tenant_id = ?1`,
    )
    .bind(
      context.tenantId,
      head.seq,
      head.revision,
      JSON.stringify(added.map((row) => [row.channelId, row.externalId])),
      ...(unnamed.length === 0 ? [] : [JSON.stringify(unnamed)]),
    )
}

function planStatements(d1: D1Database, draft: Draft): D1PreparedStatement[] {
  return [
    ...releaseExternalIds(d1, draft),
    ...writeRows(d1, table.contacts, changedRows(draft.contacts), 'upsert'),
    ...writeRows(d1, table.contactAliases, changedRows(draft.aliases), 'upsert'),
    ...writeRows(d1, table.conversations, changedRows(draft.conversations), 'upsert'),
    ...writeRows(d1, table.messages, changedRows(draft.messages), 'upsert'),
    ...writeRows(d1, table.attachments, changedRows(draft.attachments), 'upsert'),
    ...writeRows(d1, table.reactions, changedRows(draft.reactions), 'upsert'),
    ...writeRows(d1, table.parkedItems, changedRows(draft.parked), 'upsert'),
    ...writeRows(d1, table.jobs, addedJobs(draft), 'ignore'),
    ...writeRows(d1, table.channelHealth, changedRows(draft.health), 'upsert'),
    ...writeRows(d1, table.journalEvents, draft.events, 'insert'),
    ...writeRows(d1, journalMentions, draft.concerned, 'insert'),
    ...writeRows(d1, notes, draft.notes, 'insert'),
    ...dropParked(d1, draft),
    ...moveMerged(d1, draft),
    ...scrubJournal(d1, draft),
    ...endJobs(d1, draft),
    ...dropJobs(d1, draft),
    ...learnAccountIds(d1, draft),
  ]
}

/** Before rows are written: an external id that changes hands would be there twice in between. */
function releaseExternalIds(d1: D1Database, { context, released }: Draft): D1PreparedStatement[] {
  if (released.length === 0) return []
  const statement = d1.prepare(
    `update messages set external_id = null where tenant_id = ?1 and id in (select value from json_each(?2))`,
  )
  return [statement.bind(context.tenantId, JSON.stringify(released))]
}

const addedJobs = ({ jobs, addedJobs: ids }: Draft) => [...ids].flatMap((id) => jobs.byKey.get(id) ?? [])

/** Only those still open: whoever works on a job may have ended it meanwhile. Nearly all end alike: one statement for each end. */
function endJobs(d1: D1Database, { context, jobs, endedJobs }: Draft): D1PreparedStatement[] {
  const ends = Map.groupBy(
    [...endedJobs].flatMap((id) => jobs.byKey.get(id) ?? []),
    ({ state, lastError }) => JSON.stringify([state, lastError]),
  )
  const statement = d1.prepare(
    `update jobs set state = ?2 ->> 0, last_error = ?2 ->> 1, lease_until = null, result = null
       where tenant_id = ?1 and id in (select value from json_each(?3)) and state in ('due', 'running', 'sending')`,
  )
  return [...ends].map(([end, ended]) =>
    statement.bind(context.tenantId, end, JSON.stringify(ended.map((job) => job.id))),
  )
}

/** What a platform said of something that was taken back goes too. */
function dropJobs(d1: D1Database, { context, endedSubjects }: Draft): D1PreparedStatement[] {
  if (endedSubjects.length === 0) return []
  const statement = d1.prepare(
    `update jobs set result = null, lease_until = null,
         state = case when state in ('due', 'running', 'sending') then 'failed' else state end
       where tenant_id = ?1 and subject_id in (select value from json_each(?2))`,
  )
  return [statement.bind(context.tenantId, JSON.stringify(endedSubjects))]
}

/** One that was taken and put back in the same batch stays. */
function dropParked(d1: D1Database, { context, unparked, parked }: Draft): D1PreparedStatement[] {
  const gone = unparked.filter((row) => !parked.byKey.has(parkedKey(row)))
  if (gone.length === 0) return []
  const keys = JSON.stringify(gone.map((row) => [row.channelId, row.targetExternalId, row.key]))
  const statement = d1.prepare(
    `delete from parked_items where tenant_id = ?1
       and (channel_id, target_external_id, "key") in (select value ->> 0, value ->> 1, value ->> 2 from json_each(?2))`,
  )
  return [statement.bind(context.tenantId, keys)]
}

function moveMerged(d1: D1Database, { context, merges, contactMerges }: Draft): D1PreparedStatement[] {
  const moveAliases = d1.prepare(`update contact_aliases set contact_id = ?3 where tenant_id = ?1 and contact_id = ?2`)
  const moveMessages = d1.prepare(
    `update messages set conversation_id = ?3 where tenant_id = ?1 and conversation_id = ?2`,
  )
  const moveSends = d1.prepare(
    `update jobs set conversation_id = ?3 where tenant_id = ?1 and conversation_id = ?2
       and kind = 'send' and state in ('due', 'running', 'sending')`,
  )
  const moveNotes = d1.prepare(`update notes set conversation_id = ?3 where tenant_id = ?1 and conversation_id = ?2`)
  return [
    ...contactMerges.map((merge) => moveAliases.bind(context.tenantId, merge.fromContactId, merge.toContactId)),
    ...merges.flatMap(({ fromConversationId, toConversationId }) =>
      [moveMessages, moveSends, moveNotes].map((move) =>
        move.bind(context.tenantId, fromConversationId, toConversationId),
      ),
    ),
  ]
}

/**
 * What an author took back must not stay readable in the journal: neither in its own events nor as a list's preview,
 * whatever it said before it was edited, also in conversations that became part of this one. The preview that the
 * conversation shows now is another message's.
 */
function scrubJournal(d1: D1Database, { context, scrubs, conversations }: Draft): D1PreparedStatement[] {
  const inConversation = `conversation_id in (
      with recursive own (id) as (
        select ?2 union select c.id from conversations c join own on c.merged_into = own.id where c.tenant_id = ?1
      ) select id from own)`
  const scrubMessage = d1.prepare(
    `update journal_events set data = json_set(data, '$.message.content', '', '$.message.details', json('{}'),
         '$.message.attachments', json('[]'), '$.message.deleted_at', ?4)
       where tenant_id = ?1 and ${inConversation} and type in ('new_message', 'message_updated')
         and data ->> '$.message.id' = ?3`,
  )
  const scrubPreview = d1.prepare(
    `update journal_events set data = json_set(data, '$.conversation.last_message_preview', '')
       where tenant_id = ?1 and ${inConversation} and data ->> '$.conversation.last_message_at' = ?3
         and data ->> '$.conversation.last_message_preview' <> ?4`,
  )
  return scrubs.flatMap(({ messageId, conversationId, createdAt, deletedAt }) => {
    const shown = conversations.byKey.get(conversationId)?.lastMessagePreview ?? ''
    const [sentAt, takenBackAt] = [createdAt, deletedAt].map((at) => new Date(at).toISOString())
    return [
      scrubMessage.bind(context.tenantId, conversationId, messageId, takenBackAt),
      scrubPreview.bind(context.tenantId, conversationId, sentAt, shown),
    ]
  })
}

function learnAccountIds(d1: D1Database, { context, accountIds }: Draft): D1PreparedStatement[] {
  const statement = d1.prepare(
    `update channels set account_id = ?3 where tenant_id = ?1 and id = ?2 and account_id is not ?3`,
  )
  return [...accountIds].map(([channelId, accountId]) => statement.bind(context.tenantId, channelId, accountId))
}
