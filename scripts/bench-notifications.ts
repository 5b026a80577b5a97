import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plainTable } from '../bench/document.ts'
import { machine } from '../bench/machine.ts'
import { measureNotifications } from '../bench/notifications-measure.ts'
import {
  type NotificationFindings,
  notificationLines,
  notificationMarks,
  notificationPart,
} from '../bench/notifications-report.ts'
import { createProgress, givenCommand, readBenchOptions, startTime, writePart } from './lib/bench-run.ts'
import { runMain, say } from './lib/terminal.ts'

const help = `npm run bench:notifications -- [options]
  --rounds <n>   5 unless told; fewer are no basis for a claim
  --quick        1 round; writes no document
  --no-write     prints only, leaves docs/performance.md as it is`

async function measure(rounds: number, workDir: string): Promise<NotificationFindings> {
  const startedAt = startTime()
  const progress = createProgress()
  const results: NotificationFindings['rounds'][number][] = []
  for (let round = 1; round <= rounds; round += 1) {
    results.push(await measureNotifications(workDir, (text) => progress(`round ${round}: ${text}`)))
  }
  return { machine: machine(), command: givenCommand('bench:notifications'), startedAt, rounds: results }
}

async function main(): Promise<void> {
  const { rounds, writes } = readBenchOptions(help, { rounds: 5 })
  const workDir = mkdtempSync(join(tmpdir(), 'edge-inbox-bench-'))
  try {
    const findings = await measure(rounds, workDir)
    say(`\n${plainTable(notificationLines(findings))}`)
    if (writes) await writePart(notificationPart(findings), notificationMarks)
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}

await runMain(main)
