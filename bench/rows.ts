import { bareObjectId, bareWorkerId } from './contestants.ts'
import type { Pacing } from './load/run.ts'

export type Metric = 'deliveriesPerSecond' | 'requestsPerSecond' | 'p50Ms' | 'p95Ms' | 'cpuPerMillion'

/**
 * One line of the tables. `task`: `fan-out` asks the others only to send what they are given (ours always stores first);
 * `job` asks everybody for signature, row and delivery.
 */
export type Row = {
  id: string
  title: string
  task: 'fan-out' | 'job'
  sockets: number
  pacing: Pacing
  requests: number
  eventsEach: number
  metrics: readonly Metric[]
  goal: Goal | null
}

/** Ours against another contestant's: `least` of a rate, `most` of a time. */
export type Goal = { against: string; metric: Metric; least?: number; most?: number }

const inStep = (atOnce: number): Pacing => ({ kind: 'receipts', atOnce })
const onAnswers = (publishers: number): Pacing => ({ kind: 'answers', publishers })
const paced = (everyMs: number): Pacing => ({ kind: 'paced', everyMs })

const rates = ['deliveriesPerSecond', 'p50Ms', 'cpuPerMillion'] as const
const times = ['p50Ms', 'p95Ms'] as const
const sustained = ['requestsPerSecond', 'p50Ms'] as const

type Size = { sockets: number; single: number; load: number; burst: number }

function fanOut({ sockets, single, load, burst }: Size): Row[] {
  const base = { task: 'fan-out', sockets, eventsEach: 1, metrics: rates } as const
  const n = sockets.toLocaleString('en')
  return [
    {
      ...base,
      id: `single-${sockets}`,
      title: `One event at a time to ${n} sockets`,
      pacing: inStep(1),
      requests: single,
      goal: sockets === 1000 ? { against: bareObjectId, metric: 'p50Ms', most: 1.1 } : null,
    },
    {
      ...base,
      id: `load-${sockets}`,
      title: `4 publishers to ${n} sockets`,
      pacing: onAnswers(4),
      requests: load,
      goal: sockets === 1000 ? { against: bareObjectId, metric: 'deliveriesPerSecond', least: 2.5 } : null,
    },
    {
      ...base,
      id: `burst-${sockets}`,
      title: `Bursts of 20 events to ${n} sockets`,
      pacing: inStep(20),
      requests: burst,
      goal: sockets === 1000 ? { against: bareObjectId, metric: 'deliveriesPerSecond', least: 2.5 } : null,
    },
  ]
}

function job({ sockets, one, fifty }: { sockets: number; one: number; fifty: number }): Row[] {
  const n = sockets === 1 ? '1 socket' : `${sockets} sockets`
  const base = { task: 'job', sockets, eventsEach: 1 } as const
  return [
    {
      ...base,
      id: `latency-${sockets}`,
      title: `Webhook to ${n}, 25 a second`,
      pacing: paced(40),
      requests: 40,
      metrics: times,
      goal: { against: bareWorkerId, metric: 'p50Ms', most: 1.3 },
    },
    {
      ...base,
      id: `sustained-${sockets}`,
      title: `Most webhooks, to ${n}`,
      pacing: onAnswers(32),
      requests: one,
      metrics: sustained,
      goal: sockets === 100 ? { against: bareWorkerId, metric: 'requestsPerSecond', least: 3 } : null,
    },
    {
      ...base,
      id: `sustained-50-${sockets}`,
      title: `Most webhooks of 50 messages, to ${n}`,
      pacing: onAnswers(8),
      requests: fifty,
      eventsEach: 50,
      metrics: sustained,
      goal: null,
    },
  ]
}

/** In groups of as many sockets: those are opened once, and all the group's rows are measured on them. */
export const rows: readonly Row[] = [
  ...job({ sockets: 1, one: 800, fifty: 40 }),
  ...job({ sockets: 100, one: 400, fifty: 16 }),
  ...fanOut({ sockets: 100, single: 80, load: 320, burst: 320 }),
  ...fanOut({ sockets: 1000, single: 24, load: 80, burst: 80 }),
  ...fanOut({ sockets: 5000, single: 6, load: 20, burst: 20 }),
]

/** Not measured like the others: the return of all sockets after a cut. */
export const stormRow = { id: 'storm', sockets: 1000, missed: 30 } as const

/** `fan` takes every row whose name begins so; nothing takes all. */
export function isWanted(id: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((name) => id === name || id.startsWith(`${name}-`))
}
