import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Marks, insertGenerated } from '../../bench/document.ts'
import { root } from './paths.ts'
import { runTool } from './run.ts'
import { ScriptError, dim, say } from './terminal.ts'

// What the benchmarks beside the main one have in common.

export type BenchOptions = { rounds: number; isQuick: boolean; writes: boolean }

/** `rounds`: unless told; a quick run has one and writes nothing. */
export function readBenchOptions(help: string, { rounds: usual }: { rounds: number }): BenchOptions {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'no-write': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) throw new ScriptError(help)
  const rounds = Number(values.rounds ?? (values.quick ? 1 : usual))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new ScriptError(`--rounds ${values.rounds} is no number of rounds.`)
  return { rounds, isQuick: values.quick, writes: !values.quick && !values['no-write'] }
}

/** The command as it was given, for the document: a figure stands with the command that gave it. */
export function givenCommand(name: string): string {
  return [`npm run ${name}`, ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ')
}

export function startTime(): string {
  return `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Shows what is being done, with the seconds since the start. */
export function createProgress(): (text: string) => void {
  const begunAt = performance.now()
  return (text) => say(dim(`${((performance.now() - begunAt) / 1000).toFixed(0).padStart(5)} s  ${text}`))
}

export async function writePart(part: string, marks: Marks): Promise<void> {
  const file = join(root, 'docs/performance.md')
  writeFileSync(file, insertGenerated(readFileSync(file, 'utf8'), part, marks))
  // The gate asks for the tables in its own form.
  const { code, output } = await runTool('oxfmt', [file])
  if (code !== 0) throw new ScriptError(`docs/performance.md could not be formatted:\n${output}`)
  say(dim('\nWritten to docs/performance.md.'))
}
