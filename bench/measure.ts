import type { Contestant } from './contestants.ts'
import type { LoadClient } from './load/load-client.ts'
import type { RunResult, Target } from './load/messages.ts'
import type { Pacing } from './load/run.ts'
import type { RunningPeer } from './peers/peer.ts'
import { type Usage, usageOf } from './process-usage.ts'
import type { Metric, Row } from './rows.ts'
import { percentile } from './statistics.ts'

/** A peer with its sockets open. */
export type Ready = { peer: RunningPeer; load: LoadClient; nextId: number }

/** One round of one row. `generatorLoad`: the generator's share of a core; above 0.7 it may be what is measured. */
export type Measure = Record<Metric, number> & { generatorLoad: number; trouble: string }

const warmUp = { pacing: { kind: 'receipts', atOnce: 1 }, requests: 4, eventsEach: 1 } as const
type Work = { pacing: Pacing; requests: number; eventsEach: number }

export function targetOf({ peer }: Ready, { form }: Contestant): Target {
  return (form === 'event' ? peer.eventTarget : null) ?? peer.webhookTarget
}

export async function runWork(ready: Ready, target: Target, work: Work): Promise<RunResult> {
  const run = { ...work, target, firstId: ready.nextId }
  ready.nextId += work.requests * work.eventsEach
  const { result } = await ready.load.ask({ ask: 'run', run })
  return result
}

/** Wakes what has gone to sleep while others were measured, then measures one round. */
export async function measureRound(ready: Ready, contestant: Contestant, row: Row): Promise<Measure> {
  const target = targetOf(ready, contestant)
  await ready.load.ask({ ask: 'settle' })
  await runWork(ready, target, warmUp)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const before = usageOf(ready.peer.pid)
  const result = await runWork(ready, target, row)
  return toMeasure(result, row, { before, after: usageOf(ready.peer.pid) })
}

type Between = { before: Usage | null; after: Usage | null }

function toMeasure(result: RunResult, row: Row, { before, after }: Between): Measure {
  const seconds = result.elapsedMs / 1000
  const cpu = before === null || after === null ? Number.NaN : after.cpuSeconds - before.cpuSeconds
  return {
    deliveriesPerSecond: result.deliveries / seconds,
    requestsPerSecond: row.requests / seconds,
    p50Ms: percentile(result.lastMs, 50),
    p95Ms: percentile(result.lastMs, 95),
    cpuPerMillion: (cpu / result.deliveries) * 1e6,
    generatorLoad: result.load,
    trouble: troubleOf(result),
  }
}

export function troubleOf({ missing, repeated, refused, closed, closedBecause }: RunResult): string {
  return [
    missing > 0 ? `${missing} deliveries missing` : '',
    repeated > 0 ? `${repeated} deliveries repeated` : '',
    refused > 0 ? `${refused} requests refused` : '',
    closed > 0 ? `${closed} sockets closed (${closedBecause})` : '',
  ]
    .filter((text) => text !== '')
    .join(', ')
}
