import { attentionOf, tellFollowersChanged } from '../hub/call-hub.ts'
import { log } from '../lib/log.ts'
import { maxPushAgeMs } from '../notifications/decide.ts'
import { type PlannedPush, planPushes } from '../notifications/push-plan.ts'
import {
  type PushLine,
  type PushRow,
  claimPush,
  readPushPage,
  readPushReaders,
  readPushRows,
  releasePush,
  saveProgress,
} from '../store/push-runs.ts'
import type { FollowerRun } from './follower-run.ts'
import type { JobDeps } from './job-deps.ts'
import { type PushSending, type PushTask, type SentPushes, sendPushes } from './push-send.ts'

/** Of one run; what is left over is for the next one. A lease outlasts the last pushes of a run that get no answer. */
export type PushLimits = { pushes: number; runMs: number; timeoutMs: number; leaseMs: number; lines: number }
export const usualLimits: PushLimits = { pushes: 500, runMs: 20_000, timeoutMs: 10_000, leaseMs: 60_000, lines: 100 }

/** Numbers of the journal that one read goes through. */
const walkLength = 5_000

type Run = {
  deps: JobDeps
  sending: PushSending
  limits: PushLimits
  leaseId: string
  until: number
  left: number
  /** The cursor. */
  seq: number
  epoch: string
  /** The browsers that our keys are good for, by id. */
  rows: Map<string, PushRow>
}

/**
 * Pushes what a tenant's journal has past the cursor, and what is owed. The cursor moves once everything before it was
 * sent or is written down as owed: a crash may push again, under the same topic, and loses nothing.
 */
export async function runPush(deps: JobDeps, tenantId: string, limits = usualLimits): Promise<FollowerRun> {
  const { env, db, now, fetch } = deps
  const { push: vapid, localAddresses: origins, encryptionKeys } = deps.config
  if (vapid === null) return { kind: 'done' }
  const leaseId = crypto.randomUUID()
  const claim = await claimPush(env.DB, tenantId, { leaseId, now: now(), leaseMs: limits.leaseMs })
  if (claim.kind === 'busy') return claim
  if (claim.kind === 'none') {
    await tellFollowersChanged(env, tenantId) // or it rings for nobody
    return { kind: 'done' }
  }
  const sender = { fetch, now, vapid, origins, timeoutMs: limits.timeoutMs }
  const sending = { db, tenantId, encryptionKeys, sender }
  const budget = { until: now() + limits.runMs, left: limits.pushes }
  const run: Run = { deps, sending, limits, ...claim, ...budget, rows: new Map() }
  try {
    await loadRows(run)
    const isOwing = await pushOwed(run)
    return { kind: (await pushNew(run)) || isOwing ? 'more' : 'done' }
  } finally {
    await releasePush(env.DB, { tenantId, leaseId })
  }
}

/** Browsers that have subscribed with other keys hear nothing until they subscribe again: nothing is owed to them. */
async function loadRows(run: Run): Promise<void> {
  const { deps, sending, leaseId, seq, epoch } = run
  const { keyId } = sending.sender.vapid
  const rows = await readPushRows(deps.db, sending.tenantId)
  run.rows = new Map(rows.filter(({ vapidKeyId }) => vapidKeyId === keyId).map((row) => [row.id, row]))
  const lost = rows.filter(({ id, owedSeq }) => owedSeq !== null && !run.rows.has(id)).map(({ id }) => id)
  if (lost.length === 0) return
  const nothing = { results: [], owed: [], now: deps.now() }
  await saveProgress(deps.env.DB, { tenantId: sending.tenantId, leaseId, seq, epoch, ...nothing, forgiven: lost })
}

function rowsOwed({ rows, deps }: Run): PushRow[] {
  return [...rows.values()].filter(({ owedSeq, retryAt }) => owedSeq !== null && (retryAt ?? 0) <= deps.now())
}

/** What browsers have not got of the lines before the cursor. True when some is left that could be sent now. */
async function pushOwed(run: Run): Promise<boolean> {
  const due = rowsOwed(run)
  if (due.length === 0) return false
  const page = await readPage(run, Math.min(...due.map(({ owedSeq }) => owedSeq ?? 0)) - 1, run.seq)
  if (page === null) return false // the next step starts afresh
  const sent = await sendPage(run, page, due)
  await save(run, sent, page.through < run.seq ? page.through + 1 : null)
  return rowsOwed(run).length > 0
}

/** What came after the cursor. True when there is more. */
async function pushNew(run: Run): Promise<boolean> {
  while (run.left > 0 && run.deps.now() < run.until) {
    const page = await readPage(run, run.seq, Number.MAX_SAFE_INTEGER)
    if (page === null) {
      await restart(run)
      continue
    }
    if (page.through === run.seq) return false
    await loadRows(run) // after the lines, so whoever subscribed before one of them is there
    // Who is owed something gets these lines with it.
    const ready = [...run.rows.values()].filter(({ owedSeq }) => owedSeq === null)
    const sent = await sendPage(run, page, ready)
    run.seq = page.through
    await save(run, sent, null)
    if (page.through >= page.head) return rowsOwed(run).length > 0
  }
  return true
}

