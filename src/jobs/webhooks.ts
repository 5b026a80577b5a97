import { log } from '../lib/log.ts'
import { createSlots } from '../lib/slots.ts'
import type { JournalLine } from '../notifications/facts.ts'
import { type PostDeps, postWebhook, webhookTimeoutMs } from '../notifications/post-webhook.ts'
import { addressRulesOf } from '../notifications/public-address.ts'
import { webhookBody, webhookId } from '../notifications/webhook-body.ts'
import { stepAfterWebhook } from '../notifications/webhook-retry.ts'
import { openWebhookSecrets } from '../notifications/webhook-secrets.ts'
import { ringFollower } from '../outbox/bell.ts'
import { readEventsAfter } from '../store/journal.ts'
import {
  type ClaimedEndpoint,
  type Run,
  claimEndpoint,
  dropFailure,
  listEndpointIds,
  listTenantsToPost,
  moveCursor,
  readDueFailures,
  recordAttempt,
  releaseEndpoint,
} from '../store/webhook-runs.ts'
import type { FollowerRun } from './follower-run.ts'
import type { JobDeps } from './job-deps.ts'

/** Far more than one attempt and its row take: whoever is silent for longer is dead. */
const leaseMs = 60_000
/** After so long, or so many attempts, a run hands over to the next, so that no queue waits for a slow receiver. */
const runMs = 20_000
const maxAttemptsOfRun = 40
const maxRetriesOfRun = 20
const pageSize = 40
/** At so many open failures nothing new is posted: the receiver is away, and the journal keeps the rest. */
const maxOpenFailures = 1_000
const maxSweptTenants = 500
/** A receiver that fails so often in a row, or at the end of a run, is left alone until the next bell or sweep. */
const maxFailuresInRow = 5

/** Connections that one run over a tenant keeps open. The platform allows six; what waits for one loses its time. */
const atOnce = 3

/** One run over an endpoint: what it works with, and how far it has come. */
type Work = {
  deps: JobDeps
  run: Run
  endpoint: ClaimedEndpoint
  post: PostDeps
  secrets: string[]
  startedAt: number
  attempts: number
  cursorSeq: number
  openFailures: number
  failuresInRow: number
}
/**
 * How a run goes on. `spent`: another one does. `stopped`: there is no use in going on now. `lost`: the endpoint is not
 * this run's any more, because it was released, taken or changed.
 */
type Progress = 'on' | 'spent' | 'stopped' | 'lost'

/** Posts to each endpoint of a tenant what it has not got, one line after the other, a few endpoints at a time. */
export async function postWebhooks(deps: JobDeps, tenantId: string): Promise<FollowerRun> {
  const ids = await listEndpointIds(deps.env.DB, tenantId)
  const inSlot = createSlots(atOnce)
  const runs = await Promise.allSettled(ids.map((id) => inSlot(() => runEndpoint(deps, tenantId, id))))
  const broken = runs.find((run) => run.status === 'rejected')
  // Its lease runs out, and then it is tried again.
  if (broken !== undefined) throw broken.reason
  return { kind: runs.some((run) => run.status === 'fulfilled' && run.value === 'spent') ? 'more' : 'done' }
}

/** Every minute: what is to be tried again by now, and what a lost bell has left lying. */
export async function sweepWebhooks({ env, now }: JobDeps): Promise<number> {
  const tenantIds = await listTenantsToPost(env.DB, { now: now(), limit: maxSweptTenants })
  await ringFollower(env.FOLLOWERS, tenantIds, 'webhooks')
  if (tenantIds.length > 0) log('info', 'webhooks.swept', { tenants: tenantIds.length })
  return tenantIds.length
}

async function runEndpoint(deps: JobDeps, tenantId: string, endpointId: string): Promise<Progress> {
  const run: Run = { tenantId, endpointId, lease: crypto.randomUUID() }
  const startedAt = deps.now()
  const endpoint = await claimEndpoint(deps.env.DB, run, { now: startedAt, leaseMs })
  if (endpoint === null) return 'lost'
  const { config, fetch, now } = deps
  const work: Work = {
    ...{ deps, run, endpoint, startedAt, attempts: 0 },
    post: { fetch, now, rules: addressRulesOf(config), timeoutMs: webhookTimeoutMs },
    secrets: await openWebhookSecrets(config.encryptionKeys, endpoint, startedAt),
    ...{ cursorSeq: endpoint.cursorSeq, openFailures: endpoint.openFailures, failuresInRow: 0 },
  }
  const retried = await retryFailures(work)
  const reached = retried === 'on' ? await goOn(work) : retried
  // Who hangs takes all the time of a run in two attempts, and would never fail five times in a row.
  const progress = reached === 'spent' && work.failuresInRow > 0 ? 'stopped' : reached
  if (progress === 'spent' || progress === 'stopped') await releaseEndpoint(deps.env.DB, run, { atHead: false })
  return progress
}

