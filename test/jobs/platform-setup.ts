import { env } from 'cloudflare:workers'
import type { InboundAttachment, InboundItem, InboundMessage } from '../../src/channels/channel.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import type { IngestItem, ItemResult } from '../../src/ingest/items.ts'
import type { JobDeps } from '../../src/jobs/job-deps.ts'
import { jobDepsOf } from '../../src/jobs/entrances.ts'
import { type JobStep, runJob } from '../../src/jobs/run-job.ts'
import { seal } from '../../src/lib/seal.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { stepAlert } from '../../src/notifications/channel-alert.ts'
import { createFakeGraph, type FakeGraph } from '../fake-graph/fake-graph.ts'
import type { FakeGraphOptions, MetaPlatform } from '../fake-graph/types.ts'
import { createChannel, freshNumber } from '../worker/inbox.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'

/** A platform with one connected account, seen by a Worker whose clock the test holds. */
export type Stage = {
  tenantId: string
  platform: MetaPlatform
  channelId: string
  accountId: string
  graph: FakeGraph
  clock: { now: number }
  deps: JobDeps
}

export type StageOptions = {
  platform?: MetaPlatform
  graph?: Omit<FakeGraphOptions, 'accounts' | 'now'>
  /** Stored with the channel beside its token. */
  credentials?: Record<string, string> | null
  alternateId?: string
  expiresAt?: number
  issuedAt?: number
  subscribedFields?: string[]
}

export const token = 'a-token-of-the-account'

export async function createStage(options: StageOptions = {}): Promise<Stage> {
  const { platform = 'whatsapp', credentials = {} } = options
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId, platform)
  const clock = { now: Date.now() }
  const graph = createFakeGraph({ ...options.graph, now: () => clock.now })
  addAccount(graph, channel.externalId, options)
  const stage = { tenantId, platform, channelId: channel.id, accountId: channel.externalId, graph, clock }
  if (credentials !== null) await storeCredentials(stage, { access_token: token, ...credentials })
  const deps = { ...jobDepsOf(env), fetch: graph.fetch, now: () => clock.now }
  return { ...stage, deps }
}

function addAccount(graph: FakeGraph, id: string, options: StageOptions): void {
  const { platform = 'whatsapp', credentials, alternateId, issuedAt, expiresAt, subscribedFields } = options
  const times = { ...(issuedAt === undefined ? {} : { issuedAt }), ...(expiresAt === undefined ? {} : { expiresAt }) }
  const own = { id, token: { value: token, ...times } }
  switch (platform) {
    case 'whatsapp':
      graph.addAccount({ ...own, platform, accountId: '190000000000001' })
      return
    case 'facebook':
      graph.addAccount({ ...own, platform, ...(subscribedFields === undefined ? {} : { subscribedFields }) })
      return
    case 'instagram':
      if (credentials?.['login'] !== 'instagram') graph.addAccount({ ...own, platform, login: 'page', pageId: '55' })
      else {
        const alternate = alternateId === undefined ? {} : { appScopedId: alternateId }
        graph.addAccount({ ...own, platform, login: 'instagram', ...alternate })
      }
  }
}

export async function storeCredentials(
  { tenantId, channelId }: Pick<Stage, 'tenantId' | 'channelId'>,
  credentials: Record<string, string>,
): Promise<void> {
  const context = { tenantId, kind: 'channel_credentials', rowId: channelId }
  const sealed = await seal(loadConfig(env).encryptionKeys, JSON.stringify(credentials), context)
  await env.DB.prepare('update channels set sealed_credentials = ?1 where tenant_id = ?2 and id = ?3')
    .bind(sealed, tenantId, channelId)
    .run()
}

/** Straight into the tables: through the hub the queue would begin the work before the test does. */
export async function store(stage: Stage, ...items: InboundItem[]): Promise<ItemResult[]> {
  const { tenantId, channelId, platform } = stage
  const context = { tenantId, now: stage.clock.now, replyWindow: () => null, hasProfiles: () => true, stepAlert }
  const channel = { id: channelId, platform }
  const all: IngestItem[] = items.map((item) => ({ channel, item }))
  return (await ingest(env.DB, all, context)).results
}

export type Arrived = { externalId: string; messageId: string; attachmentId: string; jobId: string }