type Page = { lines: PushLine[]; through: number; head: number }

/** Null: the numbers are others now, because the database was restored. */
async function readPage({ deps, sending, limits, seq, epoch }: Run, after: number, upTo: number): Promise<Page | null> {
  const { tenantId } = sending
  const reach = Math.min(upTo, after + walkLength)
  const since = deps.now() - maxPushAgeMs
  const range = { tenantId, after, upTo: reach, since, limit: limits.lines }
  const { head, lines } = await readPushPage(deps.env.DB, range)
  if (head === null || head.epoch !== epoch || head.seq < seq) return null
  const isFull = lines.length === limits.lines
  return { lines, through: isFull ? (lines.at(-1)?.seq ?? after) : Math.min(reach, head.seq), head: head.seq }
}

/** From the head of the journal as it is now: what was told of the lines before it, nobody knows any more. */
async function restart(run: Run): Promise<void> {
  const { deps, sending, leaseId, rows } = run
  const { tenantId } = sending
  const { head } = await readPushPage(deps.env.DB, { tenantId, after: 0, upTo: 0, since: 0, limit: 0 })
  if (head === null) throw new Error('No such tenant')
  log('warn', 'push.restarted', { tenantId, seq: head.seq })
  const nothing = { results: [], owed: [], now: deps.now(), forgiven: [...rows.keys()] }
  await saveProgress(deps.env.DB, { tenantId, leaseId, ...head, ...nothing })
  Object.assign(run, head)
  for (const row of rows.values()) rows.set(row.id, { ...row, owedSeq: null, retryAt: null })
}

async function sendPage(run: Run, page: Page, rows: readonly PushRow[]): Promise<SentPushes> {
  const plan = await planPage(run, page.lines, rows)
  const tasks = rows.flatMap((row): PushTask[] => {
    const pushes = (plan.get(row.userId) ?? []).filter(({ seq }) => seq >= (row.owedSeq ?? 0))
    return pushes.length > 0 || row.owedSeq !== null ? [{ row, pushes }] : []
  })
  const sent = await sendPushes(run.sending, tasks, run)
  run.left -= sent.count
  const { tenantId } = run.sending
  const accepted = sent.results.filter(({ successAt }) => successAt !== null).length
  if (sent.count > 0) log('info', 'push.sent', { tenantId, seq: page.through, pushes: sent.count, accepted })
  return sent
}

async function planPage(
  { deps, sending, epoch }: Run,
  lines: readonly PushLine[],
  rows: readonly PushRow[],
): Promise<ReadonlyMap<string, PlannedPush[]>> {
  const { tenantId } = sending
  const [first, last] = [lines.at(0), lines.at(-1)]
  const userIds = [...new Set(rows.map(({ userId }) => userId))]
  if (first === undefined || last === undefined || userIds.length === 0) return new Map()
  const [readers, attention] = await Promise.all([
    readPushReaders(deps.env.DB, tenantId, { userIds, epoch, from: first.seq, to: last.seq }),
    attentionOf(deps.env, tenantId, userIds, last.seq),
  ])
  const focus = new Map(attention.map((one) => [one.userId, new Set(one.focus)]))
  return planPushes(lines, userIds, { tenantId, epoch, now: deps.now(), readers, focus })
}

/** `next`: from where on those are still owed that have got all of this page; null: nowhere. */
async function save(run: Run, { results, owed }: SentPushes, next: number | null): Promise<void> {
  const { deps, sending, leaseId, seq, epoch, rows } = run
  const now = deps.now()
  const written = results.map((result) => {
    const owedBefore = rows.get(result.id)?.owedSeq ?? 0
    const isOwedMore = next !== null && result.owedSeq === null && !result.isGone
    return isOwedMore ? { ...result, owedSeq: Math.max(next, owedBefore), retryAt: now } : result
  })
  await saveProgress(deps.env.DB, { tenantId: sending.tenantId, leaseId, seq, epoch, results: written, owed, now })
  for (const { id, isGone, attempts, retryAt, owedSeq } of written) {
    const row = rows.get(id)
    if (row === undefined || isGone) rows.delete(id)
    else rows.set(id, { ...row, attempts, retryAt, owedSeq })
  }
  for (const one of owed) {
    const row = rows.get(one.id)
    if (row !== undefined)
      rows.set(one.id, { ...row, owedSeq: Math.min(row.owedSeq ?? one.seq, one.seq), retryAt: now })
  }
}
