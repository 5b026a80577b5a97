import { barChart } from './chart.ts'
import { type Contestant, bareWorkerId, contestants, ourId } from './contestants.ts'
import type { Measure } from './measure.ts'
import type { Goal, Metric, Row } from './rows.ts'
import { median, spread } from './statistics.ts'
import type { Storm } from './storm.ts'

/** Everything a run has found. `measures`: the rounds by row and contestant. */
export type Findings = {
  machine: string
  command: string
  startedAt: string
  rounds: number
  isQuick: boolean
  measures: ReadonlyMap<Row, ReadonlyMap<string, readonly Measure[]>>
  memory: { sockets: number; bytesEach: ReadonlyMap<string, number> }[]
  storm: ReadonlyMap<string, readonly Storm[]>
  absent: readonly string[]
}

/** Above this share of a core the generator may be what limits a figure. */
const busyGenerator = 0.7

export const metricNames: Readonly<Record<Metric, string>> = {
  deliveriesPerSecond: 'deliveries/s',
  requestsPerSecond: 'webhooks/s',
  p50Ms: 'p50, ms',
  p95Ms: 'p95, ms',
  cpuPerMillion: 'CPU s per million',
}

export function valueOf(measures: readonly Measure[], metric: Metric): number {
  return median(measures.map((measure) => measure[metric]))
}

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** The contestants of a task, in the order of the columns. */
export function contestantsOf(task: Row['task']): Contestant[] {
  return contestants.filter(
    ({ id, form }) =>
      id === ourId || (task === 'fan-out' ? form === 'event' || id === bareWorkerId : form === 'webhook'),
  )
}

/** A table of one task: a line for each row and metric. */
export function tableOf(task: Row['task'], { measures }: Findings): string[][] {
  const columns = contestantsOf(task)
  const head = ['row', 'figure', ...columns.map(({ title }) => title)]
  const lines = [...measures]
    .filter(([row]) => row.task === task)
    .flatMap(([row, byContestant]) =>
      row.metrics.map((metric, at) => [
        at === 0 ? row.title : '',
        metricNames[metric],
        ...columns.map(({ id }) => cell(byContestant.get(id), metric)),
      ]),
    )
  return [head, ...lines]
}

function cell(measures: readonly Measure[] | undefined, metric: Metric): string {
  if (measures === undefined) return '–'
  const isLimited = median(measures.map((measure) => measure.generatorLoad)) > busyGenerator
  return `${formatNumber(valueOf(measures, metric))}${isLimited ? ' ⚠' : ''}`
}

/** One line for each goal: what was asked, what came out of it. The ratio is taken round by round, then its median. */
export function goalLines({ measures }: Findings): string[][] {
  const lines = [...measures].flatMap(([row, byContestant]) => {
    const ours = byContestant.get(ourId)
    const theirs = row.goal === null ? undefined : byContestant.get(row.goal.against)
    return row.goal === null || ours === undefined || theirs === undefined
      ? []
      : [goalLine(row, row.goal, ours, theirs)]
  })
  return [['row', 'goal', 'reached', 'rounds apart', ''], ...lines]
}

function goalLine(row: Row, goal: Goal, ours: readonly Measure[], theirs: readonly Measure[]): string[] {
  const ratios = ours.map((measure, at) => measure[goal.metric] / (theirs[at]?.[goal.metric] ?? Number.NaN))
  const ratio = median(ratios)
  const isReached = ratio >= (goal.least ?? 0) && ratio <= (goal.most ?? Number.POSITIVE_INFINITY)
  const wanted = goal.least === undefined ? `≤ ${goal.most?.toFixed(2)}×` : `≥ ${goal.least.toFixed(2)}×`
  const against = contestants.find(({ id }) => id === goal.against)?.title ?? goal.against
  return [
    row.title,
    `${wanted} ${against} (${metricNames[goal.metric]})`,
    `${ratio.toFixed(2)}×`,
    `± ${(spread(ratios) * 100).toFixed(0)} %`,
    isReached ? 'reached' : 'missed',
  ]
}

export function memoryTable({ memory }: Findings): string[][] {
  const ids = contestantsOf('job')
  const head = ['idle sockets', ...ids.map(({ title }) => title)]
  const lines = memory.map(({ sockets, bytesEach }) => [
    sockets.toLocaleString('en'),
    ...ids.map(({ peer }) => {
      const bytes = bytesEach.get(peer)
      return bytes === undefined ? '–' : `${(bytes / 1024).toFixed(1)} KiB`
    }),
  ])
  return [head, ...lines]
}

export function stormTable({ storm }: Findings): string[][] {
  const head = ['peer', 'all open again, ms', 'all caught up, ms', 'D1 calls', 'trouble']
  const lines = [...storm].map(([peer, rounds]) => [
    peer,
    formatNumber(median(rounds.map((round) => round.reopenedMs))),
    formatNumber(median(rounds.map((round) => round.caughtUpMs))),
    rounds.every((round) => round.databaseCalls === null)
      ? '–'
      : formatNumber(median(rounds.map((round) => round.databaseCalls ?? Number.NaN))),
    [...new Set(rounds.map((round) => round.trouble).filter((text) => text !== ''))].join('; ') || 'none',
  ])
  return [head, ...lines]
}

/** Rounds in which something went wrong, and rounds in which the generator may have been the limit. */
export function remarks({ measures, absent }: Findings): string[] {
  const lines = [...measures].flatMap(([row, byContestant]) =>
    [...byContestant].flatMap(([id, rounds]) => {
      const troubles = rounds.map(({ trouble }) => trouble).filter((text) => text !== '')
      const load = median(rounds.map(({ generatorLoad }) => generatorLoad))
      return [
        ...(troubles.length > 0
          ? [`${row.id}, ${id}: ${troubles.length} of ${rounds.length} rounds: ${troubles[0]}`]
          : []),
        ...(load > busyGenerator
          ? [
              `${row.id}, ${id}: the load generator used ${(load * 100).toFixed(0)} % of a core: it may be the limit (⚠)`,
            ]
          : []),
      ]
    }),
  )
  return [...absent.map((text) => `Left out: ${text}`), ...lines]
}

export type Chart = { file: string; svg: string; title: string }

/** One chart for each row that compares: a bar for each contestant. */
export function chartsOf({ measures }: Findings): Chart[] {
  return [...measures].map(([row, byContestant]) => {
    const [metric = 'p50Ms'] = row.metrics
    const title = `${row.title}: ${metricNames[metric]}`
    const bars = contestantsOf(row.task).flatMap(({ id, title: label }) => {
      const rounds = byContestant.get(id)
      return rounds === undefined ? [] : [{ label, value: valueOf(rounds, metric), isOurs: id === ourId }]
    })
    return { file: `${row.id}.svg`, title, svg: barChart({ title, bars, format: formatNumber }) }
  })
}
