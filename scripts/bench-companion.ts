import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type RoundResult, type Size, measureCompanion } from '../bench/companion-measure.ts'
import {
  type CompanionFindings,
  companionMarks,
  companionPart,
  companionRemarks,
  companionSections,
  parseLoad,
} from '../bench/companion-report.ts'
import { insertGenerated, plainTable } from '../bench/document.ts'
import { machine } from '../bench/machine.ts'
import { root } from './lib/paths.ts'
import { runTool } from './lib/run.ts'
import { ScriptError, bold, dim, runMain, say, yellow } from './lib/terminal.ts'

const help = `npm run bench:companion -- [options]
  --rounds <n>   3 unless told; fewer are no basis for a claim
  --quick        1 round of less; writes no document
  --no-write     prints only, leaves docs/performance.md as it is`

const whole: Size = { accounts: [1, 10, 50], messagesEach: 100, speedAccounts: 3, speedMessages: 5000, delays: 100 }
const short: Size = { accounts: [1, 10], messagesEach: 20, speedAccounts: 3, speedMessages: 600, delays: 20 }

type Options = { rounds: number; size: Size; writes: boolean }

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'no-write': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) throw new ScriptError(help)
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new ScriptError(`--rounds ${values.rounds} is no number of rounds.`)
  return { rounds, size: values.quick ? short : whole, writes: !values.quick && !values['no-write'] }
}

function readLoad(): CompanionFindings['load'] {
  try {
    return parseLoad(readFileSync('/proc/loadavg', 'utf8'))
  } catch {
    throw new ScriptError('There is no /proc here, from which memory and processor time are read: this needs Linux.')
  }
}

async function measure({ rounds, size }: Options, workDir: string): Promise<CompanionFindings> {
  const load = readLoad()
  const begunAt = performance.now()
  const startedAt = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`
  say(`Load of this machine at the start: ${load?.join(', ') ?? 'unknown'}`)
  const results: RoundResult[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const progress = (text: string): void =>
      say(dim(`${((performance.now() - begunAt) / 1000).toFixed(0).padStart(5)} s  round ${round}: ${text}`))
    results.push(await measureCompanion(workDir, size, progress))
  }
  return {
    machine: machine(),
    command: ['npm run bench:companion', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(
      ' ',
    ),
    startedAt,
    load,
    cores: availableParallelism(),
    ...size,
    rounds: results,
  }
}

async function write(findings: CompanionFindings): Promise<void> {
  const file = join(root, 'docs/performance.md')
  writeFileSync(file, insertGenerated(readFileSync(file, 'utf8'), companionPart(findings), companionMarks))
  // The gate asks for the tables in its own form.
  const { code, output } = await runTool('oxfmt', [file])
  if (code !== 0) throw new ScriptError(`docs/performance.md could not be formatted:\n${output}`)
  say(dim('\nWritten to docs/performance.md.'))
}

async function main(): Promise<void> {
  const options = readOptions()
  const workDir = mkdtempSync(join(tmpdir(), 'edge-inbox-bench-'))
  try {
    const findings = await measure(options, workDir)
    for (const { title, table } of companionSections(findings)) say(`\n${bold(title)}\n${plainTable(table)}`)
    for (const line of companionRemarks(findings)) say(yellow(`! ${line.replaceAll('**', '')}`))
    if (options.writes) await write(findings)
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}

await runMain(main)
