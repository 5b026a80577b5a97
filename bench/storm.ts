import type { Ready } from './measure.ts'
import { runWork, troubleOf } from './measure.ts'
import { stormRow } from './rows.ts'

/** All sockets cut, events meanwhile, all back at once. `databaseCalls`: from the return until all had caught up. */
export type Storm = { reopenedMs: number; caughtUpMs: number; databaseCalls: number | null; trouble: string }

export async function measureStorm(ready: Ready): Promise<Storm> {
  const target = ready.peer.webhookTarget
  await runWork(ready, target, { pacing: { kind: 'receipts', atOnce: 1 }, requests: 4, eventsEach: 1 })
  await ready.load.ask({ ask: 'settle' })
  const pacing = { kind: 'answers', publishers: 1 } as const
  const run = { target, pacing, requests: stormRow.missed, eventsEach: 1, firstId: ready.nextId }
  ready.nextId += stormRow.missed
  await ready.load.ask({ ask: 'leave', run })
  const before = await ready.peer.databaseCalls?.()
  const { result, reopenedMs, caughtUpMs } = await ready.load.ask({ ask: 'return' })
  const after = await ready.peer.databaseCalls?.()
  return {
    reopenedMs,
    caughtUpMs,
    databaseCalls: before === undefined || after === undefined ? null : after - before,
    trouble: troubleOf(result),
  }
}