/** A message with one file has come. */
export async function arrive(
  stage: Stage,
  file: InboundAttachment,
  fields: Partial<InboundMessage> = {},
): Promise<Arrived> {
  const externalId = `mid.${freshNumber()}`
  const [result] = await store(stage, {
    kind: 'message',
    at: stage.clock.now,
    externalId,
    contact: { aliases: [{ kind: 'user', value: '77' }], name: 'Олена' },
    direction: 'inbound',
    type: 'image',
    content: 'Photo',
    attachments: [file],
    ...fields,
  })
  const messageId = result?.messageId ?? ''
  const [row] = await rowsOf<{ id: string; job_id: string }>(
    `select a.id, j.id as job_id from attachments a join jobs j on j.tenant_id = a.tenant_id and j.subject_id = a.id
     where a.tenant_id = ?1 and a.message_id = '${messageId}'`,
    stage.tenantId,
  )
  return { externalId, messageId, attachmentId: row?.id ?? '', jobId: row?.job_id ?? '' }
}

export function run(
  { deps, tenantId }: Stage,
  { jobId }: { jobId: string },
  other: Partial<JobDeps> = {},
): Promise<JobStep> {
  return runJob({ ...deps, ...other }, tenantId, jobId)
}

export type FileRow = {
  state: string
  object_key: string | null
  size: number | null
  mime_type: string | null
  sha256: string | null
  error: string | null
}

export async function fileOf(stage: Stage, { attachmentId }: Arrived): Promise<FileRow> {
  const rows = await rowsOf<FileRow>(
    `select state, object_key, size, mime_type, sha256, error from attachments where tenant_id = ?1 and id = '${attachmentId}'`,
    stage.tenantId,
  )
  if (rows[0] === undefined) throw new Error('no such file')
  return rows[0]
}

export async function codeOf(stage: Stage, arrived: Arrived): Promise<string | undefined> {
  const { error } = await fileOf(stage, arrived)
  return error === null ? undefined : (JSON.parse(error) as { code: string }).code
}

export async function jobOf(stage: Stage, { jobId }: { jobId: string }) {
  const rows = await rowsOf<{ state: string; attempts: number; due_at: number; last_error: string | null }>(
    `select state, attempts, due_at, last_error from jobs where tenant_id = ?1 and id = '${jobId}'`,
    stage.tenantId,
  )
  return rows[0]
}

export async function postponedFor(stage: Stage, of: { jobId: string }): Promise<{ code: string; ms: number }> {
  const job = await jobOf(stage, of)
  const code = (JSON.parse(job?.last_error ?? '{}') as { code: string }).code
  return { code, ms: (job?.due_at ?? 0) - stage.clock.now }
}

export async function objectsOf({ tenantId }: Pick<Stage, 'tenantId'>): Promise<string[]> {
  const { objects } = await env.BUCKET.list({ prefix: `t/${tenantId}/` })
  return objects.map(({ key }) => key)
}

export async function healthOf(stage: Stage) {
  const rows = await rowsOf<{ state: string; last_error_code: string | null; token_expires_at: number | null }>(
    'select state, last_error_code, token_expires_at from channel_health where tenant_id = ?1',
    stage.tenantId,
  )
  return rows[0]
}

/** Types and data of the journal's events, in order. */
export async function eventsOf(stage: Stage, type: string): Promise<string[]> {
  const rows = await rowsOf<{ data: string }>(
    `select data from journal_events where tenant_id = ?1 and type = '${type}' order by seq`,
    stage.tenantId,
  )
  return rows.map(({ data }) => data)
}

export const png = (size: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(Math.max(size, 8)).fill(7)
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return bytes
}

/** Bytes in pieces, without a length, as a platform may send them; asked for one by one. */
export function streamOf(total: number, piece = 256 * 1024, start = png(piece)): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      const size = Math.min(piece, total - sent)
      if (size <= 0) controller.close()
      else controller.enqueue(sent === 0 ? start.slice(0, size) : new Uint8Array(size).fill(sent & 0xff))
      sent += size
    },
  })
}

/** A bucket some of whose methods are replaced. */
export function bucketWith(replaced: Partial<R2Bucket>): R2Bucket {
  return new Proxy(env.BUCKET, {
    get(target, property) {
      const own = Reflect.get(replaced, property) as unknown
      if (own !== undefined) return own
      const value = Reflect.get(target, property) as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

export const withBucket = (bucket: R2Bucket): Partial<JobDeps> => ({ env: { ...env, BUCKET: bucket } })

/** The platform, with a look at each address before it is asked; what the look answers stands. */
export function watching(
  stage: Stage,
  look: (url: string) => Response | undefined | Promise<Response | undefined>,
): { fetch: typeof fetch } {
  return {
    fetch: async (input, init) => {
      const seen = await look(new Request(input).url)
      return seen ?? stage.graph.fetch(input, init)
    },
  }
}
