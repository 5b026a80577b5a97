import { derivedId } from '../lib/derived-id.ts'
import type { MessageError } from '../protocol/message.ts'
import type { JobRow } from '../store/jobs.ts'
import type { AttachmentRow, ConversationRow, MessageRow } from '../store/wire.ts'
import { type Draft, platformOf } from './draft.ts'
import type { IngestOutcome } from './items.ts'
import { putRow, rowsInGroup } from './rows.ts'

/** How long a file that was announced may take, in ms. */
const announcedPatienceMs = 48 * 3_600_000

type NewJob = Pick<JobRow, 'kind' | 'channelId' | 'conversationId' | 'messageId' | 'subjectId' | 'seq'>

export function isOpenJob({ state }: Pick<JobRow, 'state'>): boolean {
  return state === 'due' || state === 'running' || state === 'sending'
}

export function openJobsOf(draft: Draft, subjectId: string): JobRow[] {
  return rowsInGroup(draft.jobs, subjectId).filter(isOpenJob)
}

/** Writes work down, to begin `afterMs` after `at`, or after now if that is earlier. Each attempt at one subject has an id of its own, always the same. */
function addJob(draft: Draft, job: NewJob, at: number, afterMs = 0): void {
  const { tenantId, now } = draft.context
  const row: JobRow = {
    tenantId,
    id: freeId(draft, job),
    ...job,
    state: 'due',
    attempts: 0,
    dueAt: Math.min(at, now) + afterMs,
    leaseUntil: null,
    result: null,
    lastError: null,
    handedTo: null,
    createdAt: at,
  }
  draft.addedJobs.add(row.id)
  putRow(draft.jobs, row)
}

function freeId(draft: Draft, { kind, subjectId }: NewJob): string {
  for (let attempt = 1; ; attempt++) {
    const id = derivedId(draft.context.tenantId, 'job', kind, subjectId, String(attempt))
    if (!draft.jobs.byKey.has(id)) return id
  }
}

export function addSendJob(draft: Draft, message: MessageRow, { at, seq }: { at: number; seq: number }): void {
  const { id, channelId, conversationId } = message
  addJob(draft, { kind: 'send', channelId, conversationId, messageId: id, subjectId: id, seq }, at)
}

/** A file that cannot be asked for by anything is not asked for. */
export function addMediaJob(draft: Draft, message: MessageRow, file: AttachmentRow): boolean {
  if (file.state !== 'pending' || (file.mediaId === null && file.sourceUrl === null)) return false
  const { id, channelId, conversationId, seq } = message
  const job = { kind: 'media', channelId, conversationId, messageId: id, subjectId: file.id, seq } as const
  addJob(draft, job, draft.context.now)
  return true
}

/** What somebody else brings is waited for, and then shown as missing. */
export function addPatienceJob(draft: Draft, message: MessageRow, file: AttachmentRow): void {
  if (file.state !== 'pending') return
  const { id, channelId, conversationId, seq } = message
  const job = { kind: 'media', channelId, conversationId, messageId: id, subjectId: file.id, seq } as const
  addJob(draft, job, draft.context.now, announcedPatienceMs)
}

/** Asks the platform who a contact is that nobody named. Once: a conversation is new but once. */
export function addProfileJob(draft: Draft, conversation: ConversationRow, message: MessageRow): void {
  const contact = draft.contacts.byKey.get(conversation.contactId)
  if (contact === undefined || contact.name !== null || !draft.context.hasProfiles(conversation.platform)) return
  const { id: conversationId, channelId, contactId } = conversation
  const job = { kind: 'profile', channelId, conversationId, messageId: message.id, subjectId: contactId } as const
  addJob(draft, { ...job, seq: message.seq }, draft.context.now)
}

export function endJob(draft: Draft, job: JobRow, state: 'done' | 'failed', error: MessageError | null = null): void {
  if (!isOpenJob(job)) return
  draft.endedJobs.add(job.id)
  putRow(draft.jobs, { ...job, state, leaseUntil: null, result: null, lastError: error })
}

/** What the work was for is gone. Ends also jobs that this batch has not read. */
export function endJobsOf(draft: Draft, subjectIds: readonly string[]): void {
  draft.endedSubjects.push(...subjectIds)
  for (const job of subjectIds.flatMap((id) => openJobsOf(draft, id))) endJob(draft, job, 'failed')
}

export function beginnableJobs(draft: Draft): IngestOutcome['jobs'] {
  const { jobs, addedJobs, context } = draft
  return [...addedJobs].flatMap((id) => {
    const job = jobs.byKey.get(id)
    return job !== undefined && isOpenJob(job) && job.dueAt <= context.now
      ? [
          {
            id,
            kind: job.kind,
            channelId: job.channelId,
            platform: platformOf(draft, job.conversationId),
            seq: job.seq,
          },
        ]
      : []
  })
}
