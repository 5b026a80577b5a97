import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../scripts/lib/http.ts'
import { root } from '../../scripts/lib/paths.ts'

export type NpmProcess = {
  port: number
  /** Of this run alone; gone after `stop`. */
  stateDir: string
  lines: () => readonly string[]
  /** The first line from number `from` on that matches; throws with the whole output after `timeoutMs`. */
  waitForLine: (pattern: RegExp, options?: { from?: number; timeoutMs?: number }) => Promise<RegExpExecArray>
  /** Ends the whole group the way Ctrl-C does. False when something had to be killed. */
  stop: () => Promise<boolean>
}

/** The environment of a person at a terminal: nothing of the test runner may change what it builds. */
function terminalEnv(extra: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !name.startsWith('VITEST'))
  return { ...Object.fromEntries(kept), ...extra }
}

/** Runs an npm script of this checkout on a free port with a state of its own. */
export async function startNpm(script: 'demo' | 'dev', env: Record<string, string> = {}): Promise<NpmProcess> {
  const port = await findFreePort()
  const stateDir = mkdtempSync(join(tmpdir(), `edge-inbox-${script}-`))
  const child = spawn('npm', ['run', script], {
    cwd: root,
    // A group of its own: npm does not hand signals on to what it starts, so the group is what has to be ended.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: terminalEnv({ PORT: String(port), STATE_DIR: stateDir, NO_COLOR: '1', ...env }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  // The pipes close when the last process that holds them is gone, npm's grandchildren included.
  const ended = new Promise<true>((resolve) => {
    child.on('close', () => resolve(true))
    child.on('error', () => resolve(true))
  })
  const lines = () => output.split('\n').slice(0, -1)
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // The group is gone already.
    }
  }
  return {
    port,
    stateDir,
    lines,
    waitForLine: async (pattern, { from = 0, timeoutMs = 60_000 } = {}) => {
      const deadline = Date.now() + timeoutMs
      while (Date.now() < deadline && child.exitCode === null) {
        const match = lines()
          .slice(from)
          .map((line) => pattern.exec(line))
          .find((found) => found !== null)
        if (match) return match
        await sleep(50)
      }
      throw new Error(`npm run ${script} never printed ${pattern}:\n${output}`)
    },
    stop: async () => {
      signalGroup('SIGINT')
      const isClean = await Promise.race([ended, sleep(15_000, false)])
      if (!isClean) signalGroup('SIGKILL')
      rmSync(stateDir, { recursive: true, force: true })
      return isClean
    },
  }
}
