import type { Alias, InboundContact } from '../channels/channel.ts'
import type { Profile } from '../channels/outbound.ts'
import { errorFields, log } from '../lib/log.ts'
import { cleanText } from '../lib/text.ts'
import { type OpenChannel, openChannel } from '../outbox/open-channel.ts'
import { findContact, wasAskedSince } from '../store/contacts.ts'
import type { JobRow } from '../store/jobs.ts'
import type { JobDeps, JobVerdict } from './job-deps.ts'
import { mediaPlaces } from './media-address.ts'
import { fetchFile } from './media-fetch.ts'
import { objectKeyOf, removeLeftovers } from './media-objects.ts'
import { type MediaFailure, failureOf, mediaFailures } from './media-rules.ts'
import { storeFile } from './media-store.ts'
import { rasterType } from './media-type.ts'

const dayMs = 24 * 3_600_000
const maxPictureBytes = 1024 * 1024
const pictureMs = 60_000
const maxName = 500

/** A name is a nicety: after this many attempts the contact stays without. */
const maxAttempts = 4
const pausesMs = [60_000, 15 * 60_000, 3 * 3_600_000]

/**
 * Asks the platform for a contact's name and picture, at most once a day. Customers may not have agreed to that, and then
 * there is nothing to try again: the conversation goes on without a name.
 */
export async function runProfile(job: JobRow, deps: JobDeps): Promise<JobVerdict> {
  const { tenantId, subjectId: contactId } = job
  const found = await findContact(deps.db, tenantId, contactId)
  const [first, ...others] = found?.aliases ?? []
  if (found === null || first === undefined) return { kind: 'done' }
  const asked = { contactId, exceptJobId: job.id, since: deps.now() - dayMs }
  if (await wasAskedSince(deps.db, tenantId, asked)) return { kind: 'done' }
  const opening = await openChannel(deps, tenantId, job.channelId)
  if (!opening.ok || opening.open.calls.profile === undefined) return { kind: 'done' }
  const { open } = opening
  const answer = await opening.open.calls.profile(found.aliases, open.io)
  if (!answer.ok) return postponeOrEnd(job, failureOf(answer))
  const { pictureKey } = found.contact
  return show({ job, deps, open, aliases: [first, ...others], pictureKey }, answer.value)
}

/** `pictureKey`: of the picture that the contact had before. */
type Work = {
  job: JobRow
  deps: JobDeps
  open: OpenChannel
  aliases: [Alias, ...Alias[]]
  pictureKey: string | null
}

/** The name does not wait for the picture: where that fails, it is told at once and the picture is tried again. */
async function show(work: Work, { name, username, pictureUrl }: Profile): Promise<JobVerdict> {
  const picture = pictureUrl === null ? null : await copyPicture(work, pictureUrl)
  const contact: InboundContact = {
    aliases: work.aliases,
    ...textField('name', name),
    ...textField('username', username),
    ...(picture?.ok === true ? { pictureKey: picture.key } : {}),
  }
  const isEmpty = contact.name === undefined && contact.username === undefined && contact.pictureKey === undefined
  if (!isEmpty && !(await tell(work, contact))) return postponeOrEnd(work.job, mediaFailures.notTold())
  if (picture?.ok === false) return postponeOrEnd(work.job, picture.failure)
  await tidy(work)
  return { kind: 'done' }
}

function textField(field: 'name' | 'username', value: string | null): { name?: string; username?: string } {
  const text = cleanText(value ?? '', maxName).trim()
  return text === '' ? {} : { [field]: text }
}

type Copied = { ok: true; key: string } | { ok: false; failure: MediaFailure }

async function copyPicture({ job, deps, open }: Work, url: string): Promise<Copied> {
  const places = mediaPlaces(open.calls.mediaHosts ?? [], deps.config)
  const signal = AbortSignal.timeout(pictureMs)
  const file = await fetchFile({ url, headers: {} }, { places, fetch: deps.fetch, signal })
  if (!file.ok) return file
  const key = objectKeyOf(job, job.attempts)
  const stored = await storeFile(file.stream, {
    bucket: deps.env.BUCKET,
    key,
    expected: { maxBytes: maxPictureBytes, length: file.length, sha256: [] },
    typeOf: rasterType,
    signal,
    isStillMine: () => Promise.resolve(true), // the lease is longer than a picture may take
  })
  return stored.ok ? { ok: true, key } : stored
}

async function tell({ job, deps, open }: Work, contact: InboundContact): Promise<boolean> {
  const channel = { id: open.channel.id, platform: open.channel.platform }
  try {
    await deps.receive(job.tenantId, [{ channel, item: { kind: 'contact', at: deps.now(), contact } }])
    return true
  } catch (error) {
    log('warn', 'profile.not_told', { ...idsOf(job), ...errorFields(error) })
    return false
  }
}

/** What this job put and the contact does not show, and the picture it showed before. */
async function tidy({ job, deps, pictureKey }: Work): Promise<void> {
  const inUse = (await findContact(deps.db, job.tenantId, job.subjectId))?.contact.pictureKey ?? null
  await removeLeftovers(deps.env.BUCKET, job, inUse)
  if (pictureKey !== null && inUse !== null && pictureKey !== inUse) await deps.env.BUCKET.delete(pictureKey)
}

function postponeOrEnd(job: JobRow, failure: MediaFailure): JobVerdict {
  const { error } = failure
  const pauseMs = pausesMs[job.attempts - 1]
  const isOver = failure.kind !== 'temporary' || error.kind === 'permission' || job.attempts >= maxAttempts
  const code = error.code
  log('info', isOver ? 'profile.refused' : 'profile.postponed', { ...idsOf(job), code, attempts: job.attempts })
  if (isOver || pauseMs === undefined) return { kind: 'done' }
  return { kind: 'retry', afterMs: Math.max(pauseMs, failure.retryAfterMs ?? 0), error }
}

const idsOf = (job: JobRow) => ({ tenantId: job.tenantId, jobId: job.id, contactId: job.subjectId })
