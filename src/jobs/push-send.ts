import type { EncryptionKeys } from '../lib/seal.ts'
import { createSlots } from '../lib/slots.ts'
import { errorFields, log } from '../lib/log.ts'
import type { PlannedPush } from '../notifications/push-plan.ts'
import { type PushTarget, openTarget } from '../notifications/push-target.ts'
import type { PushOutcome } from '../notifications/push-outcome.ts'
import { type PushSender, sendPush } from '../notifications/send-push.ts'
import type { Database } from '../store/database.ts'
import { type PushResult, type PushRow, readSealed } from '../store/push-runs.ts'

/** A browser, and what it is to be sent, oldest first. */
export type PushTask = { row: PushRow; pushes: readonly PlannedPush[] }

/** No more pushes than `left`, and none that begins after `until`. */
export type PushBudget = { left: number; until: number }

/** `owed`: what the budget did not allow. */
export type SentPushes = { results: PushResult[]; owed: { id: string; seq: number }[]; count: number }

export type PushSending = {
  db: Database
  tenantId: string
  encryptionKeys: EncryptionKeys
  sender: PushSender
}

/** Connections that one run keeps open. The platform allows six. */
const atOnce = 4
/** Keys do not mend themselves: somebody has to. Meanwhile one push in a while is enough to see whether they did. */
const misconfiguredWaitMs = 30 * 60_000

/** Sends each browser its pushes one after the other, several browsers at a time. What was not taken is owed. */
export async function sendPushes(
  sending: PushSending,
  tasks: readonly PushTask[],
  budget: PushBudget,
): Promise<SentPushes> {
  const { db, tenantId } = sending
  const { now, taken, later } = divide(tasks, budget.left)
  const sealed = await readSealed(
    db,
    tenantId,
    now.map(({ row }) => row),
  )
  const slots = createSlots(atOnce)
  const results = await Promise.all(
    now.map((task) => slots(() => sendTask(sending, task, { sealed: sealed.get(task.row.id), until: budget.until }))),
  )
  const owed = later.flatMap(({ row, pushes }) => pushes.slice(0, 1).map(({ seq }) => ({ id: row.id, seq })))
  return { results: results.filter((result) => result !== null), owed, count: taken }
}

function divide(tasks: readonly PushTask[], left: number): { now: PushTask[]; taken: number; later: PushTask[] } {
  const now: PushTask[] = []
  const later: PushTask[] = []
  let taken = 0
  for (const task of tasks) {
    // A browser's own pushes are few; one that is alone with more than are left is served all the same.
    const isRoom = taken === 0 || taken + task.pushes.length <= left
    if (isRoom) taken += task.pushes.length
    if (isRoom) now.push(task)
    else later.push(task)
  }
  return { now, taken, later }
}

/** Null for a browser that has ended its subscription meanwhile, or has another user now. */
async function sendTask(
  sending: PushSending,
  { row, pushes }: PushTask,
  { sealed, until }: { sealed: string | undefined; until: number },
): Promise<PushResult | null> {
  if (sealed === undefined) return null
  const { sender } = sending
  const { id, attempts } = row
  const none = { isGone: false, successAt: null, retryAt: null, owedSeq: null, testedSeq: null }
  const result: PushResult = { id, sealed, attempts, ...none }
  const target = pushes.length === 0 ? null : await open(sending, row, sealed)
  for (const { seq, isTest, message } of pushes) {
    if (sender.now() >= until) return { ...result, owedSeq: seq, retryAt: sender.now() }
    const outcome =
      target === null
        ? ({ kind: 'misconfigured', status: 0 } as const)
        : await sendPush(sender, target, { message, attempts: result.attempts })
    if (outcome.kind !== 'accepted') logRefusal(sending, row, outcome)
    if (outcome.kind === 'gone') return { ...result, isGone: true }
    if (outcome.kind === 'accepted') {
      result.attempts = 0
      result.successAt = sender.now()
      if (isTest) result.testedSeq = seq
      continue
    }
    result.attempts += 1
    const afterMs = waitOf(outcome)
    if (afterMs !== null) return { ...result, owedSeq: seq, retryAt: sender.now() + afterMs }
  }
  return result
}

/** How long to wait before the same push again; null: it is never taken. */
function waitOf(outcome: PushOutcome): number | null {
  if (outcome.kind === 'later') return outcome.afterMs
  return outcome.kind === 'misconfigured' ? misconfiguredWaitMs : null
}

async function open(
  { tenantId, encryptionKeys }: PushSending,
  { id }: PushRow,
  sealed: string,
): Promise<PushTarget | null> {
  try {
    return await openTarget(encryptionKeys, sealed, { tenantId, id })
  } catch (error) {
    log('error', 'push.not_opened', { tenantId, subscriptionId: id, ...errorFields(error) })
    return null
  }
}

function logRefusal(
  { tenantId }: PushSending,
  { id, userId, attempts }: PushRow,
  { kind, status }: { kind: PushOutcome['kind']; status: number },
): void {
  const level = kind === 'misconfigured' ? 'error' : 'info'
  log(level, 'push.not_accepted', {
    tenantId,
    userId,
    subscriptionId: id,
    outcome: kind,
    status,
    attempts: attempts + 1,
  })
}
