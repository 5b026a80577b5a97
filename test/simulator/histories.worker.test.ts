import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkHistory } from './checker.ts'
import { playHistory } from './history.ts'
import { rememberModules } from './module-cache.ts'
import { planHistory } from './plan.ts'
import type { HistoryRecord } from './record.ts'
import { keepJournalVersions } from './tables.ts'
import { realNow } from './worker.ts'

type Run = { seed: string; first: number; histories: number; stopsAtFinding: boolean }
const { SIMULATOR: run, REPORT: reporter } = env as unknown as { SIMULATOR: Run; REPORT: Fetcher }

async function report(history: number, ms: number, { record, findings }: Judged): Promise<void> {
  const { faults, clients, tenants, trace } = record
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0)
  const line = {
    ...{ history, ms, faults },
    events: sum(tenants.map(({ tables }) => tables.events.length)),
    sockets: sum(clients.map(({ connections }) => connections.length)),
    ...(findings.length === 0 ? {} : { findings, trace }),
  }
  await reporter.fetch('http://report/', { method: 'POST', body: JSON.stringify(line) })
}

type Judged = { record: HistoryRecord; findings: string[] }

async function judge(history: number): Promise<Judged> {
  const startedAt = realNow()
  const record = await playHistory(planHistory(`${run.seed}.${history}`))
  const judged = { record, findings: checkHistory(record) }
  await report(history, realNow() - startedAt, judged)
  return judged
}

beforeAll(async () => {
  rememberModules()
  // The Worker logs every fault it meets, which is what most of a history consists of.
  for (const level of ['info', 'warn', 'error'] as const) console[level] = () => undefined
  await keepJournalVersions(env.DB)
})

describe('random histories full of faults', () => {
  it('lose nothing, repeat nothing and mix nothing up', async () => {
    const failed: string[] = []
    for (let history = run.first; history < run.first + run.histories; history++) {
      const { record, findings } = await judge(history)
      if (findings.length === 0) continue
      const replay = `npm run simulate -- --seed ${run.seed} --first ${history} --histories 1`
      failed.push([`history ${history}; to play it again: ${replay}`, ...findings, ...record.trace].join('\n'))
      if (run.stopsAtFinding) break
    }
    expect(failed, failed.join('\n\n')).toEqual([])
  })
})
