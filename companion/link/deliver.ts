import type { Logger } from 'pino'
import type { BroadcastResult } from '../../src/protocol/api.ts'
import type { OutgoingUnit, Settlement } from '../spool/outgoing.ts'
import { backoffMs } from './backoff.ts'
import { type PostDeps, postUnits } from './post-units.ts'

/** Rows on their way. `isOneByOne`: as a whole they were not taken, and they are of one lane. */
export type Batch = { units: readonly OutgoingUnit[]; failures: number; isOneByOne: boolean }
export type DeliveryStatus = { lastSuccessAt: number | null; failures: number; lastFailure: string | null }

export type Delivery = PostDeps & {
  status: DeliveryStatus
  settle: (settlements: readonly Settlement[]) => void
  /** Waits for the next attempt. */
  rest: (ms: number) => Promise<void>
  /** It may go on failing for long: no other one has to wait for it. */
  discount: () => void
  /** A batch of its own. */
  begin: (batch: Batch) => void
  /** Whether there may be more batches than there are. */
  maySplit: () => boolean
  log: Logger
  now: () => number
  random: () => number
  signal: AbortSignal
}

/** After so many failures a batch is taken apart: one of its rows may be the reason, and the others wait for it. */
const failuresToSplit = { whileOthersArrive: 2, inAnyCase: 3 }
const failuresToDiscount = 4

/** Posts until everything is settled, has become other batches, or the process stops: then it waits on the disk. */
export async function deliver(batch: Batch, delivery: Delivery): Promise<void> {
  const { signal, random, now } = delivery
  let { units, failures, isOneByOne } = batch
  let failuresHere = 0
  let failingSince: number | null = null
  while (units.length > 0 && !signal.aborted) {
    const posted = isOneByOne ? units.slice(0, 1) : units
    const answer = await postUnits(delivery, posted)
    if (answer.kind === 'ok' || (answer.kind === 'refused' && posted.length === 1)) {
      if (answer.kind === 'ok') succeeded(delivery)
      const outcomes =
        answer.kind === 'ok'
          ? answer.value.map((results, at) => outcomeOf(delivery, posted[at], results))
          : [toError(answer)]
      settle(delivery, posted, outcomes)
      units = units.slice(posted.length)
      failures = failuresHere = 0
      failingSince = null
      continue
    }
    // The next attempt waits by itself until the key is taken again.
    if (answer.kind === 'unauthorised') continue
    if (answer.kind === 'again') {
      if (signal.aborted) return
      failures += 1
      failuresHere += 1
      failingSince ??= now()
      failed(delivery, { rows: posted.length, failures, reason: answer.reason })
    }
    const othersArrive = (delivery.status.lastSuccessAt ?? 0) > (failingSince ?? 0)
    const parts = answer.kind === 'refused' ? lanesOf(posted) : split(posted, failuresHere, { othersArrive, delivery })
    if (parts.length > 1) return parts.forEach((part) => delivery.begin({ units: part, failures, isOneByOne: false }))
    isOneByOne ||= parts.length === 1
    if (failures >= failuresToDiscount && othersArrive) delivery.discount()
    if (answer.kind === 'again') await delivery.rest(Math.max(answer.afterMs ?? 0, backoffMs(failures, random)))
  }
}

type Circumstances = { othersArrive: boolean; delivery: Delivery }

/** How to go on with a batch that fails: in several, in one but row by row, or (none) as it is. */
function split(units: readonly OutgoingUnit[], failures: number, { othersArrive, delivery }: Circumstances) {
  if (units.length < 2 || !delivery.maySplit()) return []
  if (othersArrive && failures >= failuresToSplit.whileOthersArrive) return lanesOf(units)
  if (failures < failuresToSplit.inAnyCase) return []
  const lanes = lanesOf(units)
  // Nobody knows whose fault it is: halves, so that a long failure of the Worker does not make a crowd of them.
  const half = Math.ceil(lanes.length / 2)
  return lanes.length < 2 ? lanes : [lanes.slice(0, half).flat(), lanes.slice(half).flat()]
}

function lanesOf(units: readonly OutgoingUnit[]): OutgoingUnit[][] {
  return [...Map.groupBy(units, ({ lane }) => lane).values()]
}

type Outcome = Settlement['outcome']

function settle({ log, settle }: Delivery, units: readonly OutgoingUnit[], outcomes: readonly Outcome[]): void {
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome !== 'delivered') log.warn({ event: 'row.refused', row: units[at]?.rows[0]?.id, code: outcome.code })
  }
  settle(units.map((unit, at) => ({ unit, outcome: outcomes[at] ?? 'delivered' })))
}

function outcomeOf({ log }: Delivery, unit: OutgoingUnit | undefined, results: readonly BroadcastResult[]): Outcome {
  const error = results.find((result) => result.error !== undefined)?.error
  if (error === undefined) return 'delivered'
  // A mail that gets a result at all is the Worker's: it lies in its quarantine, where staff can let it in.
  if (unit?.what.kind !== 'mail') return error
  log.warn({ event: 'mail.quarantined', row: unit.rows[0]?.id, code: error.code })
  return 'delivered'
}

function toError({ code, message }: { code: string; message: string }): Outcome {
  return { code, message }
}

function succeeded({ status, log, now }: Delivery): void {
  if (status.failures > 0) log.info({ event: 'link.recovered', failures: status.failures })
  status.lastSuccessAt = now()
  status.failures = 0
  status.lastFailure = null
}

function failed({ status, log }: Delivery, failure: { rows: number; failures: number; reason: string }): void {
  status.failures += 1
  status.lastFailure = failure.reason
  log.warn({ event: 'post.failed', ...failure })
}
