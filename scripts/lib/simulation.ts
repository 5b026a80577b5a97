import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { startTool, stopChild } from './run.ts'

/** What one history came to. `findings` and `trace` only where something was found. */
export type HistoryReport = {
  history: number
  ms: number
  faults: number
  events: number
  sockets: number
  findings?: string[]
  trace?: string[]
}

export type Simulation = {
  seed: string
  first: number
  histories: number
  /** A planted fault to change the sources by, on their way into workerd. */
  fault?: string
  stopsAtFinding?: boolean
  onHistory(report: HistoryReport): void
}

const mark = '@simulator '
/** Where Linux keeps files in memory: the databases of a run need not outlive it, and every commit waits for them. */
const memoryFolder = '/dev/shm'
/** A history that takes longer than this never ends: workerd is busy with itself, and even its timers wait. */
const silenceMs = 5 * 60_000
/** Once all are told the tools only have to end. They do not always; that is no history's fault. */
const farewellMs = 30_000
/** A history leaves little behind of much that it needs for a moment. In MB. */
const v8Flags = '--min-semi-space-size=32 --max-semi-space-size=64'

/**
 * Plays histories in one workerd of their own, one after the other. Gives what went wrong apart from findings: the end
 * of the output, where the run broke off or nothing was played.
 */
export async function simulate(simulation: Simulation): Promise<string | null> {
  const child = startTool('vitest', ['run', '--config', 'test/simulator/vitest.config.ts'], {
    env: {
      SIMULATOR_REPORT: 'lines',
      MINIFLARE_WORKERD_V8_FLAGS: v8Flags,
      TMPDIR: existsSync(memoryFolder) ? memoryFolder : process.env['TMPDIR'],
      SIMULATOR_SEED: simulation.seed,
      SIMULATOR_FIRST: String(simulation.first),
      SIMULATOR_HISTORIES: String(simulation.histories),
      SIMULATOR_FAULT: simulation.fault,
      SIMULATOR_STOP: simulation.stopsAtFinding === true ? 'at-finding' : undefined,
    },
  })
  const rest: string[] = []
  let played = 0
  let hasFindings = false
  let farewell: NodeJS.Timeout | null = null
  let isDismissed = false
  const dismiss = (): void => {
    isDismissed = true
    void stopChild(child)
  }
  const read = (line: string): void => {
    if (!line.startsWith(mark)) return void rest.push(line)
    const report = JSON.parse(line.slice(mark.length)) as HistoryReport
    played += 1
    if (played === simulation.histories) farewell = setTimeout(dismiss, farewellMs)
    else watchdog.refresh()
    hasFindings ||= report.findings !== undefined
    simulation.onHistory(report)
  }
  const watchdog = setTimeout(() => {
    rest.push(`Nothing for ${silenceMs / 60_000} minutes, after ${played} histories.`)
    void stopChild(child)
  }, silenceMs)
  if (child.stdout !== null) createInterface(child.stdout).on('line', read)
  // Once it plays, workerd says much of sockets that were cut and hubs that were stopped: just what was asked for.
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (played === 0) rest.push(text)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearTimeout(watchdog)
  if (farewell !== null) clearTimeout(farewell)
  const isComplete = played === simulation.histories || (hasFindings && simulation.stopsAtFinding === true)
  if (isComplete && (code === 0 || isDismissed || hasFindings)) return null
  return rest.slice(-40).join('\n')
}
