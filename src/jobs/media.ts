import type { MediaHandle, MediaLocation, PlatformFailure } from '../channels/outbound.ts'
import { fileRules } from '../channels/registry.ts'
import type { AttachmentItem, ItemResult } from '../ingest/items.ts'
import { errorFields, log } from '../lib/log.ts'
import { type Slots, createSlots } from '../lib/slots.ts'
import { healthAfterFailure } from '../outbox/health-report.ts'
import { type OpenChannel, openChannel } from '../outbox/open-channel.ts'
import { type FileOfMessage, findFileOfMessage } from '../store/attachments.ts'
import { type JobRow, extendLease } from '../store/jobs.ts'
import type { JobDeps, JobVerdict } from './job-deps.ts'
import { mediaPlaces } from './media-address.ts'
import { type FetchedFile, type Ways, fetchFile } from './media-fetch.ts'
import { objectKeyOf, removeLeftovers } from './media-objects.ts'
import { type MediaFailure, failureOf, maxFileBytes, mediaFailures, pauseBeforeNext } from './media-rules.ts'
import { type FileFacts, factsOf, storeFile } from './media-store.ts'
import { typeOfFile } from './media-type.ts'

/** How long one attempt may take, in ms. */
const attemptMs = 4 * 60_000
/** Longer than an attempt may last. */
const leaseMs = 5 * 60_000
/** The copy is there and only has to be reported, in ms. */
const retellMs = 15_000

/** Each file under way holds a part or two of itself in memory, and all of a batch share one isolate. */
const maxFilesAtOnce = 4
const slots = new WeakMap<JobDeps, Slots>()

function slotsOf(deps: JobDeps): Slots {
  const known = slots.get(deps) ?? createSlots(maxFilesAtOnce)
  slots.set(deps, known)
  return known
}

type Copied = { ok: true; key: string; facts: FileFacts } | { ok: false; failure: MediaFailure }
type Work = { job: JobRow; deps: JobDeps; subject: FileOfMessage }

/**
 * Copies a file of a message to R2. It may break off anywhere: the object appears only when it is whole and right, its key
 * is known from the job's row, and the next attempt takes an object that the last one could not report.
 */
export async function runMedia(job: JobRow, deps: JobDeps): Promise<JobVerdict> {
  const subject = await findFileOfMessage(deps.db, job.tenantId, job.subjectId)
  if (subject === undefined) return { kind: 'done' }
  const work = { job, deps, subject }
  if (isMissing(subject)) return endOrPostpone(work, mediaFailures.notBrought())
  if (!isWanted(subject)) {
    await tidy(work, subject)
    return { kind: 'done' }
  }
  const copied = (await findEarlierObject(work)) ?? (await slotsOf(deps)(() => copyFile(work)))
  return copied.ok ? handOver(work, copied) : endOrPostpone(work, copied.failure)
}

/** A message that was taken back has no handles any more; one that is ready, or was given up, needs nothing. */
function isWanted({ file, message }: FileOfMessage): boolean {
  return message.deletedAt === null && file.state === 'pending' && (file.mediaId !== null || file.sourceUrl !== null)
}

/** Announced, and its time is up. */
function isMissing({ file, message }: FileOfMessage): boolean {
  return message.deletedAt === null && file.state === 'pending' && file.announcedKey !== null
}

// ---------------------------------------------------------------- getting it

/** What an earlier attempt stored and could not tell of any more. The address may have died since. */
async function findEarlierObject({ job, deps }: Work): Promise<Copied | null> {
  for (let attempt = job.attempts - 1; attempt > 0; attempt--) {
    const key = objectKeyOf(job, attempt)
    const object = await deps.env.BUCKET.get(key).catch(() => null) // unreachable storage fails the copy that follows
    if (object !== null) return { ok: true, key, facts: await factsOf(object) }
  }
  return null
}

async function copyFile(work: Work): Promise<Copied> {
  const { job, deps, subject } = work
  const { type, sha256 } = subject.file
  const opening = await openChannel(deps, job.tenantId, job.channelId)
  if (!opening.ok) {
    return failed(opening.reason === 'credentials' ? mediaFailures.noCredentials() : mediaFailures.noWay())
  }
  const { open } = opening
  const signal = AbortSignal.timeout(attemptMs)
  const found = await openFile(work, open, signal)
  if (!found.ok) return failed(found.failure)
  if (isErrorPage(found.file, work)) return failed(mediaFailures.refused())
  const key = objectKeyOf(job, job.attempts)
  const told = { kind: type, mimeType: subject.file.mimeType ?? found.location.mimeType ?? found.file.mimeType }
  const stored = await storeFile(found.file.stream, {
    bucket: deps.env.BUCKET,
    key,
    expected: {
      maxBytes: maxFileBytes(fileRules(open.channel.platform), type),
      length: found.file.length,
      sha256: [sha256, found.location.sha256].filter((said) => said != null),
    },
    typeOf: (head) => typeOfFile(head, told),
    signal,
    isStillMine: () => extendLease(deps.db, job, { now: deps.now(), leaseMs }),
  })
  return stored.ok ? { ok: true, key, facts: stored.facts } : stored
}

const failed = (failure: MediaFailure) => ({ ok: false, failure }) as const

