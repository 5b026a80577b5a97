import type { MemoryRound, RoundResult, SpeedRound } from './companion-measure.ts'
import { markdownTable, marksOf } from './document.ts'
import { formatNumber } from './report.ts'
import { median, spread } from './statistics.ts'

/** Everything a run has found. */
export type CompanionFindings = {
  machine: string
  command: string
  startedAt: string
  /** `/proc/loadavg` before anything was begun, over one, five and fifteen minutes; null where there is none. */
  load: readonly [number, number, number] | null
  cores: number
  messagesEach: number
  speedMessages: number
  speedAccounts: number
  delays: number
  rounds: readonly RoundResult[]
}

export const companionMarks = marksOf('npm run bench:companion')

/** Above this share of the cores somebody else was at work. */
const busyShare = 0.25
/** Above this share of the time, a figure may be the data centre's rather than ours. */
const slowSpeaker = 0.8
const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0)

/** The three averages at the beginning of `/proc/loadavg`; null when they do not stand there. */
export function parseLoad(text: string): readonly [number, number, number] | null {
  const [one = Number.NaN, five = Number.NaN, fifteen = Number.NaN] = text.split(' ').slice(0, 3).map(Number)
  return [one, five, fifteen].some(Number.isNaN) ? null : [one, five, fifteen]
}

export function memoryLines({ rounds, messagesEach }: CompanionFindings): string[][] {
  const counts = [...(rounds[0]?.memory.keys() ?? [])]
  const head = [
    'accounts',
    'all connected after, s',
    'connected, MiB',
    `after ${messagesEach} messages each, MiB`,
    'highest, MiB',
  ]
  const lines = counts.map((count) => {
    const of = (name: keyof MemoryRound) => median(rounds.map(({ memory }) => memory.get(count)?.[name] ?? Number.NaN))
    const memory = [of('idleBytes'), of('workedBytes'), of('peakBytes')].map(mib)
    return [String(count), (of('connectedMs') / 1000).toFixed(1), ...memory]
  })
  return [head, ...lines]
}

export function speedLines({ rounds, ...counts }: CompanionFindings): string[][] {
  const line = (title: string, name: keyof SpeedRound): string[] => {
    const values = rounds.map(({ speed }) => speed[name])
    return [title, formatNumber(median(values)), `± ${(spread(values) * 100).toFixed(0)} %`]
  }
  const many = `${counts.speedMessages.toLocaleString('en')} messages to ${counts.speedAccounts} accounts`
  return [
    ['figure', 'median', 'rounds apart'],
    line(`${many}: from the data centre into D1, a second`, 'storedPerSecond'),
    line('the same: processor time of the companion for each, ms', 'cpuMsEach'),
    line(`${many}, Worker away: into the spool, a second`, 'spooledPerSecond'),
    line('the same, Worker back: from its start to the last in D1, a second', 'drainedPerSecond'),
    line('the same: in the busiest second', 'busiestPerSecond'),
    line(`one message at a time, ${counts.delays} times: until its frame is at a socket, p50, ms`, 'p50Ms'),
    line('the same: p95, ms', 'p95Ms'),
  ]
}

export function companionSections(findings: CompanionFindings): { title: string; table: string[][] }[] {
  return [
    { title: 'Memory of the companion', table: memoryLines(findings) },
    { title: 'Messages through the companion', table: speedLines(findings) },
  ]
}

export function companionRemarks({ load, cores, rounds }: CompanionFindings): string[] {
  const saidShare = median(rounds.map(({ speed }) => speed.saidShare))
  const averages = load?.map((value) => value.toFixed(2)).join(', ')
  const isBusy = load !== null && load[0] > cores * busyShare
  return [
    ...(averages === undefined ? [] : [`Load at the start: ${averages}, on ${cores} cores.`]),
    ...(isBusy
      ? ['**The machine was busy with other work**: rates are lower and delays longer than on a free one.']
      : []),
    ...(saidShare > slowSpeaker
      ? [
          `The data centre was speaking for ${(saidShare * 100).toFixed(0)} % of the time until the last was in D1: it may be the limit of that rate.`,
        ]
      : []),
  ]
}

/** The companion's generated part of docs/performance.md. */
export function companionPart(findings: CompanionFindings): string {
  const { command, startedAt, rounds, machine } = findings
  const notes = companionRemarks(findings)
  return [
    companionMarks.start,
    '',
    `\`${command}\`, ${startedAt}, ${rounds.length} rounds, medians. ${machine}.`,
    ...companionSections(findings).flatMap(({ title, table }) => ['', `### ${title}`, '', markdownTable(table)]),
    ...(notes.length > 0 ? ['', ...notes.map((text) => `- ${text}`)] : []),
    '',
    companionMarks.end,
  ].join('\n')
}
