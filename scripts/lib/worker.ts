import { mkdirSync } from 'node:fs'
import { allowedOrigins, type DevVars, optionalVars, readDevVars } from './dev-vars.ts'
import { isPortFree, waitForHttp } from './http.ts'
import { buildPage, isPageStale } from './page.ts'
import { runTool, startTool, stopChild } from './run.ts'
import { dim, say, ScriptError } from './terminal.ts'

export type LocalWorker = {
  url: string
  vars: DevVars
  /** Aborted when the Worker ended, by itself or by `stop`. */
  ended: AbortSignal
  stop: () => Promise<void>
}
export type LocalWorkerOptions = {
  port: number
  stateDir: string
  logLevel: 'info' | 'warn'
  aborted: AbortSignal
  /** Values that replace those of the file. */
  vars?: Record<string, string>
  /** Files in place of wrangler.toml: the Worker's own first, then those of Workers that it is bound to. */
  configs?: readonly string[]
}

// Without these wrangler tries to reach the network at every start, and says so at length.
const quiet = { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false' }
const startTimeoutMs = 60_000

/** PORT of the environment; 8787 where it is not set. */
export function portFromEnv(env: NodeJS.ProcessEnv): number {
  const text = env['PORT'] || '8787'
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new ScriptError(`PORT=${text} is not a port number.`)
  return port
}

export async function requireFreePort(port: number): Promise<void> {
  if (await isPortFree(port)) return
  const other = port === 65_535 ? port - 1 : port + 1
  throw new ScriptError(`Port ${port} is taken. End what listens there, or choose another one, such as PORT=${other}.`)
}

async function applyMigrations(stateDir: string): Promise<void> {
  const args = ['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', stateDir]
  const { code, output } = await runTool('wrangler', args, { env: quiet })
  if (code !== 0) {
    throw new ScriptError(
      `Applying the migrations to ${stateDir} failed (delete that folder to start afresh):\n${output}`,
    )
  }
}

function wranglerArgs(options: LocalWorkerOptions, vars: DevVars): string[] {
  const { port, stateDir, logLevel, vars: own = {}, configs = [] } = options
  return [
    ...['dev', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--persist-to', stateDir],
    ...configs.flatMap((file) => ['--config', file]),
    ...['--env-file', vars.file, '--var', `ALLOWED_ORIGINS:${allowedOrigins(vars, port)}`],
    ...[...optionalVars(vars), ...Object.entries(own)].flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ...['--log-level', logLevel, '--show-interactive-dev-session=false'],
  ]
}

/**
 * Builds the page when it is stale, applies the migrations and starts the Worker on the local runtime; resolves when
 * it answers. The values come from the file alone: a secret of the same name in the shell must not replace one.
 */
export async function startWorker(options: LocalWorkerOptions): Promise<LocalWorker> {
  const { port, stateDir } = options
  await requireFreePort(port)
  const vars = readDevVars()
  if (await isPageStale()) {
    say(dim('Building the page …'))
    await buildPage()
  }
  mkdirSync(stateDir, { recursive: true })
  say(dim('Applying migrations …'))
  await applyMigrations(stateDir)
  say(dim('Starting the Worker …'))
  const names = Object.keys(vars.values).map((name) => [name, undefined] as const)
  const env = { ...Object.fromEntries(names), ...quiet }
  const child = startTool('wrangler', wranglerArgs(options, vars), { env, inherit: true })
  const ended = new AbortController()
  child.on('exit', () => ended.abort())
  child.on('error', () => ended.abort())
  const url = `http://localhost:${port}`
  const stop = () => stopChild(child)
  const isHopeless = AbortSignal.any([ended.signal, options.aborted])
  const isReady = await waitForHttp(`${url}/healthz`, startTimeoutMs, isHopeless)
  if (!isReady) {
    await stop()
    throw new ScriptError(options.aborted.aborted ? 'Stopped.' : 'The Worker did not start: wrangler says why above.')
  }
  return { url, vars, ended: ended.signal, stop }
}

/** Aborts at the first SIGINT, SIGTERM or SIGHUP; a second one arriving from another way (Ctrl-C does that) is harmless. */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort())
  return controller.signal
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
