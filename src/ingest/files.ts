import type { InboundAttachment, InboundFile } from '../channels/channel.ts'
import { derivedId } from '../lib/derived-id.ts'
import { mailObjectKey } from '../store/mail-objects.ts'
import type { AttachmentRow, MessageRow } from '../store/wire.ts'
import { type Draft, addMessageUpdated } from './draft.ts'
import type { AttachmentItem, ItemResult } from './items.ts'
import { addMediaJob, endJob, endJobsOf, openJobsOf } from './jobs.ts'
import { putRow, rowsInGroup } from './rows.ts'

type NewFile = Pick<AttachmentRow, 'type'> & Partial<AttachmentRow>

/** The files of a new message, in their order. */
export function putFiles(draft: Draft, messageId: string, files: readonly NewFile[]): void {
  const { tenantId } = draft.context
  const blank = { mimeType: null, filename: null, size: null, sha256: null, state: 'pending' } as const
  const nowhere = { mediaId: null, sourceUrl: null, announcedKey: null, objectKey: null, error: null }
  for (const [position, file] of files.entries()) {
    const id = derivedId(tenantId, 'attachment', messageId, String(position))
    putRow(draft.attachments, { ...blank, ...nowhere, ...file, tenantId, messageId, position, id })
  }
}

export function addFiles(draft: Draft, messageId: string, files: readonly InboundAttachment[]): void {
  putFiles(
    draft,
    messageId,
    files.map(({ source, ...file }) => {
      if ('objectKey' in source) return { ...file, state: 'ready', objectKey: source.objectKey }
      if ('announcedKey' in source) return { ...file, announcedKey: source.announcedKey }
      return { ...file, mediaId: source.mediaId ?? null, sourceUrl: source.url ?? null }
    }),
  )
}

/** A message is gone, and its files with it. */
export function dropFiles(draft: Draft, message: MessageRow): void {
  const files = rowsInGroup(draft.attachments, message.id)
  const gone = { filename: null, state: 'expired', mediaId: null, sourceUrl: null, objectKey: null } as const
  for (const file of files) {
    if (file.objectKey !== null) draft.removedObjects.push(file.objectKey)
    putRow(draft.attachments, { ...file, ...gone })
  }
  draft.removedObjects.push(...mailObjectsOf(message))
  endJobsOf(draft, [message.id, ...files.map((file) => file.id)])
}

/** Of a mail, the whole of it lies beside its files, and its HTML. */
function mailObjectsOf({ tenantId, channelId, externalId, details }: MessageRow): string[] {
  if (externalId === null || typeof details['mailbox'] !== 'string') return []
  const name = { tenantId, channelId, externalId }
  return [mailObjectKey(name, 'raw'), mailObjectKey(name, 'html')]
}

/**
 * A file that was announced has come, or will not. The copy that is there first stays; that of a message that was taken
 * back, or that needs no file since it is a reply of ours, is not kept. Gives whether anything changed.
 */
export function bringFile(draft: Draft, message: MessageRow, { key, outcome }: InboundFile): boolean {
  const file = findAnnounced(draft, message, key)
  const isWanted = file !== undefined && message.deletedAt === null && file.state !== 'ready'
  const stored = 'stored' in outcome ? outcome.stored : null
  if (!isWanted || (stored === null && file.state !== 'pending')) {
    if (stored !== null && stored.objectKey !== file?.objectKey) draft.removedObjects.push(stored.objectKey)
    return false
  }
  const news = stored === null ? { state: 'failed' as const, error: errorOf(outcome) } : { ...stored, ...arrived }
  putRow(draft.attachments, { ...file, ...news })
  endJobsOf(draft, [file.id]) // nobody has to look whether it came
  return true
}

const arrived = { state: 'ready', error: null } as const
const errorOf = (outcome: InboundFile['outcome']) => ('error' in outcome ? outcome.error : null)

export function findAnnounced(draft: Draft, message: MessageRow, key: string): AttachmentRow | undefined {
  return rowsInGroup(draft.attachments, message.id).find((file) => file.announcedKey === key)
}

/** What became of fetching a file. Once it is there it stays as it is; a report of an earlier attempt changes nothing. */
export function applyAttachment(draft: Draft, item: AttachmentItem): ItemResult {
  const message = draft.messages.byKey.get(item.messageId)
  const file = draft.attachments.byKey.get(item.attachmentId)
  if (message === undefined) return refused('message.not_found')
  if (file === undefined || file.messageId !== message.id) return refused('attachment.not_found')
  if (message.deletedAt !== null || (file.state === 'ready' && item.state !== 'pending')) {
    return leave(draft, message, file, item)
  }
  return item.state === 'pending' ? fetchAgain(draft, message, file) : conclude(draft, message, file, item)
}

const refused = (code: string): ItemResult => ({
  outcome: 'refused',
  messageId: null,
  conversationId: null,
  seq: null,
  code,
})

const duplicate = ({ id, conversationId, seq }: MessageRow): ItemResult => ({
  outcome: 'duplicate',
  messageId: id,
  conversationId,
  seq,
})

/** The message needs nothing any more: an object that came too late is not kept. */
function leave(draft: Draft, message: MessageRow, file: AttachmentRow, { stored }: AttachmentItem): ItemResult {
  if (stored !== undefined && stored.objectKey !== file.objectKey) draft.removedObjects.push(stored.objectKey)
  for (const job of openJobsOf(draft, file.id)) endJob(draft, job, 'done')
  return duplicate(message)
}

function fetchAgain(draft: Draft, message: MessageRow, file: AttachmentRow): ItemResult {
  if (file.state === 'ready' || openJobsOf(draft, file.id).length > 0) return duplicate(message)
  const waiting = { ...file, state: 'pending', error: null } as const
  if (!addMediaJob(draft, message, waiting)) return refused('attachment.not_retryable')
  return show(draft, message, waiting)
}

function conclude(draft: Draft, message: MessageRow, file: AttachmentRow, item: AttachmentItem): ItemResult {
  const open = openJobsOf(draft, file.id)
  const { state, stored, error = null } = item
  if (state === 'ready' && stored !== undefined) {
    for (const job of open) endJob(draft, job, 'done')
    return show(draft, message, { ...file, ...stored, state, error: null })
  }
  // By the job and not by the time: a clock may go back between an attempt and its report.
  const isOld = open.length > 0 && open.every((job) => job.id !== item.jobId)
  if (isOld || file.state !== 'pending') return duplicate(message)
  for (const job of open) endJob(draft, job, 'failed', error)
  return show(draft, message, { ...file, state, error })
}

function show(draft: Draft, message: MessageRow, file: AttachmentRow): ItemResult {
  putRow(draft.attachments, file)
  const seq = addMessageUpdated(draft, message)
  return { outcome: 'applied', messageId: message.id, conversationId: message.conversationId, seq }
}
