import { type ChildProcess, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { dirname, delimiter } from 'node:path'
import { root, toolPath } from './paths.ts'

export type RunResult = { code: number; output: string; stdout: string }
export type RunOptions = {
  env?: Record<string, string | undefined>
  /** Written to the tool's standard input, which is closed afterwards. */
  input?: string
  /** Let the tool write to the terminal itself; `output` stays empty. */
  inherit?: boolean
}

/** This process's environment with our own Node first in PATH: tools start `node` themselves. */
export function toolEnv(extra: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
  // Tools write into a pipe and would guess about colours: they follow our own output instead.
  const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined }
  const env: NodeJS.ProcessEnv = { ...process.env, ...colours, PATH: path, WRANGLER_SEND_METRICS: 'false', ...extra }
  // Set and undefined is not the same as absent for spawn: take such names out.
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
}

/** Starts an installed tool under our own Node, without a shell or a shim between us and its signals. */
export function startTool(tool: string, args: readonly string[], options: RunOptions = {}): ChildProcess {
  const output = options.inherit ? 'inherit' : 'pipe'
  const input = options.input === undefined ? 'ignore' : 'pipe'
  return spawn(process.execPath, [realpathSync(toolPath(tool)), ...args], {
    cwd: root,
    env: toolEnv(options.env),
    stdio: [input, output, output],
  })
}

/** Runs an installed tool to its end. A tool that fails is a result, not an exception. */
export async function runTool(tool: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = startTool(tool, args, options)
  let output = ''
  let stdout = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stdin?.end(options.input)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve(exitCode ?? 1))
  })
  return { code, output, stdout }
}

/** Asks a child to end and waits for it; one that does not listen within `graceMs` is killed. */
export async function stopChild(child: ChildProcess, graceMs = 8000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await exited
  clearTimeout(timer)
}
