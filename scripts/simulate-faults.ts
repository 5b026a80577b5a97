import { parseArgs } from 'node:util'
import { plantedFaults } from '../test/simulator/planted-faults.ts'
import { type HistoryReport, simulate } from './lib/simulation.ts'
import { ScriptError, bold, dim, green, red, runMain, say } from './lib/terminal.ts'

const usage = `Plants one fault after the other and demands that the simulator finds each (docs/simulator.md).
  npm run simulate:faults -- --only no-replay
  --seed <text>       what the histories are made from (1)
  --histories <n>     within how many each must be found (100)
  --jobs <n>          so many faults at a time (2)
  --only <text>       faults whose name holds this`

type Row = { name: string; breaks: string; found: HistoryReport | null; played: number; broken: string | null }

async function hunt(of: { seed: string; histories: number }, name: string, breaks: string): Promise<Row> {
  const row: Row = { name, breaks, found: null, played: 0, broken: null }
  row.broken = await simulate({
    ...of,
    first: 1,
    stopsAtFinding: true,
    ...(name === '' ? {} : { fault: name }),
    onHistory(report) {
      row.played += 1
      if (report.findings !== undefined) row.found = report
    },
  })
  return row
}

function outcomeOf({ found, played, broken }: Row): string {
  if (broken !== null) return red('broke off')
  return found === null ? red(`survived ${played} histories`) : green(`history ${found.history}`)
}

function print(row: Row): void {
  const { name, breaks, found, broken } = row
  const outcome = outcomeOf(row)
  say(`${bold(name.padEnd(36))}${outcome}  ${dim(breaks)}`)
  if (found !== null) say(dim(`    ${found.findings?.[0]?.slice(0, 140) ?? ''}`))
  if (broken !== null) say(broken)
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      histories: { type: 'string', default: '100' },
      jobs: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  })
  const { seed, only, help } = values
  return { seed, only, help, histories: Number(values.histories), jobs: Number(values.jobs) }
}

async function main(): Promise<void> {
  const { seed, histories, jobs, only, help } = readOptions()
  if (help) return say(usage)
  const queue = plantedFaults.filter(({ name }) => name.includes(only))
  const count = queue.length
  say(`${count} planted faults, each within ${histories} histories of seed ${seed}`)
  // A simulator that complains about sound code would find every fault.
  const sound = await hunt({ seed, histories }, '', 'nothing')
  if (sound.broken !== null) throw new ScriptError(`The run without any fault broke off.\n${sound.broken}`)
  if (sound.found !== null) throw new ScriptError(`Without any fault: ${sound.found.findings?.join('\n')}`)
  say(dim(`without any fault: ${sound.played} histories, nothing found`))
  const rows: Row[] = []
  const work = async (): Promise<void> => {
    for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
      const row = await hunt({ seed, histories }, fault.name, fault.breaks)
      rows.push(row)
      print(row)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  const survivors = rows.filter(({ found, broken }) => found === null || broken !== null)
  say(`${count - survivors.length} of ${count} were found`)
  if (survivors.length === 0) return
  say(red(`not found: ${survivors.map(({ name }) => name).join(', ')}`))
  process.exitCode = 1
}

await runMain(main)
