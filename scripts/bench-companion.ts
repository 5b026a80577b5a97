import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RoundResult, type Size, measureCompanion } from '../bench/companion-measure.ts'
import {
  type CompanionFindings,
  companionMarks,
  companionPart,
  companionRemarks,
  companionSections,
  parseLoad,
} from '../bench/companion-report.ts'
import { plainTable } from '../bench/document.ts'
import { machine } from '../bench/machine.ts'
import {
  type BenchOptions,
  createProgress,
  givenCommand,
  readBenchOptions,
  startTime,
  writePart,
} from './lib/bench-run.ts'
import { ScriptError, bold, runMain, say, yellow } from './lib/terminal.ts'

const help = `npm run bench:companion -- [options]
  --rounds <n>   3 unless told; fewer are no basis for a claim
  --quick        1 round of less; writes no document
  --no-write     prints only, leaves docs/performance.md as it is`

const whole: Size = { accounts: [1, 10, 50], messagesEach: 100, speedAccounts: 3, speedMessages: 5000, delays: 100 }
const short: Size = { accounts: [1, 10], messagesEach: 20, speedAccounts: 3, speedMessages: 600, delays: 20 }

function readLoad(): CompanionFindings['load'] {
  try {
    return parseLoad(readFileSync('/proc/loadavg', 'utf8'))
  } catch {
    throw new ScriptError('There is no /proc here, from which memory and processor time are read: this needs Linux.')
  }
}

async function measure({ rounds, isQuick }: BenchOptions, workDir: string): Promise<CompanionFindings> {
  const load = readLoad()
  const startedAt = startTime()
  const size = isQuick ? short : whole
  say(`Load of this machine at the start: ${load?.join(', ') ?? 'unknown'}`)
  const progress = createProgress()
  const results: RoundResult[] = []
  for (let round = 1; round <= rounds; round += 1) {
    results.push(await measureCompanion(workDir, size, (text) => progress(`round ${round}: ${text}`)))
  }
  const command = givenCommand('bench:companion')
  return { machine: machine(), command, startedAt, load, cores: availableParallelism(), ...size, rounds: results }
}

async function main(): Promise<void> {
  const options = readBenchOptions(help, { rounds: 3 })
  const workDir = mkdtempSync(join(tmpdir(), 'edge-inbox-bench-'))
  try {
    const findings = await measure(options, workDir)
    for (const { title, table } of companionSections(findings)) say(`\n${bold(title)}\n${plainTable(table)}`)
    for (const line of companionRemarks(findings)) say(yellow(`! ${line.replaceAll('**', '')}`))
    if (options.writes) await writePart(companionPart(findings), companionMarks)
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}

await runMain(main)
