import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type PeerId, isPeerId, peers } from '../bench/contestants.ts'
import { generatedPart, insertGenerated, plainTable, sectionsOf } from '../bench/document.ts'
import { type Setting, measureGroup, measureStorms } from '../bench/groups.ts'
import { machine } from '../bench/machine.ts'
import { type Findings, chartsOf, contestantsOf, remarks } from '../bench/report.ts'
import { type Row, isWanted, rows, stormRow } from '../bench/rows.ts'
import { root } from './lib/paths.ts'
import { ScriptError, bold, dim, runMain, say, yellow } from './lib/terminal.ts'

const help = `npm run bench -- [options]
  --rows <names>    only these, or those whose name begins so: single, load-1000, latency, storm … (commas between)
  --peers <names>   only these: ${Object.keys(peers).join(', ')}
  --rounds <n>      5 unless told; fewer are no basis for a claim
  --quick           2 rounds, without the rows of 5,000 sockets; writes no document
  --no-write        prints only, leaves docs/performance.md as it is`

type Options = { wanted: string[]; peerIds: PeerId[]; rounds: number; isQuick: boolean; writes: boolean }

const listOf = (text: string | undefined): string[] => (text ?? '').split(',').filter((name) => name !== '')

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'no-write': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) throw new ScriptError(help)
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new ScriptError(`--rounds ${values.rounds} is no number of rounds.`)
  const names = values.peers === undefined ? Object.keys(peers) : listOf(values.peers)
  const unknown = names.filter((name) => !isPeerId(name))
  if (unknown.length > 0) throw new ScriptError(`Nobody is called ${unknown.join(', ')}.\n${help}`)
  const wanted = listOf(values.rows)
  const writes = !values.quick && !values['no-write']
  return { wanted, peerIds: names.filter(isPeerId), rounds, isQuick: values.quick, writes }
}

/** A round takes about so long, and so does starting one peer and opening its sockets. */
const secondsARound = 2
const secondsAStart = 5

function estimateMinutes(groups: ReadonlyMap<number, Row[]>, { rounds, peerIds }: Options): number {
  const chosen = [...groups.values()].flat()
  const runs = chosen.flatMap((row) => contestantsOf(row.task).filter(({ peer }) => peerIds.includes(peer))).length
  return Math.ceil((runs * rounds * secondsARound + groups.size * peerIds.length * secondsAStart) / 60)
}

function chosenGroups({ wanted, isQuick }: Options): Map<number, Row[]> {
  const chosen = rows.filter((row) => isWanted(row.id, wanted) && !(isQuick && row.sockets > 1000))
  return Map.groupBy(chosen, (row) => row.sockets)
}

async function measure(options: Options, setting: Setting): Promise<Findings> {
  const startedAt = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const measures: Findings['measures'] & Map<unknown, unknown> = new Map()
  const memory: Findings['memory'] = []
  const absent = new Set<string>()
  for (const [sockets, some] of chosenGroups(options)) {
    setting.progress(`Starting all peers, with ${sockets} sockets each …`)
    const found = await measureGroup(sockets, some, setting)
    for (const [row, byContestant] of found.measures) measures.set(row, byContestant)
    if (sockets >= 1000) memory.push({ sockets, bytesEach: found.bytesEach })
    for (const text of found.absent) absent.add(text)
  }
  const storm = isWanted(stormRow.id, options.wanted) ? await measureStorms(setting) : new Map()
  return {
    machine: machine(),
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    startedAt,
    rounds: options.rounds,
    isQuick: options.isQuick,
    measures,
    memory,
    storm,
    absent: [...absent],
  }
}

function print(findings: Findings): void {
  for (const { title, table } of sectionsOf(findings)) say(`\n${bold(title)}\n${plainTable(table)}`)
  for (const line of remarks(findings)) say(yellow(`! ${line}`))
}

function write(findings: Findings): void {
  const folder = join(root, 'docs/performance')
  mkdirSync(folder, { recursive: true })
  for (const { file, svg } of chartsOf(findings)) writeFileSync(join(folder, file), svg)
  const document = join(root, 'docs/performance.md')
  writeFileSync(document, insertGenerated(readFileSync(document, 'utf8'), generatedPart(findings)))
  say(dim(`\nWritten to docs/performance.md, charts in docs/performance/.`))
}

async function main(): Promise<void> {
  const options = readOptions()
  const minutes = estimateMinutes(chosenGroups(options), options)
  say(`${options.rounds} rounds; this takes about ${minutes} min. Leave the machine alone meanwhile.`)
  const workDir = mkdtempSync(join(tmpdir(), 'edge-inbox-bench-'))
  const startedAt = performance.now()
  const progress = (text: string): void => {
    say(dim(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${text}`))
  }
  try {
    const findings = await measure(options, { ...options, workDir, progress })
    print(findings)
    if (options.writes) write(findings)
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}

await runMain(main)
