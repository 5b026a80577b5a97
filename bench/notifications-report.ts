import { markdownTable, marksOf } from './document.ts'
import { type Audience, type MessageCost, audiences, titleOf } from './notifications-measure.ts'
import { formatNumber } from './report.ts'
import { median } from './statistics.ts'

/** Everything a run has found. */
export type NotificationFindings = {
  machine: string
  command: string
  startedAt: string
  rounds: readonly ReadonlyMap<Audience, MessageCost>[]
}

export const notificationMarks = marksOf('npm run bench:notifications')

const head = [
  'one message to …',
  'rows written',
  'calls of D1',
  'frames',
  'kB',
  'all have it: p50, ms',
  'p95, ms',
  'processor, ms',
]

/** One line for each audience: medians of the rounds. */
export function notificationLines({ rounds }: NotificationFindings): string[][] {
  const lines = audiences.map((audience) => {
    const of = (name: keyof MessageCost): string =>
      formatNumber(median(rounds.map((round) => round.get(audience)?.[name] ?? Number.NaN)))
    const figures = [of('rowsWritten'), of('databaseCalls'), of('frames'), of('kilobytes')]
    return [titleOf(audience), ...figures, of('p50Ms'), of('p95Ms'), of('cpuMs')]
  })
  return [head, ...lines]
}

/** The generated part of docs/performance.md. */
export function notificationPart(findings: NotificationFindings): string {
  const { command, startedAt, rounds, machine } = findings
  return [
    notificationMarks.start,
    '',
    `\`${command}\`, ${startedAt}, ${rounds.length} rounds, medians. ${machine}.`,
    '',
    markdownTable(notificationLines(findings)),
    '',
    notificationMarks.end,
  ].join('\n')
}