type Opened = { ok: true; file: FetchedFile; location: MediaLocation } | { ok: false; failure: MediaFailure }

/** Asks where the file is and opens it there. When that address is dead, the platform is asked for another, once. */
async function openFile(work: Work, open: OpenChannel, signal: AbortSignal): Promise<Opened> {
  const { config, fetch } = work.deps
  const { file, message } = work.subject
  const ways = { places: mediaPlaces(open.calls.mediaHosts ?? [], config), fetch, signal }
  const handle = { mediaId: file.mediaId, url: file.sourceUrl }
  const first = await openAt(await locate(work, open, handle), ways)
  if (first.ok || !first.isGone || message.externalId === null) return first
  const expired = { messageExternalId: message.externalId, position: file.position }
  return openAt(await locate(work, open, { ...handle, expired }), ways)
}

async function openAt(located: Located, ways: Ways): Promise<Opened & { isGone?: boolean }> {
  if (!located.ok) return located
  const { location } = located
  const file = await fetchFile(location, ways)
  return file.ok ? { ok: true, file, location } : file
}

/** Meta's file hosts may answer 200 with a page that asks to sign in. */
function isErrorPage(file: FetchedFile, { subject }: Work): boolean {
  return subject.file.type !== 'document' && file.mimeType?.toLowerCase().startsWith('text/html') === true
}

type Located = { ok: true; location: MediaLocation } | { ok: false; failure: MediaFailure }

async function locate(work: Work, open: OpenChannel, handle: MediaHandle): Promise<Located> {
  if (open.calls.locateMedia === undefined) return failed(mediaFailures.noWay())
  const answer = await open.calls.locateMedia(handle, open.io)
  if (answer.ok) return { ok: true, location: answer.value }
  await reportTrouble(work, open, answer)
  return failed(failureOf(answer))
}

/** A token that no longer works stops more than this file (G9). */
async function reportTrouble(work: Work, { channel, health: known }: OpenChannel, failure: PlatformFailure) {
  const { job, deps } = work
  // A channel that was never given a token receives messages all the same.
  const health = failure.error.code === 'credentials.missing' ? null : healthAfterFailure(failure, known, deps.now())
  if (health === null) return
  try {
    await deps.receive(job.tenantId, [{ channel: { id: channel.id, platform: channel.platform }, item: health }])
  } catch (error) {
    log('warn', 'media.health_not_told', { ...idsOf(work), ...errorFields(error) })
  }
}

// ---------------------------------------------------------------- telling of it

async function handOver(work: Work, { key, facts }: { key: string; facts: FileFacts }): Promise<JobVerdict> {
  const { job, deps } = work
  const result = await tell(work, { state: 'ready', stored: { objectKey: key, ...facts } })
  if (result === null) return postpone(work, mediaFailures.notTold(), retellMs)
  log('info', 'media.stored', { ...idsOf(work), size: facts.size, attempts: job.attempts, outcome: result.outcome })
  const now = await findFileOfMessage(deps.db, job.tenantId, job.subjectId)
  if (now !== undefined) await tidy(work, now)
  return { kind: 'done' }
}

/** Somebody else may have been faster, or the message was taken back meanwhile: only what the row names stays. */
async function tidy({ job, deps }: Work, { file, message }: FileOfMessage): Promise<void> {
  if (file.state === 'ready' || message.deletedAt !== null) {
    await removeLeftovers(deps.env.BUCKET, job, file.objectKey)
  }
}

async function endOrPostpone(work: Work, failure: MediaFailure): Promise<JobVerdict> {
  const { job, deps, subject } = work
  const attempt = { attempts: job.attempts, startedAt: job.createdAt, now: deps.now() }
  const pauseMs = pauseBeforeNext({ ...attempt, rules: fileRules(subject.platform) }, failure)
  if (pauseMs !== null) return postpone(work, failure, pauseMs)
  const { error } = failure
  const told = await tell(work, { state: failure.kind === 'expired' ? 'expired' : 'failed', error })
  if (told === null) return postpone(work, failure, retellMs)
  log('warn', 'media.given_up', { ...idsOf(work), code: error.code, attempts: job.attempts })
  return { kind: 'failed', error }
}

function postpone(work: Work, { error }: MediaFailure, pauseMs: number): JobVerdict {
  log('info', 'media.postponed', { ...idsOf(work), code: error.code, attempts: work.job.attempts, ms: pauseMs })
  return { kind: 'retry', afterMs: pauseMs, error }
}

/** Null when nobody can tell whether it was stored; saying it again is safe. */
async function tell(work: Work, news: Pick<AttachmentItem, 'state' | 'stored' | 'error'>): Promise<ItemResult | null> {
  const { job, deps, subject } = work
  const { id: messageId, conversationId } = subject.message
  const of = { conversationId, messageId, attachmentId: subject.file.id, jobId: job.id }
  const item = { kind: 'attachment', ...of, ...news } as const
  try {
    const [result] = await deps.receive(job.tenantId, [{ item }])
    return result ?? null
  } catch (error) {
    log('warn', 'media.not_told', { ...idsOf(work), ...errorFields(error) })
    return null
  }
}

const idsOf = ({ job }: Work) => ({ tenantId: job.tenantId, jobId: job.id, attachmentId: job.subjectId })