async function retryFailures(work: Work): Promise<Progress> {
  const { deps, run } = work
  const due = await readDueFailures(deps.env.DB, run, { now: deps.now(), limit: maxRetriesOfRun })
  for (const { seq, epoch, attempts } of due) {
    if (isSpent(work)) return 'spent'
    const { events } = await readEventsAfter(deps.db, run.tenantId, seq - 1, 1)
    const [line] = events
    if (line?.seq !== seq) {
      await dropFailure(deps.env.DB, run, seq)
      continue
    }
    const progress = await attempt(work, { line, epoch, attempts: attempts + 1 })
    if (progress !== 'on') return progress
  }
  return due.length === maxRetriesOfRun ? 'spent' : 'on'
}

/** From the cursor to the head of the journal. */
async function goOn(work: Work): Promise<Progress> {
  const { deps, run } = work
  let wasKept = false
  for (;;) {
    if (work.openFailures >= maxOpenFailures) {
      log('warn', 'webhook.held', { ...idsOf(run), openFailures: work.openFailures })
      return 'stopped'
    }
    const { head, events } = await readEventsAfter(deps.db, run.tenantId, work.cursorSeq, pageSize)
    if (head === null) return 'lost'
    // A journal that was cut back gives its numbers out again.
    if (head.seq < work.cursorSeq) {
      work.cursorSeq = head.seq
      if (!(await moveCursor(deps.env.DB, run, head.seq))) return 'lost'
      continue
    }
    if (events.length === 0) {
      // Kept twice in a row though there is nothing to read: the lease is not ours any more.
      if ((await releaseEndpoint(deps.env.DB, run, { atHead: true })) || wasKept) return 'lost'
      wasKept = true
      continue
    }
    wasKept = false
    const progress = await postPage(work, events, head.epoch)
    if (progress !== 'on') return progress
  }
}

async function postPage(work: Work, lines: readonly JournalLine[], epoch: string): Promise<Progress> {
  const { deps, run, endpoint } = work
  let passed: number | null = null
  for (const line of lines) {
    if (endpoint.eventTypes?.has(line.type) === false) {
      passed = line.seq
      continue
    }
    if (isSpent(work)) return 'spent'
    if (work.openFailures >= maxOpenFailures) return 'on'
    work.cursorSeq = line.seq
    const progress = await attempt(work, { line, epoch, attempts: 1 })
    if (progress !== 'on') return progress
    passed = null
  }
  if (passed === null) return 'on'
  work.cursorSeq = passed
  if (!(await moveCursor(deps.env.DB, run, passed))) return 'lost'
  return isSpent(work) ? 'spent' : 'on'
}

function isSpent({ deps, startedAt, attempts }: Work): boolean {
  return attempts >= maxAttemptsOfRun || deps.now() - startedAt >= runMs
}

type Line = { line: JournalLine; epoch: string; attempts: number }

async function attempt(work: Work, { line, epoch, attempts }: Line): Promise<Progress> {
  const { deps, run, endpoint, secrets } = work
  const source = { tenantId: run.tenantId, epoch }
  const webhook = { id: webhookId(source, line.seq), body: webhookBody(source, line) }
  work.attempts += 1
  const { status, ms, retryAfterMs, error } = await postWebhook(work.post, { url: endpoint.url, secrets }, webhook)
  const step = stepAfterWebhook({ status, retryAfterMs, attempts, random: Math.random() })
  const at = deps.now()
  const next = nextOf(step, at)
  if (error !== null) {
    log('warn', `webhook.${logNames[next.kind]}`, {
      ...idsOf(run),
      seq: line.seq,
      attempt: attempts,
      status,
      error,
      ms,
    })
  }
  const isFirst = attempts === 1
  if (isFirst && 'dueAt' in next) work.openFailures += 1
  if (!isFirst && !('dueAt' in next)) work.openFailures -= 1
  const shown = next.kind === 'given_up' ? 'exhausted' : error
  const what = {
    seq: line.seq,
    epoch,
    attempt: attempts,
    status,
    ms,
    error: shown,
    at,
    cursorSeq: work.cursorSeq,
    next,
  }
  const isWritten = await recordAttempt(deps.env.DB, run, what, at + leaseMs)
  if (!isWritten) return 'lost'
  work.failuresInRow = error === null ? 0 : work.failuresInRow + 1
  return next.kind === 'disabled' || work.failuresInRow >= maxFailuresInRow ? 'stopped' : 'on'
}

const logNames = { delivered: 'delivered', retry: 'not_taken', given_up: 'exhausted', disabled: 'disabled' } as const

/** A receiver that wants no more keeps what it refused open: whoever enables it again wants it. */
function nextOf(step: ReturnType<typeof stepAfterWebhook>, at: number) {
  switch (step.kind) {
    case 'delivered':
      return { kind: 'delivered' } as const
    case 'exhausted':
      return { kind: 'given_up' } as const
    case 'disabled':
      return { kind: 'disabled', dueAt: at } as const
    case 'retry':
      return { kind: 'retry', dueAt: at + step.afterMs } as const
  }
}

function idsOf({ tenantId, endpointId }: Run) {
  return { tenantId, endpointId }
}
