import { parseArgs } from 'node:util'
import { type HistoryReport, simulate } from './lib/simulation.ts'
import { ScriptError, bold, dim, green, red, runMain, say, seconds } from './lib/terminal.ts'

const usage = `Plays random histories full of faults on the real Worker, hub and client, and checks each (docs/simulator.md).
  npm run simulate -- --seed 1 --histories 1000 --jobs 2
  --seed <text>       what the histories are made from (the time of day)
  --first <n>         the first one's number (1)
  --histories <n>     how many (100)
  --jobs <n>          so many at a time, each in a workerd of its own (1)
  --fault <name>      with a planted fault
  --stop              at the first finding`

/** So many histories share one workerd; then a fresh one keeps its memory small. */
const chunkSize = 500
const progressEveryMs = 5_000

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now()) },
      first: { type: 'string', default: '1' },
      histories: { type: 'string', default: '100' },
      jobs: { type: 'string', default: '1' },
      fault: { type: 'string' },
      stop: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const number = (name: 'first' | 'histories' | 'jobs'): number => {
    const value = Number(values[name])
    if (!Number.isSafeInteger(value) || value < 1) throw new ScriptError(`--${name} must be a number above 0\n${usage}`)
    return value
  }
  return { ...values, first: number('first'), histories: number('histories'), jobs: number('jobs') }
}

type Totals = { histories: number; failed: HistoryReport[]; faults: number; events: number; sockets: number }

function add(totals: Totals, report: HistoryReport): void {
  totals.histories += 1
  totals.faults += report.faults
  totals.events += report.events
  totals.sockets += report.sockets
  if (report.findings !== undefined) totals.failed.push(report)
}

function progress({ histories, failed, faults, events, sockets }: Totals, startedAt: number): string {
  const ms = performance.now() - startedAt
  const rate = ((histories * 1000) / ms).toFixed(1)
  const counts = `${faults} faults, ${events} events, ${sockets} sockets`
  return `${histories} histories in ${seconds(ms)} (${rate}/s): ${counts}, ${failed.length} with findings`
}

function explain({ history, findings = [], trace = [] }: HistoryReport, replay: string): void {
  say(red(bold(`✗ history ${history}`)))
  for (const finding of findings) say(`  ${finding}`)
  say(dim(trace.map((line) => `    ${line}`).join('\n')))
  say(`  to play it again: ${bold(replay)}`)
}

async function main(): Promise<void> {
  const options = readOptions()
  if (options.help) return say(usage)
  const { seed, first, histories, jobs, fault, stop } = options
  const totals: Totals = { histories: 0, failed: [], faults: 0, events: 0, sockets: 0 }
  const startedAt = performance.now()
  say(
    `Seed ${bold(seed)}, histories ${first} to ${first + histories - 1}${fault === undefined ? '' : `, with ${fault}`}`,
  )
  const onHistory = (report: HistoryReport): void => {
    add(totals, report)
    const named = fault === undefined ? '' : ` --fault ${fault}`
    const replay = `npm run simulate -- --seed ${seed} --first ${report.history} --histories 1${named}`
    if (report.findings !== undefined) explain(report, replay)
  }
  const timer = setInterval(() => say(dim(progress(totals, startedAt))), progressEveryMs)
  let next = first
  const work = async (): Promise<void> => {
    while (next < first + histories) {
      if (stop && totals.failed.length > 0) return
      const size = Math.min(chunkSize, Math.ceil(histories / jobs), first + histories - next)
      const chunk = { seed, first: next, histories: size, stopsAtFinding: stop, onHistory }
      next += size
      const broken = await simulate({ ...chunk, ...(fault === undefined ? {} : { fault }) })
      if (broken !== null) throw new ScriptError(`The run broke off.\n${broken}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: jobs }, work))
  } finally {
    clearInterval(timer)
  }
  say(progress(totals, startedAt))
  if (totals.failed.length > 0) process.exitCode = 1
  else say(green('Nothing was lost, repeated or mixed up.'))
}

await runMain(main)
