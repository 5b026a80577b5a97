// The load generator's own process, so that its share of the machine can be told apart. It talks to its parent by IPC.
import { findEvents } from './events.ts'
import type { Answer, Question, RunResult } from './messages.ts'
import { type Run, type RunSpec, startRun } from './run.ts'
import {
  type LoadSockets,
  countOpen,
  createSockets,
  cutSockets,
  openSockets,
  openingAtOnce,
  settleSockets,
} from './sockets.ts'

/** Long enough that a server has noticed, and has forgotten what it remembers for seconds only. */
const awayMs = 6_000

let sockets: LoadSockets | null = null
let current: { run: Run; report: () => Promise<RunResult> } | null = null

function onText(buffer: Buffer, start: number, end: number): void {
  if (current !== null) findEvents(buffer, start, end, current.run.onEvent)
}

function requireSockets(): LoadSockets {
  if (sockets === null) throw new Error('No sockets are open')
  return sockets
}

function start(spec: RunSpec) {
  const open = requireSockets()
  const { tally } = open.host
  const before = { ...tally }
  const usage = process.cpuUsage()
  const startedAt = performance.now()
  const run = startRun(spec, countOpen(open))
  const report = async (): Promise<RunResult> => {
    const outcome = await run.finished
    current = null
    const { user, system } = process.cpuUsage(usage)
    return {
      ...outcome,
      closed: tally.closed - before.closed,
      closedBecause: tally.closedBecause,
      frames: tally.frames - before.frames,
      bytes: tally.bytes - before.bytes,
      load: (user + system) / 1000 / (performance.now() - startedAt),
    }
  }
  current = { run, report }
  return current
}

/** All sockets are cut; the run's events happen while they are away. */
async function leave(spec: RunSpec): Promise<Answer> {
  const { run } = start(spec)
  cutSockets(requireSockets())
  await run.answered
  await new Promise((resolve) => setTimeout(resolve, awayMs))
  return { of: 'leave' }
}

async function comeBack(): Promise<Answer> {
  if (current === null) throw new Error('Nobody has left')
  const { report } = current
  const startedAt = performance.now()
  await openSockets(requireSockets(), Number.POSITIVE_INFINITY)
  const reopenedMs = performance.now() - startedAt
  const result = await report()
  return { of: 'return', result, reopenedMs, caughtUpMs: performance.now() - startedAt }
}

async function answer(question: Question): Promise<Answer> {
  switch (question.ask) {
    case 'open': {
      const startedAt = performance.now()
      sockets = createSockets(question.sockets, onText)
      const { open, firstFailure } = await openSockets(sockets, openingAtOnce)
      return { of: 'open', openedMs: performance.now() - startedAt, open, firstFailure }
    }
    case 'settle':
      return { of: 'settle', open: await settleSockets(requireSockets()) }
    case 'run':
      return { of: 'run', result: await start(question.run).report() }
    case 'leave':
      return leave(question.run)
    case 'return':
      return comeBack()
    case 'close':
      if (sockets !== null) cutSockets(sockets)
      return { of: 'close' }
  }
}

async function reply(question: Question): Promise<void> {
  const text = await answer(question).catch((error: unknown): Answer => {
    return { of: 'failure', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  })
  process.send?.(text)
}

process.on('message', (question: Question) => void reply(question))
process.on('disconnect', () => process.exit(0))
